// Takes secrets out of a command line before it is stored. Rather one word too many than one secret too few.

const HIDDEN = '[redacted]';
/** Names of options and variables whose value is a secret. */
const NAME =
  /(?:api[-_]?key|access[-_]?key|secret|token|passw(?:or)?d|passphrase|credential|private[-_]?key|bearer|(?:^|[-_])auth(?:orization)?(?:$|[-_])|(?:^|[-_])pwd$|signature)/i;
/** Names that contain such a word but count things: --tokens-per-step, --max-tokens, --tokenizer. */
const HARMLESS =
  /(?:tokens|tokeniz|token[-_]?(?:id|ids|type|count|budget|limit|len|length|dim|embed)|(?:num|max|min|n|per|pad|eos|bos|unk|mask|sep|cls)[-_]token$)/i;
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
  /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
];

/** The command with every secret replaced; the number of words stays the same. */
export function redactCommand(command: readonly string[]): string[] {
  let hideNext = false;
  return command.map((word) => {
    if (hideNext && !(word.startsWith('--') && word.length > 2)) {
      hideNext = false;
      return HIDDEN;
    }
    hideNext = /^--?[A-Za-z][\w-]*$/.test(word) && isSecretName(word);
    return redactText(word);
  });
}

/** The text with credentials, secret assignments and passwords in addresses replaced. */
export function redactText(text: string): string {
  let out = text.replace(/\b([a-z][a-z0-9+.-]*:\/\/)([^\s/@]+)@/gi, (_, scheme: string) => `${scheme}${HIDDEN}@`);
  out = out.replace(/\b(bearer|basic)\s+[A-Za-z0-9+/_.=-]{8,}/gi, `$1 ${HIDDEN}`);
  out = out.replace(
    /([A-Za-z_][\w.-]*)(["']?\s*[=:]\s*)("[^"]*"|'[^']*'|[^\s&;,"']+)/g,
    (all, name: string, is: string) => (isSecretName(name) ? `${name}${is}${HIDDEN}` : all),
  );
  for (const shape of SHAPES) out = out.replace(shape, HIDDEN);
  return out;
}

function isSecretName(name: string): boolean {
  return NAME.test(name.replace(/^-+/, '')) && !HARMLESS.test(name);
}
