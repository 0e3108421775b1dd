// Times without a zone, as other tools write them, and the zone that they are of.
//
// When clocks go back an hour comes twice: the first one is taken. When they go forward an hour is missing: a time in
// it is read with the offset from before.

import { fault } from './fault.ts';
import { parseTimestamp } from './timestamp.ts';

export interface ZoneTime {
  /** Epoch ms of a time with or without a zone; null for what is no time. */
  parse(text: string): number | null;
  /** YYYY-MM-DDThh:mm:ss of the zone, the second rounded. */
  format(at_ms: number): string;
  /** Whether a time without a zone was seen. */
  readonly naive: boolean;
  /** A sentence for people, where a time without a zone was seen: which it was taken for. */
  notes(): string[];
}

const NAIVE = /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(\.\d{1,9})?)?$/;

/** Of an IANA time zone, or else this machine's. Throws Fault usage for a name that is none. */
export function zoneTime(said?: string): ZoneTime {
  const zone = said ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  let clock: Intl.DateTimeFormat;
  try {
    clock = new Intl.DateTimeFormat('en-US', {
      ...{ timeZone: zone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit' },
      ...{ hour: '2-digit', minute: '2-digit', second: '2-digit' },
    });
  } catch (cause) {
    const problem = `--tz: "${zone}" is no time zone`;
    throw fault('usage', { facts: { problem, hint: 'an IANA name such as Europe/Berlin, or UTC' }, cause });
  }
  /** The wall clock's reading at an instant, as if it were UTC. */
  const wallOf = (at_ms: number): number => {
    const part = Object.fromEntries(clock.formatToParts(at_ms).map(({ type, value }) => [type, Number(value)]));
    return Date.UTC(part.year!, part.month! - 1, part.day, part.hour, part.minute, part.second);
  };
  const byDay = new Map<number, readonly [number, number]>();
  const offsetsAround = (wall: number): readonly [number, number] => {
    const day = Math.floor(wall / DAY_MS);
    const [from, to] = [(day - 1) * DAY_MS, (day + 2) * DAY_MS];
    const known = byDay.get(day) ?? [wallOf(from) - from, wallOf(to) - to];
    byDay.set(day, known);
    return known;
  };
  let naive = false;
  return {
    get naive() {
      return naive;
    },
    notes() {
      const guess = said === undefined ? ", this machine's zone: give --tz if they are of another" : '';
      return naive ? [`times without a zone are taken as ${zone}${guess}`] : [];
    },
    parse(text) {
      const match = NAIVE.exec(text.trim());
      if (match === null) return parseTimestamp(text);
      const [year, month, day, hour, minute, second = 0] = match.slice(1, 7).map((part) => Number(part ?? 0));
      const wall = Date.UTC(year!, month! - 1, day, hour, minute, second);
      if (new Date(wall).getUTCDate() !== day || hour! > 23 || minute! > 59 || second! > 59) return null;
      naive = true;
      // Where the offset is the same a day before and after, it holds between; else the earlier instant that shows this
      // time is meant.
      const [before, after] = offsetsAround(wall);
      if (before === after) return wall - before + Number(match[7] ?? 0) * 1000;
      const fitting = [before, after].map((offset) => wall - offset).filter((at) => wallOf(at) === wall);
      const at = fitting.length > 0 ? Math.min(...fitting) : wall - before;
      return at + Number(match[7] ?? 0) * 1000;
    },
    format: (at_ms) => new Date(wallOf(Math.round(at_ms / 1000) * 1000)).toISOString().slice(0, 19),
  };
}

const DAY_MS = 86_400_000;
