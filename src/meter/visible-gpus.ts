// Which GPUs CUDA_VISIBLE_DEVICES leaves to a job, from the numbers and identities that the driver gives them.
//
// As the CUDA runtime reads it: an entry that names no GPU ends the list, and a repeated one empties it
// (PyTorch's torch/cuda/__init__.py, _parse_visible_devices, follows the runtime in the same way). A MIG slice has no
// meter of its own: its whole board is charged, and where the board is not named, every board is.

export interface VisibleGpus {
  /** Driver indices of the GPUs whose energy belongs to the job. */
  readonly charged: Set<number>;
  /** Sentences for people where the setting is not to be taken literally. */
  readonly notes: string[];
}

type Gpu = { readonly index: number; readonly uuid: string };
/** What one entry means: a GPU, every GPU (a MIG slice of an unknown board), or nothing. */
type Entry = number | 'any' | null;

/** Reads the setting against the GPUs that are here; undefined = not set, all are visible. */
export function visibleGpus(setting: string | undefined, gpus: readonly Gpu[]): VisibleGpus {
  if (setting === undefined) return { charged: all(gpus), notes: [] };
  const text = setting.trim();
  if (text === '' || text === '-1' || text === 'NoDevFiles') {
    return { charged: new Set(), notes: [`CUDA_VISIBLE_DEVICES="${setting}" hides every GPU from the job`] };
  }

  const charged = new Set<number>();
  const notes: string[] = [];
  const seen = new Set<string>();
  for (const word of text.split(',').map((part) => part.trim())) {
    const entry = entryOf(word, gpus);
    if (entry === null) {
      notes.push(`CUDA_VISIBLE_DEVICES: "${word}" names no GPU here and ends the list`);
      break;
    }
    if (entry === 'any') {
      notes.push(`CUDA_VISIBLE_DEVICES: which GPU holds ${word} is not known, so every GPU is charged`);
      return { charged: all(gpus), notes };
    }
    const slice = /^MIG-/i.test(word);
    const key = slice ? word : String(entry);
    if (seen.has(key)) {
      return {
        charged: new Set(),
        notes: [...notes, `CUDA_VISIBLE_DEVICES names "${word}" twice, which hides every GPU`],
      };
    }
    seen.add(key);
    if (slice) notes.push(`the job has a MIG slice of GPU ${entry}: energy is that of the whole board`);
    charged.add(entry);
  }
  return { charged, notes };
}

/** A warning where CUDA may number GPUs otherwise than the driver: fastest first, unless told to go by PCI bus. */
export function numberingNote(
  setting: string | undefined,
  order: string | undefined,
  names: readonly string[],
): string | null {
  if (setting === undefined || order === 'PCI_BUS_ID' || new Set(names).size < 2) return null;
  if (!setting.split(',').some((word) => /^\+?\d/.test(word.trim()))) return null;
  return 'the GPUs differ and CUDA_DEVICE_ORDER is not PCI_BUS_ID: CUDA may number them otherwise, so another GPU than the one charged may be in use';
}

function entryOf(word: string, gpus: readonly Gpu[]): Entry {
  if (/^GPU-/i.test(word)) return byPrefix(word, gpus);
  if (/^MIG-GPU-/i.test(word)) return byPrefix(word.slice(4).split('/')[0]!, gpus) ?? 'any';
  if (/^MIG-/i.test(word)) return 'any';
  // The runtime reads numbers as strtoul does: "1gpu" is 1.
  const digits = /^\+?(\d+)/.exec(word)?.[1];
  return digits === undefined ? null : (gpus.find(({ index }) => index === Number(digits))?.index ?? null);
}

/** The one GPU whose identity starts so; a prefix of several names none. */
function byPrefix(prefix: string, gpus: readonly Gpu[]): number | null {
  const found = gpus.filter(({ uuid }) => uuid !== '' && uuid.toLowerCase().startsWith(prefix.toLowerCase()));
  return found.length === 1 ? found[0]!.index : null;
}

function all(gpus: readonly Gpu[]): Set<number> {
  return new Set(gpus.map(({ index }) => index));
}
