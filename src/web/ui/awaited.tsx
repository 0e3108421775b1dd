// What was asked for, once it is here; else that it is on its way, or why it does not come.

import type { ComponentChildren } from 'preact';
import type { Answer } from '../api.ts';

export function Awaited<T>({ answer, children }: { answer: Answer<T>; children: (value: T) => ComponentChildren }) {
  if (answer.state === 'asked') return <p class="asked">…</p>;
  if (answer.state === 'here') return <>{children(answer.value)}</>;
  const { message, hint } = answer.refusal;
  return (
    <div class="refused" role="alert">
      <p>{message}</p>
      <p>{hint}</p>
    </div>
  );
}
