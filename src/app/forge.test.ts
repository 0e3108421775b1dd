import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { postComment, type Thread, threadOf } from './forge.ts';

const TOKEN = 'ghs_0123456789abcdefghijKLMN';
const MARKER = '<!-- joulebook: main -->';
const TEXT = `${MARKER}\nnew\n`;

interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}
let close = () => {};
afterEach(() => close());

/** Answers on loopback as `answer` says, and keeps what it was asked. */
async function forge(answer: (asked: Asked) => { status?: number; body: unknown }) {
  const received: Asked[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const asked = { method: request.method!, url: request.url!, headers: request.headers, body };
    received.push(asked);
    const { status = 200, body: told } = answer(asked);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(told));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  close = () => server.close();
  return { received, base: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const gitHub = (base: string, more = {}) => ({
  ...{ GITHUB_ACTIONS: 'true', GITHUB_API_URL: base, GITHUB_REPOSITORY: 'o/r', GITHUB_EVENT_PATH: '/event' },
  ...{ GITHUB_TOKEN: TOKEN, ...more },
});
const event = (value: unknown) => () => value;
const pull = event({ pull_request: { number: 7 } });
const gitLab = (base: string, more = {}) => ({
  ...{ GITLAB_CI: 'true', CI_API_V4_URL: `${base}/api/v4`, CI_PROJECT_ID: '42', CI_MERGE_REQUEST_IID: '3' },
  ...{ GITLAB_TOKEN: TOKEN, ...more },
});
const asking = (received: readonly Asked[]) => received.map(({ method, url }) => `${method} ${url}`);

describe('the comment at a pull request', () => {
  test('is made where there is none', async () => {
    const { base, received } = await forge(({ method }) =>
      method === 'GET' ? { body: [] } : { status: 201, body: {} },
    );
    expect(await postComment(threadOf(gitHub(base), pull)!, TEXT)).toBe('made');
    expect(asking(received)).toEqual([
      'GET /repos/o/r/issues/7/comments?per_page=100&page=1',
      'POST /repos/o/r/issues/7/comments',
    ]);
    expect(JSON.parse(received[1]!.body)).toEqual({ body: TEXT });
    expect(received[1]!.headers).toMatchObject({
      ...{ authorization: `Bearer ${TOKEN}`, accept: 'application/vnd.github+json' },
      'content-type': 'application/json',
    });
  });

  test('is found on a later page, and replaced', async () => {
    const others = Array.from({ length: 100 }, (_, i) => ({ id: i, body: `said ${MARKER}` }));
    const own = [
      { id: 991, body: null },
      { id: 992, body: `${MARKER}\r\nold` },
    ];
    const { base, received } = await forge(({ url }) => ({ body: url.endsWith('&page=1') ? others : own }));
    expect(await postComment(threadOf(gitHub(base), pull)!, TEXT)).toBe('replaced');
    expect(asking(received).at(-1)).toBe('PATCH /repos/o/r/issues/comments/992');
  });

  test('is left alone where it says so already', async () => {
    const { base, received } = await forge(() => ({ body: [{ id: 1, body: `${MARKER}\r\nnew` }] }));
    expect(await postComment(threadOf(gitHub(base), pull)!, TEXT)).toBe('unchanged');
    expect(received).toHaveLength(1);
  });

  test('at a merge request', async () => {
    const notes = [{ id: 5, body: `${MARKER}\nold` }];
    const { base, received } = await forge(({ method }) => ({ body: method === 'GET' ? notes : {} }));
    expect(await postComment(threadOf(gitLab(base), event(null))!, TEXT)).toBe('replaced');
    expect(asking(received)).toEqual([
      'GET /api/v4/projects/42/merge_requests/3/notes?per_page=100&page=1',
      'PUT /api/v4/projects/42/merge_requests/3/notes/5',
    ]);
    expect(received[0]!.headers['private-token']).toBe(TOKEN);
  });

  test('is none that begins alike and may not be replaced', async () => {
    const notes = [5, 6, 7].map((id) => ({ id, body: `${MARKER}\nold` }));
    const { base, received } = await forge(({ method, url }) => ({
      status: method === 'PUT' && !url.endsWith('/7') ? 403 : 200,
      body: method === 'GET' ? notes : {},
    }));
    const thread = threadOf(gitLab(base), event(null))!;
    expect(await postComment(thread, TEXT)).toBe('replaced');
    expect(asking(received).slice(1)).toEqual(
      [5, 6, 7].map((id) => `PUT /api/v4/projects/42/merge_requests/3/notes/${id}`),
    );
    notes.pop();
    expect(await postComment(thread, TEXT)).toBe('made');
  });

  test('where it is refused, that is said, and the token is not', async () => {
    const message = `Resource not accessible by integration ${TOKEN}`;
    const { base } = await forge(() => ({ status: 403, body: { message } }));
    const post = postComment(threadOf(gitHub(base), pull)!, TEXT);
    await expect(post).rejects.toThrow(
      'could not be posted to GitHub: HTTP 403: Resource not accessible by integration [redacted]',
    );
    const dead = threadOf(gitHub('http://127.0.0.1:9'), pull)!;
    await expect(postComment(dead, TEXT)).rejects.toThrow(/GitHub: .*(ECONNREFUSED|bad port)/);
  });
});

describe('which request it is', () => {
  const numberOf = (thread: Thread | null) => /issues\/(\d+)/.exec(thread?.list ?? '')?.[1];
  test('by the event, else by the ref; none of a push', () => {
    const env = gitHub('https://api.example.invalid');
    expect(numberOf(threadOf(env, pull))).toBe('7');
    expect(numberOf(threadOf(env, event({ issue: { number: 8, pull_request: {} } })))).toBe('8');
    expect(numberOf(threadOf({ ...env, GITHUB_REF: 'refs/pull/9/merge' }, event({})))).toBe('9');
    expect(threadOf({ ...env, GITHUB_REF: 'refs/heads/main' }, event({ issue: { number: 8 } }))).toBeNull();
    expect(threadOf(gitLab('https://gitlab.invalid', { CI_MERGE_REQUEST_IID: undefined }), event(null))).toBeNull();
  });

  test.each([
    [{}, /no job of GitHub Actions or GitLab CI/],
    [gitHub('https://api.invalid', { GITHUB_TOKEN: '' }), /GITHUB_TOKEN is not set/],
    [gitLab('https://gitlab.invalid', { GITLAB_TOKEN: undefined }), /GITLAB_TOKEN is not set/],
    [gitHub('http://api.invalid'), /no address that a token may be sent to/],
    [gitLab('ftp://gitlab.invalid'), /no address that a token may be sent to/],
  ])('what is missing or not safe is said: %#', (env, said) => {
    expect(() => threadOf(env, pull)).toThrow(said);
  });
});
