// A view whose code is loaded when it is first shown.

import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { View } from '../views.ts';
import { Broken } from './boundary.tsx';

const known = new Map<View, ComponentType>();

export function Loaded({ view }: { view: View }) {
  const [failed, setFailed] = useState<string | null>(null);
  const [, setHere] = useState(known.has(view));
  useEffect(() => {
    if (known.has(view)) return;
    view.load().then(
      (one) => {
        known.set(view, one);
        setHere(true);
      },
      (error) => setFailed(String(error)),
    );
  }, [view]);
  const Shown = known.get(view);
  // A server of another version has other files.
  if (failed !== null) return <Broken what={`The view ${view.name} did not load`} why={failed} />;
  return Shown === undefined ? <p class="asked">…</p> : <Shown />;
}
