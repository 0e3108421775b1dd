// A signal that ends with another, or after a while.
//
// AbortSignal.any() with AbortSignal.timeout() is that too, but Node 20 lets go of what nobody else holds, and the end never
// comes (nodejs/node#54614): a timer of ours is held by the event loop.

export interface Patience {
  readonly signal: AbortSignal;
  /** Whether the time is up. */
  readonly over: boolean;
  /** To be called when what was waited for has come, or not: no timer is left. */
  release(): void;
}

/** Ends with `outer`, with its reason, or after `ms` with a DOMException named TimeoutError. */
export function patience(outer: AbortSignal, ms: number): Patience {
  const stop = new AbortController();
  let over = false;
  const leave = () => stop.abort(outer.reason);
  const timer = setTimeout(() => {
    over = true;
    stop.abort(new DOMException(`no answer within ${ms / 1000} s`, 'TimeoutError'));
  }, ms);
  if (outer.aborted) leave();
  else outer.addEventListener('abort', leave, { once: true });
  return {
    signal: stop.signal,
    get over() {
      return over;
    },
    release() {
      clearTimeout(timer);
      outer.removeEventListener('abort', leave);
    },
  };
}
