// The title of the page in the browser's tab and history: the view's first, then joulebook's.

import { useEffect } from 'preact/hooks';

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · joulebook`;
  }, [title]);
}
