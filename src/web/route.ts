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
    .map(decoded),
  query: new URLSearchParams(search),
});

/** A path that somebody cut off within a % is taken as it is. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export const route = signal<Route>(read(location));
addEventListener('popstate', () => {
  route.value = read(location);
});

/** Shows another view; `replace` leaves no step for the back button, such as while something is typed. */
export function go(href: string, { replace = false } = {}): void {
  history[replace ? 'replaceState' : 'pushState'](null, '', href);
  route.value = read(location);
}

/** Sets parts of the query, several values of one name too; null takes one away. Leaves no step for the back button unless told. */
export function ask(parts: Readonly<Record<string, string | readonly string[] | null>>, { replace = true } = {}): void {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(parts)) {
    query.delete(name);
    for (const one of typeof value === 'string' ? [value] : (value ?? [])) if (one !== '') query.append(name, one);
  }
  const text = query.toString();
  go(`${location.pathname}${text === '' ? '' : `?${text}`}`, { replace });
}

/** For links of the page itself: a plain click shows the view without loading the page anew. */
export function follow(event: MouseEvent): void {
  const link = (event.target as Element).closest('a');
  const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  if (link === null || !plain || link.origin !== location.origin || link.target !== '' || link.hasAttribute('download'))
    return;
  if (link.pathname.startsWith('/api/')) return;
  // A place of this very page.
  if (link.hash !== '' && link.pathname === location.pathname && link.search === location.search) return;
  event.preventDefault();
  go(link.href);
}
