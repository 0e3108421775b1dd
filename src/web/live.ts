// What goes on now, heard from the server for as long as somebody looks: EventSource comes back by itself after a broken
// connection, and what it gives up is tried again here.
//
// A page that nobody sees for a while hears nothing; it asks anew when it is seen again.

import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Live, LiveRun } from '../server/contract/live.ts';
import { get } from './api.ts';
import { createTrails, type Trails } from './live-trails.ts';

export interface Heard {
  /** The newest, which stays while the server is away; null: nothing was heard yet. */
  readonly live: Live | null;
  /** Since when the server does not answer, epoch ms; null: it does. */
  readonly away_ms: number | null;
}

export const heard = signal<Heard>({ live: null, away_ms: null });

/** How the end of each run looked. */
export const trails: Trails = createTrails();

/** What is given up by EventSource, such as a server that says it is busy, is tried again after so long. */
const AGAIN_MS = 3000;
/** While a run goes on there is a message each second: so long without one is a server that is away. */
const SILENT_MS = 15_000;
const UNSEEN_MS = 60_000;

let lookers = 0;
let source: EventSource | null = null;
let timers: ReturnType<typeof setTimeout>[] = [];
let told_ms = 0;

/** Listens while a component that calls it is shown. */
export function useLive(): Heard {
  useEffect(() => {
    if (lookers++ === 0) begin();
    return () => {
      if (--lookers === 0) stop();
    };
  }, []);
  return heard.value;
}

function begin(): void {
  document.addEventListener('visibilitychange', onVisible);
  open();
}

function stop(): void {
  document.removeEventListener('visibilitychange', onVisible);
  close();
}

function close(): void {
  for (const timer of timers) clearTimeout(timer);
  timers = [];
  source?.close();
  source = null;
}

function open(): void {
  close();
  told_ms = Date.now();
  source = new EventSource('/api/live');
  source.addEventListener('live', ({ data }: MessageEvent<string>) => take(JSON.parse(data)));
  source.onopen = () => {
    told_ms = Date.now();
    if (heard.value.live !== null) heard.value = { ...heard.value, away_ms: null };
  };
  source.onerror = () => {
    away();
    // Its own way of coming back is for connections that break alone.
    if (source?.readyState !== EventSource.CLOSED) return;
    timers.push(setTimeout(open, AGAIN_MS));
    // An ordinary question tells whether a token is wanted.
    void get('/api/health');
  };
  timers.push(setInterval(watch, 1000));
}

function take(live: Live): void {
  told_ms = Date.now();
  for (const run of live.runs) trails.add(run);
  heard.value = { live, away_ms: null };
}

function away(): void {
  if (heard.value.away_ms === null) heard.value = { ...heard.value, away_ms: Date.now() };
}

function watch(): void {
  if (isMoving(heard.value.live?.runs ?? []) && heard.value.away_ms === null && Date.now() - told_ms > SILENT_MS) {
    away();
    open();
  }
}

function onVisible(): void {
  if (!document.hidden && source === null) open();
  else if (document.hidden) timers.push(setTimeout(() => document.hidden && close(), UNSEEN_MS));
}

export const isMoving = (runs: readonly LiveRun[]): boolean => runs.some(({ run }) => goesOn(run.state));
/** Whether its job is still there. */
export const goesOn = (state: string): boolean => state === 'running' || state === 'paused';
