// Says to people what flows now and what has been used so far: on a line of the terminal where nobody else writes, in the
// window's title where the command may draw on the same terminal, and by a plain line a minute where there is none.
//
// The line stands only where the cursor is at a line's start, goes before anything is written and comes back after it. A
// command that moves the cursor draws for itself: from then on the title is used.

import type { StepRow, TableName, Tables } from '../ledger/records.ts';
import type { EnergyRow } from '../meter/rows.ts';
import { createStepWindow, type LiveAccount } from './live-account.ts';
import { liveText, type Signs, type Told } from './live-text.ts';
import type { Voice } from './voice.ts';

export const LIVE_WISHES = ['auto', 'line', 'title', 'off'] as const;
export type LiveWish = (typeof LIVE_WISHES)[number];
export type LiveMode = 'line' | 'title' | 'minute' | 'off';

/** Where it is to be told. */
export interface Place {
  /** Whether stderr is a terminal, and which ($TERM). */
  readonly terminal: boolean;
  readonly term: string;
  /** Nobody writes to it but us, or all that others write goes through us. */
  readonly ours: boolean;
}

/** Terminals without a title to set; some would print what is meant to set one. */
const NO_TITLE = /^(linux|vt\d|cons|ansi|sun|eterm|emacs)/i;

/** How it is told: when in doubt, not where the command may draw. */
export function liveModeOf(wish: LiveWish, { terminal, term, ours }: Place): LiveMode {
  if (wish === 'off') return 'off';
  if (!terminal) return 'minute';
  if (term === '' || term === 'dumb') return ours ? 'minute' : 'off';
  if (wish === 'line' || (wish === 'auto' && ours)) return 'line';
  return NO_TITLE.test(term) ? 'off' : 'title';
}

export interface Live {
  add<T extends TableName>(table: T, row: Tables[T]): void;
  /** To be called about once a second: `charged` are the devices that count. */
  second(at: { readonly started_at_ms: number; readonly now_ms: number; readonly charged: ReadonlySet<string> }): void;
  /** What is written in place of a piece of what others write to the same terminal. */
  around(chunk: Buffer): Buffer;
  /** Takes the line away until the next second. */
  clear(): void;
  /** Takes all of it away, for good. */
  end(): void;
}

export interface LiveOptions {
  readonly mode: LiveMode;
  readonly account: LiveAccount;
  readonly signs: Signs;
  readonly voice: Voice;
  columns(): number;
  /** What budgets say of the run, where any are in force. */
  budgets?(): Pick<Told, 'budgets' | 'held'>;
  /** Called about once a second while something is told: what is known of the grid may have changed. */
  refresh?(now_ms: number): void;
}

const ERASE = '\r\x1b[K';
const [SAVE_TITLE, RESTORE_TITLE] = ['\x1b[22;0t', '\x1b[23;0t'];
const title = (text: string) => `\x1b]2;${text}\x07`;
const MINUTE_MS = 60_000;
const DEFAULT_COLUMNS = 80;

/** Tells by `voice`, as the mode says. */
export function createLive({ mode: asked, account, signs, voice, columns, refresh, budgets }: LiveOptions): Live {
  let mode = asked;
  let line = '';
  let shown = false;
  let titled = false;
  let minutes = 0;
  let guarded = false;
  const steps = createStepWindow();
  const watch = createCursorWatch();

  const draw = (text: string) => {
    line = text;
    if (watch.atStart && voice.say(ERASE + line)) shown = true;
  };
  const clear = () => {
    if (shown) voice.sayNow(ERASE);
    shown = false;
  };
  const end = () => {
    clear();
    if (titled) voice.sayNow(RESTORE_TITLE);
    titled = false;
    mode = 'off';
    process.off('exit', end);
  };

  const entitle = (text: string) => {
    if (voice.say((titled ? '' : SAVE_TITLE) + title(text))) titled = true;
  };
  return {
    add(table, row) {
      if (mode === 'off') return;
      if (table === 'energy') account.row(row as EnergyRow);
      else if (table === 'steps') steps.add(row as StepRow);
    },
    second({ started_at_ms, now_ms, charged }) {
      if (mode === 'off') return;
      // Whatever ends us, the terminal is left as it was.
      if (!guarded) process.once('exit', end);
      guarded = true;
      refresh?.(now_ms);
      const told = (): Told => ({ ...account.figures(charged, now_ms, steps), ...budgets?.() });
      const text = (most?: number) => liveText((now_ms - started_at_ms) / 1000, told(), signs, most);
      if (mode === 'line') return draw(text((columns() || DEFAULT_COLUMNS) - 1));
      if (mode === 'title') return entitle(text());
      const passed = Math.floor((now_ms - started_at_ms) / MINUTE_MS);
      if (passed <= minutes) return;
      minutes = passed;
      voice.say(`joulebook: ${text()}\n`);
    },
    around(chunk) {
      const before = shown ? ERASE : '';
      shown = false;
      watch.see(chunk);
      if (mode === 'line' && watch.moved) mode = 'title';
      const again = mode === 'line' && line !== '' && watch.atStart;
      if (before === '' && !again) return chunk;
      shown = again;
      return Buffer.concat([Buffer.from(before), chunk, Buffer.from(again ? line : '')]);
    },
    clear,
    end,
  };
}

/** Follows where a stream of output leaves the cursor: at a line's start, in a line, or moved to nobody knows where. */
export function createCursorWatch() {
  let atStart = true;
  let moved = false;
  let state: 'text' | 'return' | 'escape' | 'csi' = 'text';
  const step = (byte: number) => {
    if (state === 'escape') {
      state = byte === 0x5b ? 'csi' : 'text';
      // Anything but a colour: a title, a charset, a saved cursor. It may draw anywhere.
      if (state !== 'csi') moved = true;
    } else if (state === 'csi') {
      if (byte < 0x40 || byte > 0x7e) return;
      if (byte !== 0x6d) moved = true; // m: colours alone
      state = 'text';
    } else if (byte === 0x0a) {
      atStart = true;
      state = 'text';
    } else {
      // A return that no new line follows begins to write over what is there.
      if (state === 'return' && byte !== 0x0d) moved = true;
      state = byte === 0x0d ? 'return' : byte === 0x1b ? 'escape' : 'text';
      if (byte === 0x08 || byte === 0x0b || byte === 0x0c) moved = true;
      atStart = false;
    }
  };
  return {
    see(chunk: Buffer): void {
      if (moved) return;
      for (const byte of chunk) step(byte);
    },
    get atStart() {
      return atStart && !moved;
    },
    get moved() {
      return moved;
    },
  };
}
