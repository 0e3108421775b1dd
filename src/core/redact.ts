// Takes secrets out of a command line before it is stored. Rather one word too many than one secret too few.
//
// Words may be of any length and from anywhere: every pattern here takes time in proportion to the text, because a name
// is only looked for where one can begin, and nothing is repeated inside a repetition.

const HIDDEN = '[redacted]';
/** Names of options and variables whose value is a secret. */
const NAME = new RegExp(
  [
    'secret|token|passw(?:or)?d|passphrase|credential|bearer|signature|cookie',
    '(?:api|access|account|app|auth|client|deploy|encryption|licen[cs]e|master|private|service|shared|sign(?:ing)?|ssh|storage)[-_.]?key',
    '(?:^|[-_.])(?:auth(?:orization)?(?:$|[-_])|(?:pwd?|pass|sig|jwt)$)',
    '(?:db|pg|sql|user|root|admin|smtp|ftp|ssh)pass$|^key$',
  ].join('|'),
  'i',
);
/** Parts of names that contain such a word but count or name things: --tokens-per-step, --pad-token, --tokenizer. */
const HARMLESS = new RegExp(
  [
    'tokeniz(?:er|e|ed|ing|ation)?s?',
    '(?<!(?:access|api|auth|bearer|refresh|session)[-_]?)tokens',
    'token[-_]?(?:ids?|idx|types?|counts?|budget|limit|len|length|dim|embed(?:ding)?s?|per)(?![a-z])',
    '(?<![^-_.])(?:num|max|min|n|per|pad|eos|bos|unk|mask|sep|cls|special|image|first|next|last|multi|one|two|single)[-_](?:token|pass)$',
  ].join('|'),
  'gi',
);
/** Headers whose value has several words. */
const HEADER = /authorization$|cookie$/i;
const ASSIGNED = /(?<![\w.-])([\w.-]+)[\\"'\]]{0,4}\s*[=:]+\s*/g;
const OPTION = /(?<![^\s"'])(--?[A-Za-z][\w.-]*)\s+(?!--[A-Za-z])/g;
const OPTION_WORD = /^--?[A-Za-z][\w.-]*=?$/;
const ADDRESS = /:\/\/[^\s/]*@/g;
/** curl's user:password; two numbers are a user and a group. */
const USER = /(?<![^\s"'])(-[uU]\s*|--(?:proxy-)?user(?:\s+|=))(["']?)(?!\d+:\d+(?![^\s"']))([^\s:"']+):[^\s"']+/g;
const SCHEME = /\b(bearer|basic)\s+[A-Za-z0-9+/_.=-]{8,}/gi;
/** Shapes of well-known credentials, wherever they stand. */
const SHAPES = [
  /\b(?:hf|api_org)_[A-Za-z0-9]{16,}\b/g,
  /\bgh[pousr]_[A-Za-z0-9]{20,}\b/g,
  /\bgithub_pat_[A-Za-z0-9_]{20,}\b/g,
  /\bglpat-[A-Za-z0-9_-]{16,}\b/g,
  /\bsk-[A-Za-z0-9_-]{16,}/g,
  /\bxox[abeprs]-[A-Za-z0-9-]{10,}\b/g,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /\bAIza[A-Za-z0-9_-]{30,}/g,
  /\bnpm_[A-Za-z0-9]{30,}\b/g,
  /(?<![\w-])eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
];

/** The command with every secret replaced; the number of words stays the same. */
export function redactCommand(command: readonly string[]): string[] {
  return command.map((word, i) => {
    const before = command[i - 1] ?? '';
    const option = word.startsWith('--') && word.length > 2;
    if (!option && OPTION_WORD.test(before) && isSecretName(before.replace('=', ''))) return HIDDEN;
    const equals = word.indexOf('=');
    if (equals > 0 && (option || !/\s/.test(word)) && isSecretName(word.slice(0, equals)) && equals + 1 < word.length)
      return `${word.slice(0, equals + 1)}${HIDDEN}`;
    if (/^(?:-[uU]|--(?:proxy-)?user)$/.test(before)) return redactText(`-u ${word}`).slice(3);
    return redactText(word);
  });
}

/** The tags with every secret replaced, by name or by value. */
export function redactTags(tags: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(tags).map(([name, value]) => [name, isSecretName(name) ? HIDDEN : redactText(value)]),
  );
}

/** The text with credentials, secret assignments and passwords in addresses replaced. */
export function redactText(text: string): string {
  let out = text.replace(ADDRESS, `://${HIDDEN}@`);
  out = out.replace(USER, `$1$2$3:${HIDDEN}`);
  out = hideAfter(out, ASSIGNED);
  out = hideAfter(out, OPTION);
  out = out.replace(SCHEME, `$1 ${HIDDEN}`);
  for (const shape of SHAPES) out = out.replace(shape, HIDDEN);
  return out;
}

/** Hides the value after each match of `lead` whose first group is the name of a secret. */
function hideAfter(text: string, lead: RegExp): string {
  let out = '';
  let done = 0;
  for (const match of text.matchAll(lead)) {
    const from = match.index + match[0].length;
    if (match.index < done || !isSecretName(match[1]!)) continue;
    const end = endOfValue(text, from, HEADER.test(match[1]!) ? (text[match.index - 1] ?? '') : null);
    if (end === from) continue;
    out += `${text.slice(done, from)}${HIDDEN}`;
    done = end;
  }
  return out + text.slice(done);
}

/** Where a value ends: at its own quote; of a header, at the quote that was open before it or at the end of the line. */
function endOfValue(text: string, from: number, header: string | null): number {
  const open = /^\\*["']/.exec(text.slice(from, from + 8))?.[0];
  if (open !== undefined) return endOfQuoted(text, from + open.length, open);
  const stop = header === null ? /[\s&;"']/g : header === '"' || header === "'" ? new RegExp(header, 'g') : /[\r\n]/g;
  stop.lastIndex = from;
  return stop.exec(text)?.index ?? text.length;
}

function endOfQuoted(text: string, from: number, open: string): number {
  let end = text.indexOf(open, from);
  while (end > 0 && open.length === 1 && text[end - 1] === '\\') end = text.indexOf(open, end + 1);
  return end < 0 ? text.length : end + open.length;
}

function isSecretName(name: string): boolean {
  return NAME.test(name.replace(/^[-+]+/, '').replace(HARMLESS, ''));
}
