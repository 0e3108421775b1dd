// Which GPUs CUDA_VISIBLE_DEVICES leaves to a job, from the numbers and identities that the driver gives them.
//
// As the CUDA runtime reads it: an entry that names no GPU ends the list, and a repeated one empties it
// (PyTorch's torch/cuda/__init__.py, _parse_visible_devices, follows the runtime in the same way). Of a board that is
// split by MIG the slices are chosen; where the driver lists none, the whole board, or every one, stands for a slice.

export interface VisibleGpus {
  /** Driver indices of the GPUs whose energy belongs to the job. */
  readonly charged: Set<number>;
  /** Identities of the MIG slices that belong to it; their boards are not in `charged`. */
  readonly slices: Set<string>;
  /** Sentences for people where the setting is not to be taken literally. */
  readonly notes: string[];
}

type Slice = { readonly uuid: string; readonly gi: number; readonly ci: number };
type Gpu = { readonly index: number; readonly uuid: string; readonly slices?: readonly Slice[] };
/** What one entry means: a GPU, a slice, every GPU (a MIG slice of an unknown board), or nothing. */
type Entry = Gpu | Slice | 'any' | null;

/** Reads the setting against the GPUs that are here; undefined = not set, all are visible. */
export function visibleGpus(setting: string | undefined, gpus: readonly Gpu[]): VisibleGpus {
  if (setting === undefined) return { ...chosen(gpus), notes: [] };
  const none = (note: string): VisibleGpus => ({ ...chosen([]), notes: [...notes, note] });
  const notes: string[] = [];
  const text = setting.trim();
  if (text === '' || text === '-1' || text === 'NoDevFiles')
    return none(`CUDA_VISIBLE_DEVICES="${setting}" hides every GPU from the job`);

  const found: (Gpu | Slice)[] = [];
  const seen = new Set<string>();
  for (const word of text.split(',').map((part) => part.trim())) {
    const entry = entryOf(word, gpus);
    if (entry === null) {
      notes.push(`CUDA_VISIBLE_DEVICES: "${word}" names no GPU here and ends the list`);
      break;
    }
    if (entry === 'any') {
      notes.push(`CUDA_VISIBLE_DEVICES: which GPU holds ${word} is not known, so every GPU is charged`);
      return { ...chosen(gpus), notes };
    }
    const whole = 'index' in entry && /^MIG-/i.test(word);
    const key = whole ? word : 'index' in entry ? String(entry.index) : entry.uuid;
    if (seen.has(key)) return none(`CUDA_VISIBLE_DEVICES names "${word}" twice, which hides every GPU`);
    seen.add(key);
    if (whole) notes.push(`the job has a MIG slice of GPU ${entry.index}: energy is that of the whole board`);
    found.push(entry);
  }
  return { ...chosen(found), notes };
}

/** A board that is split is chosen by its slices. */
function chosen(entries: readonly (Gpu | Slice)[]): Pick<VisibleGpus, 'charged' | 'slices'> {
  const charged = new Set<number>();
  const slices = new Set<string>();
  for (const entry of entries) {
    if (!('index' in entry)) slices.add(entry.uuid);
    else if ((entry.slices ?? []).length === 0) charged.add(entry.index);
    else for (const { uuid } of entry.slices!) slices.add(uuid);
  }
  return { charged, slices };
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
  const [board, gi, ci] = word.slice(4).split('/');
  if (/^MIG-GPU-/i.test(word)) {
    const gpu = byPrefix(board!, gpus);
    return gpu?.slices?.find((slice) => slice.gi === Number(gi) && slice.ci === Number(ci)) ?? gpu ?? 'any';
  }
  if (/^MIG-/i.test(word))
    return (
      byPrefix(
        word,
        gpus.flatMap(({ slices }) => slices ?? []),
      ) ?? 'any'
    );
  // The runtime reads numbers as strtoul does: "1gpu" is 1.
  const digits = /^\+?(\d+)/.exec(word)?.[1];
  return digits === undefined ? null : (gpus.find(({ index }) => index === Number(digits)) ?? null);
}

/** The one whose identity starts so; a prefix of several names none. */
function byPrefix<T extends { readonly uuid: string }>(prefix: string, all: readonly T[]): T | null {
  const found = all.filter(({ uuid }) => uuid !== '' && uuid.toLowerCase().startsWith(prefix.toLowerCase()));
  return found.length === 1 ? found[0]! : null;
}
