// Sensors that are files of one number below /sys, whatever the driver: found once, held open, read side by side.
//
// A file that cannot be read when it is found is barred, with what would help; one that fails later says why and is tried
// again. What the numbers mean is told by the drivers that find them (amd-gpu.ts, acpi-power.ts, cray.ts).

import { reasonOf } from '../../core/fault.ts';
import type { Barred, Device, Opened, PowerSource, Sample } from '../port.ts';
import { codeOf, type HeldFile, heldFile, type Opener } from './held-file.ts';

/** A number below /sys with its unit: joules or watts per count. */
export interface NumberFile {
  readonly file: string;
  readonly unit: number;
  /** The first group is the number; without it the line is the number alone. */
  readonly form?: RegExp;
  /** A sensor that shows 0 where it has no reading. */
  readonly above0?: boolean;
}

export interface Found {
  readonly device: Omit<Device, 'source'>;
  readonly energy: NumberFile | null;
  /** Best first: the first that can be read is taken. */
  readonly power: readonly NumberFile[];
  /** Why it has neither, where it is there without any. */
  readonly missing?: string;
  readonly remedy: string;
}

interface Reader {
  readonly energy: Held | null;
  readonly power: Held | null;
  readonly missing: string;
}

/** The sensor is there and may come to have a reading. */
class NoReading extends Error {
  constructor() {
    super('it shows 0, which is no reading');
  }
}

/** Reads in J or W; throws what the system says, or that it is none. */
type Held = { read(at_ms: number): number; close(): void };

function heldOf({ unit, form, file, above0 }: NumberFile, open: Opener | undefined): Held {
  const held: HeldFile = heldFile(file, open, form);
  return {
    read(at_ms) {
      const value = held.read(at_ms);
      if (value === 0 && above0) throw new NoReading();
      return value * unit;
    },
    close: held.close,
  };
}

/** A source of what `find` lists; `absent` says that there is none. `open` stands for openSync in tests. */
export function fileSensors(
  name: string,
  { find, absent, open }: { find(): readonly Found[]; readonly absent: string; readonly open?: Opener },
): PowerSource {
  let readers: Reader[] = [];
  const close = () => {
    for (const { energy, power } of readers) for (const one of [energy, power]) one?.close();
    readers = [];
  };
  return {
    name,
    async open(): Promise<Opened> {
      close();
      const devices: Device[] = [];
      const barred: Barred[] = [];
      for (const { device, energy, power, missing, remedy } of find()) {
        const refused: string[] = [];
        const first = (files: readonly NumberFile[]): Held | null => {
          let waiting: Held | null = null;
          for (const one of files) {
            const held = heldOf(one, open);
            try {
              held.read(Number.NEGATIVE_INFINITY);
              waiting?.close();
              return held;
            } catch (error) {
              if (error instanceof NoReading && waiting === null) {
                waiting = held;
                continue;
              }
              held.close();
              if (codeOf(error) !== 'ENOENT') refused.push(`${one.file}: ${reasonOf(error)}`);
            }
          }
          return waiting;
        };
        const reader = { energy: first(energy === null ? [] : [energy]), power: first(power), missing: missing ?? '' };
        const source = reader.energy !== null ? 'counter' : reader.power !== null ? 'polled' : 'missing';
        if (source === 'missing' && refused.length > 0) {
          const { device: called, kind, name, part, charged } = device;
          const ours = { charged, ...(part === undefined ? {} : { part }) };
          barred.push({ device: called, kind, name, ...ours, why: refused[0]!, remedy });
          continue;
        }
        const why = missing ?? 'it shows neither energy nor power';
        const notes = source === 'missing' ? [why, ...device.notes] : device.notes;
        devices.push({ ...device, source, notes });
        readers.push({ ...reader, missing: why });
      }
      const none = devices.length === 0 && barred.length === 0;
      return {
        devices,
        absent: none ? absent : null,
        ...(none ? { unusual: true } : {}),
        ...(barred.length > 0 ? { barred } : {}),
      };
    },
    read: (now) => readers.map((reader, index) => look(reader, index, now)),
    close,
  };
}

function look({ energy, power, missing }: Reader, index: number, now: () => number): Sample {
  const before = now();
  if (energy === null && power === null) return { index, at_ms: before, energy_j: null, power_w: null, why: missing };
  let why = '';
  const read = (one: Reader['energy']): number | null => {
    try {
      return one === null ? null : one.read(before);
    } catch (error) {
      why = reasonOf(error);
      return null;
    }
  };
  const [energy_j, power_w] = [read(energy), read(power)];
  const at_ms = (before + now()) / 2;
  return { index, at_ms, energy_j, power_w, ...(energy_j === null && power_w === null ? { why } : {}) };
}
