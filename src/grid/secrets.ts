// Takes secrets out of what a provider says, in whatever writing they come back: as they are, escaped, or in Base64.
//
// Fields that hold a secret by their name (the token of a login) are hidden too: their value was never known before.

const HIDDEN = '[redacted]';
/** A shorter secret is hidden where it is a word of its own: as a part of others it would take them along. */
const LONG = 6;
const FIELDS =
  /"((?:[a-z]+[-_]?)?(?:token|secret|password|passwd|api[-_]?key|authorization|user(?:[-_]?name)?|e-?mail|org))"(\s*:\s*)"(?:[^"\\]|\\.)*"/gi;
const JWT = /(?<![\w-])eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/g;

/** A function that hides these values, and their words, in any text. */
export function hiderOf(values: readonly string[]): (said: string) => string {
  const words = values.flatMap((value) => [value, ...value.split(/\s+/).filter((word) => word.length >= LONG)]);
  const forms = [...new Set(words.flatMap(formsOf))].filter((form) => form !== '').sort((a, b) => b.length - a.length);
  if (forms.length === 0) return (said) => said;
  const any = new RegExp(forms.map(patternOf).join('|'), 'g');
  return (said) => said.replace(any, HIDDEN);
}

/** Hides what JSON names as a secret or a person, and signed tokens. */
export const hideFields = (text: string): string => text.replace(FIELDS, `"$1"$2"${HIDDEN}"`).replace(JWT, HIDDEN);

function formsOf(value: string): string[] {
  const escaped = encodeURIComponent(value);
  const bytes = Buffer.from(value);
  return [
    ...[value, escaped, escaped.replace(/%../g, (code) => code.toLowerCase())],
    new URLSearchParams({ '': value }).toString().slice(1), // as a form: + for a space
    JSON.stringify(value).slice(1, -1),
    ...(value.length >= LONG ? [bytes.toString('base64'), bytes.toString('base64url')] : []),
  ];
}

function patternOf(form: string): string {
  const literal = form.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
  return form.length >= LONG ? literal : `(?<![\\w])${literal}(?![\\w])`;
}
