// joulebook ci post: the comment's way to the pull request that the job is of, with the token of the job.

import { readFileSync } from 'node:fs';
import { postComment, threadOf } from '../app/forge.ts';
import { fault, reasonOf, usage } from '../core/fault.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Posts the text of a file; of a job that is of no request nothing. Rejects with a Fault. */
export async function post(file: string, env: Env): Promise<void> {
  const text = read(file);
  if (!/^<!-- joulebook: .* -->\n/.test(text))
    throw usage(
      `${file} is no comment that joulebook ci comment made`,
      'its first line tells which comment it replaces',
    );
  const thread = threadOf(env, (event) => {
    try {
      return JSON.parse(read(event)) as unknown;
    } catch (cause) {
      throw usage(`GITHUB_EVENT_PATH: ${event} cannot be read: ${reasonOf(cause)}`, 'GitHub Actions writes it', cause);
    }
  });
  if (thread === null) {
    process.stderr.write('joulebook: this job is of no pull request or merge request: nothing was posted\n');
    return;
  }
  const done = await postComment(thread, text);
  process.stderr.write(
    `joulebook: the comment at ${thread.forge} was ${done === 'unchanged' ? 'as it is to be' : done}\n`,
  );
}

/** Throws Fault file-unreadable. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw fault('file-unreadable', { facts: { file, why: reasonOf(cause) }, cause });
  }
}
