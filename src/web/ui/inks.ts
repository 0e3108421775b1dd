// The page's colours as a canvas needs them, and when they change: by the system's setting or by the page's own switch.

import { signal } from '@preact/signals';

export type Theme = 'system' | 'light' | 'dark';
const KEPT = 'joulebook-theme';

const kept = (): Theme => {
  try {
    const text = localStorage.getItem(KEPT);
    return text === 'light' || text === 'dark' ? text : 'system';
  } catch {
    return 'system'; // storage can be forbidden
  }
};

export const theme = signal<Theme>(kept());
/** Rises whenever colours changed. */
export const painted = signal(0);

/** Chooses one, and keeps it for this browser. */
export function setTheme(to: Theme): void {
  try {
    localStorage.setItem(KEPT, to);
  } catch {}
  theme.value = to;
  show();
}

function show(): void {
  const root = document.documentElement;
  if (theme.value === 'system') delete root.dataset.theme;
  else root.dataset.theme = theme.value;
  painted.value += 1;
}

show();
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', show);

/** Colours by name as they are in a place of the page now. A property's own text (light-dark(…)) says nothing to a canvas. */
export function inksAt(place: Element): (name: string) => string {
  const known = new Map<string, string>();
  return (name) => {
    const before = known.get(name);
    if (before !== undefined) return before;
    const probe = document.createElement('span');
    probe.style.color = `var(--${name})`;
    place.append(probe);
    const colour = getComputedStyle(probe).color;
    probe.remove();
    known.set(name, colour);
    return colour;
  };
}
