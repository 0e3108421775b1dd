// A user's regular expression with named groups: (?<step>\d+) (?<loss>[\d.]+). Groups named step, total, epoch, tokens,
// samples, batch, lr, loss, phase and rank fill these; any other is a metric of its name.
//
// A repetition inside a repetition can take for ever on one line, and nothing can stop it then: it is refused, and lines
// longer than 4 kB are not looked at.

import { fault, reasonOf } from '../../core/fault.ts';
import { type LogFormat, type Step, stepOf } from '../step.ts';
import { leadingNumber } from './numbers.ts';

const LONGEST = 4096;
const COUNTERS = ['step', 'total', 'epoch', 'tokens', 'samples', 'batch'] as const;
const KNOWN: readonly string[] = [...COUNTERS, 'lr', 'loss', 'phase', 'rank'];

/** The format of a regular expression. Throws Fault usage where it cannot be used. */
export function patternFormat(source: string): LogFormat {
  const form = compile(source);
  return {
    name: `/${source}/`,
    trust: 'record',
    markers: [],
    open:
      () =>
      ({ text, at_ms }) => {
        const groups = text.length > LONGEST ? undefined : form.exec(text)?.groups;
        return groups === undefined ? null : stepOfGroups(groups, at_ms);
      },
  };
}

function compile(source: string): RegExp {
  const refuse = (problem: string, hint: string, cause?: unknown) =>
    fault('usage', { facts: { problem: `the log format /${source}/ ${problem}`, hint }, cause });
  const example = 'name groups for what it finds: /step (?<step>\\d+) loss (?<loss>\\S+)/';
  let form: RegExp;
  try {
    form = new RegExp(source);
  } catch (cause) {
    throw refuse(`is no regular expression: ${reasonOf(cause)}`, example, cause);
  }
  const groups = Object.keys(new RegExp(`${source}|`).exec('')?.groups ?? {});
  if (!groups.some((name) => KNOWN.includes(name))) throw refuse(`has no group named ${KNOWN.join(', ')}`, example);
  if (nestsRepetition(source)) {
    const hint = 'write it without: a* for (?:a+)*, [ab]* for (?:a|b)*';
    throw refuse('repeats a repetition or a choice, which can take for ever on one line', hint);
  }
  return form;
}

function stepOfGroups(groups: Record<string, string | undefined>, at_ms: number): Step | null {
  const known: Record<string, number> = {};
  const metrics: Record<string, number> = {};
  for (const [name, text] of Object.entries(groups)) {
    if (text === undefined || name === 'phase') continue;
    const value = leadingNumber(text);
    if (value === null) continue;
    if (!KNOWN.includes(name)) metrics[name] = value;
    else if (sound(name, value)) known[name] = value;
  }
  const phase = groups.phase?.slice(0, 60) || null;
  if (Object.keys(known).length === 0 && phase === null) return null;
  return stepOf(at_ms, { ...known, ...(known.tokens === undefined ? {} : { tokens_are: 'unsaid' }), phase, metrics });
}

const WHOLE: ReadonlySet<string> = new Set(['step', 'total', 'rank']);

const sound = (name: string, value: number): boolean =>
  name === 'loss' || name === 'lr' || (value >= 0 && (!WHOLE.has(name) || Number.isSafeInteger(value)));

/** Whether a group that is repeated without end holds something that is, or a choice, which may be made in two ways. */
function nestsRepetition(source: string): boolean {
  const open: boolean[] = [];
  let endless = false; // something in the group being read
  for (let at = 0; at < source.length; at++) {
    const char = source[at]!;
    if (char === '\\') at++;
    else if (char === '[') at = classEnd(source, at);
    else if (char === '(') {
      open.push(endless);
      endless = false;
    } else if (char === ')') {
      const repeated = isEndless(source, at + 1);
      if (repeated && endless) return true;
      endless = (open.pop() ?? false) || endless || repeated;
    } else if (char === '|' || isEndless(source, at)) endless = true;
  }
  return false;
}

const isEndless = (source: string, at: number): boolean =>
  source[at] === '*' || source[at] === '+' || /^\{\d{1,9},\}/.test(source.slice(at, at + 14));

function classEnd(source: string, from: number): number {
  let at = from + 1;
  while (at < source.length && source[at] !== ']') at += source[at] === '\\' ? 2 : 1;
  return at;
}
