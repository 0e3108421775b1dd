// A part of the run's page with an anchor of its own.

import type { ComponentChildren } from 'preact';

interface SectionProps {
  readonly id: string;
  readonly title: string;
  readonly children: ComponentChildren;
}

export function Section({ id, title, children }: SectionProps) {
  return (
    <section id={id} class="part" aria-labelledby={`${id}-title`}>
      <h2>
        <span id={`${id}-title`}>{title}</span>{' '}
        <a class="anchor" href={`#${id}`} aria-label={`link to ${title}`}>
          #
        </a>
      </h2>
      {children}
    </section>
  );
}

/** A table of a few rows; wide ones scroll by themselves. */
export function Facts({ caption, children }: { caption: string; children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard scrolls it
    <section class="facts" aria-label={`${caption}, as a table`} tabIndex={0}>
      <table>
        <caption class="for-ears">{caption}</caption>
        {children}
      </table>
    </section>
  );
}
