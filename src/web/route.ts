// Which view is shown, and with what: the address is all of the page's state, so that every view can be sent to somebody.

import { signal } from '@preact/signals';

export interface Route {
  /** Parts of the path: ["runs", "abc"]. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
}

const read = ({ pathname, search }: Location): Route => ({
  path: pathname
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent),
  query: new URLSearchParams(search),
});

export const route = signal<Route>(read(location));
addEventListener('popstate', () => {
  route.value = read(location);
});

/** Shows another view; `replace` leaves no step for the back button, such as while something is typed. */
export function go(href: string, { replace = false } = {}): void {
  history[replace ? 'replaceState' : 'pushState'](null, '', href);
  route.value = read(location);
}

/** Sets parts of the query, null takes one away. */
export function ask(parts: Readonly<Record<string, string | null>>): void {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(parts))
    if (value === null || value === '') query.delete(name);
    else query.set(name, value);
  const text = query.toString();
  go(`${location.pathname}${text === '' ? '' : `?${text}`}`, { replace: true });
}

/** For links of the page itself: a plain click shows the view without loading the page anew. */
export function follow(event: MouseEvent): void {
  const link = (event.target as Element).closest('a');
  const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  if (link === null || !plain || link.origin !== location.origin || link.target !== '' || link.hasAttribute('download'))
    return;
  if (link.pathname.startsWith('/api/')) return;
  event.preventDefault();
  go(link.href);
}
