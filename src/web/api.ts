// Asks the API; what it refuses is told in its own words.

import { useEffect, useState } from 'preact/hooks';
import type { Refusal } from '../server/contract/common.ts';
import { heard } from './session.ts';

/** What was asked for, what is known of it by now. */
export type Answer<T> =
  | { readonly state: 'asked' }
  | { readonly state: 'here'; readonly value: T; readonly tag?: string | null }
  | { readonly state: 'refused'; readonly refusal: Pick<Refusal, 'code' | 'message' | 'hint'> };

const AWAY = { code: 'away', message: 'the server does not answer', hint: 'start it with: joulebook serve' };

/** What was answered `before`, itself, where it still holds. */
export async function get<T>(path: string, signal?: AbortSignal, before?: Answer<T>): Promise<Answer<T>> {
  const tag = before?.state === 'here' ? before.tag : null;
  try {
    const headers = { accept: 'application/json', ...(tag && { 'if-none-match': tag }) };
    const response = await fetch(path, { headers, ...(signal && { signal }) });
    if (response.status === 304 && before !== undefined) return before;
    const value = await response.json();
    if (response.ok) return { state: 'here', value, tag: response.headers.get('etag') };
    heard(value as Refusal);
    return { state: 'refused', refusal: value as Refusal };
  } catch {
    return { state: 'refused', refusal: AWAY };
  }
}

/** Asks once for each path, and anew when `fresh` changes; what is known stays until the new answer is there. Null asks nothing. */
export function useAnswer<T>(path: string | null, fresh: unknown = null): Answer<T> {
  const [{ answer, of }, set] = useState<{ answer: Answer<T>; of: string | null }>({
    answer: { state: 'asked' },
    of: path,
  });
  useEffect(() => {
    if (path === null) return;
    const gone = new AbortController();
    void get<T>(path, gone.signal).then((answer) => gone.signal.aborted || set({ answer, of: path }));
    return () => gone.abort();
  }, [path, fresh]);
  return of === path ? answer : { state: 'asked' };
}

/** After which what was refused is asked for again: the server may be back, or less busy. */
const REFUSED_MS = 10_000;
/** What is dear is asked for the less often: so many times as long as it took are in between. */
const DEAR = 4;

/** What was last answered, whatever is asked for by now, and what was refused last. */
export interface Latest<T> {
  readonly value: T | null;
  readonly refusal: Pick<Refusal, 'code' | 'message' | 'hint'> | null;
  /** The answer to what is asked for now is not here yet. */
  readonly asking: boolean;
}

/**
 * Asks for each path, and so many ms after each answer anew while the page is looked at; what is known stays, so that a picture
 * is there while a finer one comes. What was refused is asked for again. Null asks nothing.
 */
export function useLatest<T>(path: string | null, every_ms: number | null = null): Latest<T> {
  const [{ latest, of }, set] = useState<{ latest: Omit<Latest<T>, 'asking'>; of: string | null }>({
    latest: { value: null, refusal: null },
    of: null,
  });
  useEffect(() => {
    if (path === null) return;
    const gone = new AbortController();
    let timer: ReturnType<typeof setTimeout>;
    const again = (after_ms: number | null) => {
      if (after_ms !== null) timer = setTimeout(() => (document.hidden ? again(after_ms) : ask()), after_ms);
    };
    let before: Answer<T> | undefined;
    const ask = async () => {
      const asked_ms = performance.now();
      const answer = await get<T>(path, gone.signal, before);
      if (gone.signal.aborted) return;
      const took_ms = performance.now() - asked_ms;
      const same = answer === before;
      if (answer.state === 'here') before = answer;
      set((known) =>
        same && known.latest.refusal === null && known.of === path
          ? known
          : {
              latest: {
                value: answer.state === 'here' ? answer.value : known.latest.value,
                refusal: answer.state === 'refused' ? answer.refusal : null,
              },
              of: path,
            },
      );
      const wait_ms = every_ms ?? (answer.state === 'refused' ? REFUSED_MS : null);
      again(wait_ms && Math.max(wait_ms, DEAR * took_ms));
    };
    void ask();
    return () => {
      gone.abort();
      clearTimeout(timer);
    };
  }, [path, every_ms]);
  return { ...latest, asking: path !== null && of !== path };
}
