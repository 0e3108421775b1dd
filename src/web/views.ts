// The views: where each stands in the address, what it is called, and how its code is loaded when it is first shown.
//
// The first one is what "/" shows.

import type { ComponentType } from 'preact';

export interface View {
  /** Of the address; a part such as ":run" stands for any: "runs/:run". */
  readonly path: string;
  readonly name: string;
  /** Left out of the navigation: reached from another view. */
  readonly inner?: boolean;
  readonly load: () => Promise<ComponentType>;
}

export const VIEWS: readonly View[] = [
  { path: 'now', name: 'Now', load: async () => (await import('./views/now.tsx')).Now },
  { path: 'runs', name: 'Runs', load: async () => (await import('./views/runs.tsx')).Runs },
  { path: 'runs/:run', name: 'Run', inner: true, load: async () => (await import('./views/run.tsx')).Run },
  { path: 'compare', name: 'Compare', load: async () => (await import('./views/compare.tsx')).Compare },
  { path: 'budgets', name: 'Budgets', load: async () => (await import('./views/budgets.tsx')).Budgets },
  { path: 'grid', name: 'Grid', load: async () => (await import('./views/grid.tsx')).Grid },
  { path: 'totals', name: 'Totals', load: async () => (await import('./views/totals.tsx')).Totals },
];

/** Shown in place of any of them until somebody has signed in. */
export const SIGN_IN: View = {
  ...{ path: '', name: 'Sign in', inner: true },
  load: async () => (await import('./views/sign-in.tsx')).SignIn,
};

/** The view of an address, by its parts; "/" is the first one's. */
export function viewAt(path: readonly string[]): View | undefined {
  if (path.length === 0) return VIEWS[0];
  return VIEWS.find((view) => {
    const parts = view.path.split('/');
    return parts.length === path.length && parts.every((part, at) => part.startsWith(':') || part === path[at]);
  });
}
