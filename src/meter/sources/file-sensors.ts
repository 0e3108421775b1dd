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
  readonly energy: { readonly held: HeldFile; readonly unit: number } | null;
  readonly power: { readonly held: HeldFile; readonly unit: number } | null;
  readonly missing: string;
}

/** A source of what `find` lists; `absent` says that there is none. `open` stands for openSync in tests. */
export function fileSensors(
  name: string,
  { find, absent, open }: { find(): readonly Found[]; readonly absent: string; readonly open?: Opener },
): PowerSource {
  let readers: Reader[] = [];
  const close = () => {
    for (const { energy, power } of readers) for (const one of [energy, power]) one?.held.close();
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
        const first = (files: readonly NumberFile[]) => {
          for (const { file, unit, form } of files) {
            const held = heldFile(file, open, form);
            try {
              held.read(Number.NEGATIVE_INFINITY);
              return { held, unit };
            } catch (error) {
              held.close();
              if (codeOf(error) !== 'ENOENT') refused.push(`${file}: ${reasonOf(error)}`);
            }
          }
          return null;
        };
        const reader = { energy: first(energy === null ? [] : [energy]), power: first(power), missing: missing ?? '' };
        const source = reader.energy !== null ? 'counter' : reader.power !== null ? 'polled' : 'missing';
        if (source === 'missing' && refused.length > 0) {
          const { device: called, kind, name } = device;
          barred.push({ device: called, kind, name, why: refused[0]!, remedy });
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
      return one === null ? null : one.held.read(before) * one.unit;
    } catch (error) {
      why = reasonOf(error);
      return null;
    }
  };
  const [energy_j, power_w] = [read(energy), read(power)];
  const at_ms = (before + now()) / 2;
  return { index, at_ms, energy_j, power_w, ...(energy_j === null && power_w === null ? { why } : {}) };
}
