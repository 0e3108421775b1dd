// What may be wider than the screen: it scrolls by itself, by the keyboard too, and the page does not.

import './wide.css';
import type { ComponentChildren } from 'preact';

export const Wide = ({ name, children }: { name: string; children: ComponentChildren }) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrows scroll what has the focus
  <section class="wide" aria-label={name} tabIndex={0}>
    {children}
  </section>
);
