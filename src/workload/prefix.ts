// Takes from a line what a launcher puts before it, and says which process printed it: torchrun's [rank3]: and [default0]:,
// srun's "3: ", mpirun's [1,3]<stdout>: and NeMo-Run's "name/0 ". They can stand one after another; the innermost counts.

const TORCHRUN = /\s*\[(?:rank|default)(\d{1,7})\]:[ \t]?/y;
const SRUN = /\s*(\d{1,7}): /y;
const MPIRUN = /\s*\[\d{1,7},(\d{1,7})\]<std(?:out|err)>:[ \t]?/y;
const NEMO_RUN = /[\w.-]{1,60}\/\d{1,7} (?=\[(?:rank|default)\d)/y;
const FORMS = [TORCHRUN, SRUN, MPIRUN, NEMO_RUN];
const MOST = 4;

const BRACKET = 0x5b;
const SLASH = 0x2f;
const LONGEST_NAME = 60;
/** How what stands in brackets begins: rank, default or a number. */
const IN_BRACKETS: ReadonlySet<number> = new Set([...'rd0123456789'].map((sign) => sign.charCodeAt(0)));

/** The line without its prefixes, and the rank they tell (null: none does). */
export function splitPrefix(line: string): { readonly text: string; readonly rank: number | null } {
  if (!mayHave(line)) return { text: line, rank: null };
  let at = 0;
  let rank: number | null = null;
  for (let i = 0; i < MOST; i++) {
    const match = prefixAt(line, at);
    if (match === null) break;
    at += match[0].length;
    if (match[1] !== undefined) rank = Number(match[1]);
  }
  return at === 0 ? { text: line, rank } : { text: line.slice(at), rank };
}

function prefixAt(line: string, at: number): RegExpExecArray | null {
  if (line.charCodeAt(at) === BRACKET && !IN_BRACKETS.has(line.charCodeAt(at + 1))) return null;
  for (const form of FORMS) {
    form.lastIndex = at;
    const match = form.exec(line);
    if (match !== null) return match;
  }
  return null;
}

/** Most lines have none: a look at the beginning is enough to say so. */
function mayHave(line: string): boolean {
  let at = 0;
  while (line.charCodeAt(at) === 0x20 && at < 40) at++;
  const first = line.charCodeAt(at);
  if (first >= 0x30 && first <= 0x39) return true;
  if (first === BRACKET) return true;
  if (first <= 0x40) return false;
  while (line.charCodeAt(at) > 0x20 && line.charCodeAt(at) !== SLASH && at < LONGEST_NAME) at++;
  return line.charCodeAt(at) === SLASH;
}
