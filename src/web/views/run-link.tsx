// A run by its name, linked to its view.

import { viewAt } from '../views.ts';

export function RunLink({ id, name }: { id: string; name: string | null }) {
  const text = name ?? id;
  // A start that was refused has an id and no run.
  return viewAt(['runs', id]) === undefined ? (
    <span>{text}</span>
  ) : (
    <a href={`/runs/${encodeURIComponent(id)}`}>{text}</a>
  );
}
