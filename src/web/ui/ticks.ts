// A count that rises as long as the page is looked at: what goes on is asked for anew.

import { useEffect, useState } from 'preact/hooks';

/** Null: it stands still. */
export function useTicks(every_ms: number | null): number {
  const [count, setCount] = useState(0);
  useEffect(() => {
    if (every_ms === null) return;
    const timer = setInterval(() => document.hidden || setCount((before) => before + 1), every_ms);
    return () => clearInterval(timer);
  }, [every_ms]);
  return count;
}
