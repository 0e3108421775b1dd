// A text → the one comment of ours at a pull request (GitHub) or merge request (GitLab): found by its first line and
// replaced, else made. Nobody else is asked, and nothing else is sent.
//
// GitHub: docs.github.com/rest/issues/comments. GitLab: docs.gitlab.com/api/notes.

import { fault, reasonOf, usage } from '../core/fault.ts';
import { redactText } from '../core/redact.ts';

/** Where comments are listed and made, and how one is replaced. */
export interface Thread {
  readonly forge: 'GitHub' | 'GitLab';
  readonly list: string;
  readonly one: (id: number) => string;
  readonly replace: 'PATCH' | 'PUT';
  readonly headers: Readonly<Record<string, string>>;
  readonly token: string;
}

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The request that this job is of, from what GitHub Actions or GitLab CI say in the environment; null of a job that is of
 * none. `readJson` reads a file. Throws Fault usage outside of both, without a token, or for an address that is not safe.
 */
export function threadOf(env: Env, readJson: (file: string) => unknown): Thread | null {
  if (env.GITHUB_ACTIONS === 'true') return onGitHub(env, readJson);
  if (env.GITLAB_CI === 'true') return onGitLab(env);
  throw usage(
    'this is no job of GitHub Actions or GitLab CI',
    'elsewhere post the text that joulebook ci comment makes',
  );
}

function onGitHub(env: Env, readJson: (file: string) => unknown): Thread | null {
  const number = pullRequestOf(env, readJson);
  if (number === null) return null;
  const token = needed(env, 'GITHUB_TOKEN', 'set it to the github.token of the job, which needs pull-requests: write');
  const repository = needed(env, 'GITHUB_REPOSITORY', 'GitHub Actions sets it');
  const base = `${safe(env.GITHUB_API_URL ?? 'https://api.github.com')}/repos/${repository}/issues`;
  return {
    ...{ forge: 'GitHub', list: `${base}/${number}/comments`, one: (id) => `${base}/comments/${id}`, replace: 'PATCH' },
    headers: {
      ...{ authorization: `Bearer ${token}`, accept: 'application/vnd.github+json' },
      ...{ 'x-github-api-version': '2022-11-28', 'user-agent': 'joulebook' },
    },
    token,
  };
}

/** Of the event that started the job, else of the ref that was checked out. */
function pullRequestOf(env: Env, readJson: (file: string) => unknown): number | null {
  type Event = { pull_request?: { number?: unknown }; issue?: { number?: unknown; pull_request?: unknown } };
  const event = (env.GITHUB_EVENT_PATH === undefined ? null : readJson(env.GITHUB_EVENT_PATH)) as Event | null;
  const issue = event?.issue?.pull_request === undefined ? undefined : event.issue.number;
  const ref = /^refs\/pull\/(\d+)\//.exec(env.GITHUB_REF ?? '')?.[1];
  const number = Number(event?.pull_request?.number ?? issue ?? ref);
  return Number.isSafeInteger(number) && number > 0 ? number : null;
}

function onGitLab(env: Env): Thread | null {
  const iid = env.CI_MERGE_REQUEST_IID;
  if (iid === undefined || !/^\d+$/.test(iid)) return null;
  const why = "set it to a project access token with the scope api: a job's own token may not write comments";
  const token = needed(env, 'GITLAB_TOKEN', why);
  const project = encodeURIComponent(needed(env, 'CI_PROJECT_ID', 'GitLab CI sets it'));
  const list = `${safe(needed(env, 'CI_API_V4_URL', 'GitLab CI sets it'))}/projects/${project}/merge_requests/${iid}/notes`;
  return {
    ...{ forge: 'GitLab', list, one: (id) => `${list}/${id}`, replace: 'PUT', token },
    headers: { 'private-token': token, 'user-agent': 'joulebook' },
  };
}

function needed(env: Env, name: string, hint: string): string {
  const value = env[name];
  if (value === undefined || value === '') throw usage(`${name} is not set`, hint);
  return value;
}

/** A token goes over TLS, or does not leave the machine. */
function safe(address: string): string {
  const url = URL.canParse(address) ? new URL(address) : null;
  const loopback = url !== null && /^(127\.\d+\.\d+\.\d+|\[::1\]|localhost)$/.test(url.hostname);
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && loopback)) return address.replace(/\/+$/, '');
  throw usage(`${redactText(address)} is no address that a token may be sent to`, 'it has to begin with https://');
}

export type Posted = 'made' | 'replaced' | 'unchanged';

/**
 * Puts `text` in the place of our comment: the one that begins with the same line. Anybody may have written such a one, so
 * those that may not be replaced are passed by. Rejects with Fault ci-refused.
 */
export async function postComment(thread: Thread, text: string): Promise<Posted> {
  const marker = text.slice(0, text.indexOf('\n'));
  const body = JSON.stringify({ body: text });
  for (const old of await marked(thread, marker)) {
    if (old.body.replace(/\r\n/g, '\n').trim() === text.trim()) return 'unchanged';
    const { status } = await asked(thread, thread.one(old.id), { method: thread.replace, body }, [403, 404]);
    if (status < 400) return 'replaced';
  }
  await asked(thread, thread.list, { method: 'POST', body });
  return 'made';
}

interface Comment {
  readonly id: number;
  readonly body: string;
}

const PAGE = 100;
/** Of the comments there are, so many pages are looked through. */
const MOST_PAGES = 50;

/** Comments that begin with the line, in the order in which the forge lists them. */
async function marked(thread: Thread, marker: string): Promise<Comment[]> {
  const out: Comment[] = [];
  for (let page = 1; page <= MOST_PAGES; page++) {
    const { told: found } = await asked(thread, `${thread.list}?per_page=${PAGE}&page=${page}`, { method: 'GET' });
    if (!Array.isArray(found)) throw refused(thread, 'it does not answer with a list of comments');
    const comments = found as Partial<Comment>[];
    const own = comments.filter(({ id, body }) => typeof id === 'number' && body?.startsWith(marker) === true);
    out.push(...(own as Comment[]));
    if (comments.length < PAGE) break;
  }
  return out;
}

const MOST_MS = 30_000;

/** `borne`: statuses that the caller makes something of. */
async function asked(
  thread: Thread,
  url: string,
  init: { method: string; body?: string },
  borne: readonly number[] = [],
): Promise<{ status: number; told: unknown }> {
  const headers = { ...thread.headers, ...(init.body === undefined ? {} : { 'content-type': 'application/json' }) };
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, { ...init, headers, redirect: 'error', signal: AbortSignal.timeout(MOST_MS) });
    text = await response.text();
  } catch (cause) {
    const { cause: inner = cause } = cause as { cause?: unknown };
    throw refused(thread, reasonOf(inner), cause);
  }
  const told = jsonOf(text) as { message?: unknown } | null;
  if (response.ok || borne.includes(response.status)) return { status: response.status, told };
  const message = typeof told?.message === 'string' ? `: ${told.message}` : '';
  throw refused(thread, `HTTP ${response.status}${message}`);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function refused({ forge, token }: Thread, why: string, cause?: unknown) {
  const told = redactText(why.replaceAll(token, '[redacted]')).slice(0, 300);
  return fault('ci-refused', { facts: { forge, why: told }, cause });
}
