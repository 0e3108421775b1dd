// A configuration file as YAML, checked against a schema: what is wrong is told with its path in the file.

import { readFileSync } from 'node:fs';
import type * as Valibot from 'valibot';
import { type Fault, fault, reasonOf } from '../core/fault.ts';

export interface Wrong {
  /** Where in the file, as in `grid.DE.kind`. */
  readonly path: string;
  /** There is no such key. */
  readonly unknown: boolean;
  readonly received: string;
  /** What the schema says would be right. */
  readonly message: string;
}

export interface YamlFile<T> {
  readonly value: T;
  bad(path: string, problem: string, hint: string): Fault;
}

/** Of what was found as much as is told. */
const LONGEST = 60;

/**
 * What a file holds, as `schema` wants it; `told` makes the problem and hint of what is wrong. Rejects with Fault
 * file-unreadable, config-bad.
 */
export async function readYaml<S extends Valibot.GenericSchema>(
  file: string,
  schema: (v: typeof Valibot) => S,
  told: (wrong: Wrong) => { readonly problem: string; readonly hint: string },
): Promise<YamlFile<Valibot.InferOutput<S>>> {
  let source: string;
  try {
    source = readFileSync(file, 'utf8');
  } catch (cause) {
    throw fault('file-unreadable', { facts: { file, why: reasonOf(cause) }, cause });
  }
  const bad = (path: string, problem: string, hint: string, cause?: unknown): Fault =>
    fault('config-bad', { facts: { file, path, problem, hint }, cause });
  const [yaml, v] = await Promise.all([import('yaml'), import('valibot')]);
  const { parse } = yaml.default ?? yaml; // bundled, it is a CommonJS module: all of it is the default export
  let found: unknown;
  try {
    found = parse(source, { logLevel: 'error' }) ?? {};
  } catch (cause) {
    throw bad('the file', reasonOf(cause), 'write YAML: one "name: value" a line', cause);
  }
  const checked = v.safeParse(schema(v), found);
  if (checked.success) return { value: checked.output, bad };
  const [issue] = checked.issues;
  const path = v.getDotPath(issue) ?? 'the file';
  const { received: all, message } = issue;
  const received = all.length > LONGEST ? `${all.slice(0, LONGEST)}…` : all;
  const { problem, hint } = told({ path, unknown: issue.expected === 'never', received, message });
  throw bad(path, problem, hint);
}
