// One error type for the whole product; the catalogue is held equal to docs/errors.md by a test.
//
// A kind decides the exit code at the edge: input → 2, condition → 3, world and ours → 1.

export type FaultKind = 'input' | 'world' | 'ours' | 'condition';

interface Entry {
  readonly kind: FaultKind;
  readonly message: string;
  readonly hint: string;
}

/** Messages take facts by {name}. Every code has a row in docs/errors.md. */
export const FAULTS = {
  'not-a-quantity': {
    kind: 'ours',
    message: '{value} is not a number of {unit}',
    hint: 'please report this with the command used',
  },
  usage: { kind: 'input', message: '{problem}', hint: '{hint}' },
  'run-not-found': {
    kind: 'input',
    message: 'no run matches "{run}" in {ledger}',
    hint: '{hint}',
  },
  'runs-missing': {
    kind: 'input',
    message: 'there is no run of {which} in {ledger}',
    hint: 'meter it first, some times over: joulebook run -- COMMAND; or say which runs are meant: --commit, --tag, or their ids',
  },
  'run-ambiguous': {
    kind: 'input',
    message: '"{run}" matches {count} runs: {matches}',
    hint: 'give more characters of the id',
  },
  'as-of-early': {
    kind: 'input',
    message: 'run {run} cannot be told as of {asked}: {why}',
    hint: '{hint}',
  },
  'move-unfinished': {
    kind: 'world',
    message: 'run {run} could not be moved to {to}: {why}',
    hint: '{hint}',
  },
  'ledger-missing': {
    kind: 'input',
    message: 'there is no ledger at {ledger}',
    hint: 'meter a command first (joulebook run -- CMD) or name the ledger with --ledger DIR',
  },
  'ledger-newer': {
    kind: 'input',
    message: 'the ledger at {ledger} has format {found}, this joulebook reads up to {known}',
    hint: 'update joulebook; nothing was changed',
  },
  'ledger-unwritable': {
    kind: 'world',
    message: 'cannot write to the ledger at {ledger}: {why}',
    hint: 'give a writable directory with --ledger DIR or JOULEBOOK_HOME',
  },
  'file-unreadable': { kind: 'input', message: 'cannot read {file}: {why}', hint: 'check the path and its rights' },
  'file-bad': { kind: 'input', message: '{file}{where}: {problem}', hint: '{hint}' },
  'config-bad': { kind: 'input', message: '{file}: {path}: {problem}', hint: '{hint}' },
  'grid-refused': {
    kind: 'world',
    message: '{provider} refuses: {why}',
    hint: 'check the key, and what it may ask for',
  },
  'grid-zone': {
    kind: 'input',
    message: '{provider} does not know this zone: {why}',
    hint: 'name another zone or provider',
  },
  'grid-busy': {
    kind: 'world',
    message: '{provider} has been asked too often: {why}',
    hint: 'wait a while: what is known already is kept and not asked again',
  },
  'grid-unreachable': {
    kind: 'world',
    message: '{provider} cannot be asked: {why}',
    hint: 'try again later, or let another provider of the chain step in',
  },
  'grid-bad': {
    kind: 'world',
    message: 'the answer of {provider} cannot be used: {why}',
    hint: 'please report this with the zone',
  },
  'zone-unknown': { kind: 'input', message: 'no annual intensity is known for zone "{zone}"', hint: '{hint}' },
  'calibration-data': {
    kind: 'input',
    message: 'these runs do not tell the rest of {host}: {problem}',
    hint: '{hint}',
  },
  'calibration-bad': {
    kind: 'input',
    message: '{file} is not a calibration: {why}',
    hint: 'make it again with: joulebook calibrate',
  },
  'calibration-unwritable': {
    kind: 'world',
    message: 'cannot keep the calibration at {file}: {why}',
    hint: 'give a folder that can be written with XDG_STATE_HOME',
  },
  'monitor-running': {
    kind: 'input',
    message: 'run {run} monitors this machine into this ledger already (pid {pid})',
    hint: 'stop it with: kill {pid}; or keep another record with --ledger DIR',
  },
  'process-missing': { kind: 'input', message: 'process {pid} cannot be metered: {why}', hint: '{hint}' },
  'pty-missing': {
    kind: 'input',
    message: 'no terminal can be made for the command: {why}',
    hint: 'run it without --pty; where koffi is missing, install joulebook again with npm install, without --omit=optional',
  },
  'cut-outside': {
    kind: 'input',
    message: 'run {run} was metered from {from} to {to}: {asked} is not inside',
    hint: 'give --from and --to within that time',
  },
  'cut-unknown': { kind: 'input', message: 'run {run} cannot be shared out: {why}', hint: '{hint}' },
  'import-again': {
    kind: 'input',
    message: '{file} was imported already, as run {run}',
    hint: 'import it a second time with --again; its energy then counts twice in totals',
  },
  'dataset-bad': {
    kind: 'input',
    message: '{dataset} is no data set that can be used: {problem}',
    hint: 'get it anew from where it came; nothing was changed here',
  },
  'dataset-newer': {
    kind: 'input',
    message: 'the data set at {dataset} has format {found}, this joulebook reads up to {known}',
    hint: 'update joulebook; nothing was changed',
  },
  'dataset-unwritable': {
    kind: 'world',
    message: 'cannot write the data set {file}: {why}',
    hint: 'give a folder that can be made; nothing is left there',
  },
  'budget-bad': {
    kind: 'input',
    message: '{file} is no budget that can be used: {problem}',
    hint: 'set it again with joulebook budget set {name}, or remove it with joulebook budget rm {name}',
  },
  'budget-newer': {
    kind: 'input',
    message: '{file} has format {found}, this joulebook reads up to {known}',
    hint: 'update joulebook; nothing was changed',
  },
  'budget-missing': { kind: 'input', message: 'there is no budget "{name}" in {where}', hint: '{hint}' },
  'baseline-bad': {
    kind: 'input',
    message: '{file} is no baseline that can be used: {problem}',
    hint: 'make it again with: joulebook ci baseline update',
  },
  'baseline-newer': {
    kind: 'input',
    message: '{file} has format {found}, this joulebook reads up to {known}',
    hint: 'update joulebook; nothing was changed',
  },
  'baseline-missing': { kind: 'input', message: 'there is no baseline "{name}" in {where}', hint: '{hint}' },
  'baseline-unwritable': {
    kind: 'world',
    message: 'cannot keep the baseline in {where}: {why}',
    hint: 'check its rights, or give another place with --file FILE',
  },
  'page-unwritable': {
    kind: 'world',
    message: 'cannot write the page {file}: {why}',
    hint: 'give a file that can be made there, or - for stdout',
  },
  'gate-different': { kind: 'input', message: 'not to be compared: {problem}', hint: '{hint}' },
  'git-failed': { kind: 'input', message: 'git {what} failed: {why}', hint: '{hint}' },
  'ci-refused': {
    kind: 'world',
    message: 'the comment could not be posted to {forge}: {why}',
    hint: 'the token needs the right to write to pull requests, which those of forks do not have; the text is unharmed',
  },
  'engine-failed': {
    kind: 'ours',
    message: 'the query engine failed: {why}',
    hint: 'please report this with the command used',
  },
  'engine-missing': {
    kind: 'world',
    message: 'the query engine (DuckDB) could not be loaded: {why}',
    hint: 'reinstall joulebook with its optional native packages for this platform',
  },
  'route-not-found': {
    kind: 'input',
    message: 'the server has nothing at {asked}',
    hint: 'see /api/openapi.json for what can be asked',
  },
  'host-refused': {
    kind: 'input',
    message: 'the server does not answer to the name {host}',
    hint: 'ask for localhost or 127.0.0.1; where a proxy offers it by another name, start it with --public-url URL',
  },
  'origin-refused': {
    kind: 'input',
    message: 'the page of another site ({site}) asked for this',
    hint: 'only the dashboard itself may ask from within a browser; programs send no Origin',
  },
  'token-needed': {
    kind: 'input',
    message: '{why}',
    hint: 'send a token as "Authorization: Bearer TOKEN", or sign in on the page; whoever runs the server makes one with: joulebook token create NAME, and starts it with --require-token',
  },
  'token-scope': {
    kind: 'input',
    message: 'the token {name} allows {has}; this needs {needs}',
    hint: 'ask with another one: joulebook token create NAME --scope {needs}',
  },
  'token-name': {
    kind: 'input',
    message: '{problem}',
    hint: '{hint}',
  },
  'tokens-missing': {
    kind: 'input',
    message: 'nobody could ask: {why}, and there is no token in {folder}',
    hint: 'make one: joulebook token create NAME; or listen on this machine alone, without --host',
  },
  'tokens-open': {
    kind: 'input',
    message: 'others may read or change the tokens: {file} has mode {mode}',
    hint: 'take it from them: chmod {right} {file}',
  },
  'asked-too-often': {
    kind: 'world',
    message: 'this client has asked too often: more than {most} times in a minute',
    hint: 'wait {wait_s} s',
  },
  'server-busy': {
    kind: 'world',
    message: 'the server answers as many at one time as it can',
    hint: 'ask again in a second',
  },
  'ingest-bad': {
    kind: 'input',
    message: '{file} cannot be taken: {problem}',
    hint: 'send the files of a ledger as they are: joulebook push RUN',
  },
  'ingest-order': {
    kind: 'condition',
    message: 'this comes too early: {first} is to be here first',
    hint: 'ask what is here: GET /api/ingest/runs/RUN',
  },
  'ingest-differs': {
    kind: 'condition',
    message: '{file} is here already and holds something else: it stays as it is',
    hint: 'two records have the same name; copy one of them into a ledger of its own',
  },
  'ingest-full': {
    kind: 'world',
    message: 'the server cannot keep it: {why}',
    hint: 'make room on its disk, or look at the rights of its ledger; then send it again',
  },
  'server-away': {
    kind: 'world',
    message: 'the server at {server} did not take it: {why}',
    hint: '{hint}',
  },
  'address-taken': {
    kind: 'world',
    message: 'cannot listen at {address}: {why}',
    hint: 'give another one with --host and --port',
  },
  'server-failed': {
    kind: 'ours',
    message: 'the server could not answer',
    hint: 'its log tells why; please report this',
  },
} as const satisfies Record<string, Entry>;

export type FaultCode = keyof typeof FAULTS;
export type Facts = Readonly<Record<string, string | number>>;

export class Fault extends Error {
  readonly code: FaultCode;
  readonly kind: FaultKind;
  readonly hint: string;
  readonly facts: Facts;
  constructor(code: FaultCode, facts: Facts, cause: unknown) {
    const entry: Entry = FAULTS[code];
    super(fill(entry.message, facts), { cause });
    this.name = 'Fault';
    this.code = code;
    this.kind = entry.kind;
    this.hint = fill(entry.hint, facts);
    this.facts = facts;
  }
}

/** A fault of the catalogue; `facts` fill the {names} in its words, `cause` is the error it came from. */
export function fault(code: FaultCode, more: { facts?: Facts; cause?: unknown } = {}): Fault {
  return new Fault(code, more.facts ?? {}, more.cause);
}

/** What was said that cannot be used, and what could be. */
export const usage = (problem: string, hint: string, cause?: unknown): Fault =>
  fault('usage', { facts: { problem, hint }, cause });

/** The reason in an unknown error, in one line, for a fact called `why`. */
export function reasonOf(error: unknown): string {
  if (error instanceof Error) return error.message.split('\n')[0] ?? error.name;
  return String(error);
}

function fill(template: string, facts: Facts): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => String(facts[name] ?? ''));
}
