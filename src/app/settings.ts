// What joulebook is told: by option, else by environment, else by the nearest joulebook.yaml, else by the user's
// config.yaml. The one place that reads process.env; a configuration file is parsed whole and its unknown keys fail.

import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import type * as Valibot from 'valibot';
import { QUALITIES } from '../grid/chain.ts';
import type { Quality } from '../grid/knowledge.ts';
import { type Place, placeNamed } from '../grid/places.ts';
import type { Kind, Scope } from '../grid/provider.ts';
import { ciTags } from '../run/ci.ts';
import { workingFolder } from '../run/identity.ts';
import { type Job, jobOf } from '../run/job.ts';
import { launcherProcess } from '../run/launcher-process.ts';
import { type AccountSetting, accountSchema, isFile, wrongInAccount } from './account-schema.ts';
import { type BudgetSettings, budgetsSchema, wrongInBudgets } from './budget-schema.ts';
import { type NotifySection, type NotifySetting, notifySchema, wrongInNotify } from './notify.ts';
import { readYaml, type Wrong } from './yaml-file.ts';

/** Settings that can be given in every way, with their variable; values are texts with units, as on the command line. */
const VARIABLES = {
  ledger: 'JOULEBOOK_HOME',
  zone: 'JOULEBOOK_ZONE',
  pue: 'JOULEBOOK_PUE',
  price: null,
  intensity: null,
  interval: null,
  sync: null,
  nvml: 'JOULEBOOK_NVML',
  procfs: 'JOULEBOOK_PROCFS',
  sysfs: 'JOULEBOOK_SYSFS',
  psys: null,
  node_meter: null,
  redfish_tls: null,
  host_other: null,
  grid_sync: 'JOULEBOOK_GRID_SYNC',
  model: 'JOULEBOOK_MODEL',
  stage: 'JOULEBOOK_STAGE',
  parent_run: 'JOULEBOOK_PARENT_RUN',
  server: 'JOULEBOOK_SERVER',
  token: 'JOULEBOOK_TOKEN',
} as const;
type Key = keyof typeof VARIABLES;
const KEYS = Object.keys(VARIABLES) as Key[];
/** Settings that name a file or folder: in a configuration file they are relative to that file. */
const PATHS: readonly Key[] = ['ledger', 'intensity', 'procfs', 'sysfs'];

export interface Setting {
  readonly text: string;
  /** Who said so, for messages: --pue, JOULEBOOK_PUE, or the file and key. */
  readonly from: string;
}

/** How one zone is accounted. */
export interface ZoneSettings {
  readonly providers?: readonly string[];
  readonly kind?: Kind;
  readonly scope?: Scope;
  readonly chain?: readonly Quality[];
}

/** The `grid` section of the nearest file that has one, by zone. */
export interface GridSettings {
  readonly file: string;
  readonly zones: Readonly<Record<string, ZoneSettings>>;
}

export interface Settings extends Readonly<Record<Key, Setting | null>> {
  readonly grid: GridSettings | null;
  /** What the lines of an account are made with; null: nothing is said. */
  readonly account: AccountSetting | null;
  /** The `budgets` sections of all files: a nearer one lifts no budget of another. */
  readonly budgets: readonly BudgetSettings[];
  /** Who is told of decisions; null: nothing is said. */
  readonly notify: NotifySetting | null;
  /** The ledger's folder, absolute. */
  readonly folder: string;
  /** The place that the zone was given by, such as aws:eu-central-1: `zone` is its zone, and `pue` its own where none is given. */
  readonly place: Place | null;
  readonly run_id: string | null;
  /** The job of several processes that a launcher (srun, mpirun, torchrun) has started us for. */
  readonly job: Job | null;
  /** What a CI service says of the job that we are in, as tags; empty outside one. */
  readonly ci: Readonly<Record<string, string>>;
  readonly visible: string | null;
  readonly path: string;
  readonly rocr: string | null;
  readonly hip: string | null;
  readonly order: string | null;
  readonly user: string | null;
  /** Where calibrations of hosts are kept, absolute; null for a user without a home. */
  readonly calibrations: string | null;
  /** Where what can be made again is kept, absolute; null as above. */
  readonly cache: string | null;
  /** The folder of the tokens of joulebook serve; null as above. */
  readonly tokens: string | null;
  /** The account at the management controller: by environment alone, so that it stands in no file and on no command line. */
  readonly redfish: { readonly user: string; readonly password: string } | null;
}

/** As the command line names them: --host-other is hostOther. */
export type Options = Readonly<
  Partial<
    Record<
      | Exclude<Key, `${string}_${string}` | 'token'>
      | 'hostOther'
      | 'nodeMeter'
      | 'redfishTls'
      | 'parentRun'
      | 'account',
      string
    >
  >
>;

/** Throws Fault config-bad, file-unreadable. */
export async function settingsOf(
  options: Options,
  env: NodeJS.ProcessEnv = process.env,
  cwd = workingFolder(),
): Promise<Settings> {
  const files = configFiles(env, cwd);
  const configs = await Promise.all(files.map(readConfig));
  const text = (name: string | null) =>
    name === null || env[name] === undefined || env[name] === '' ? null : env[name]!;
  const settings = Object.fromEntries(
    KEYS.map((key): [Key, Setting | null] => {
      const option = options[key.replace(/_(.)/, (_, letter: string) => letter.toUpperCase()) as keyof Options];
      if (option !== undefined) return [key, { text: option, from: `--${key.replace('_', '-')}` }];
      const variable = text(VARIABLES[key]);
      if (variable !== null) return [key, { text: variable, from: VARIABLES[key]! }];
      return [key, configs.find(({ values }) => values[key] !== undefined)?.values[key] ?? null];
    }),
  ) as Record<Key, Setting | null>;
  return {
    ...settings,
    grid: configs.find(({ grid }) => grid !== null)?.grid ?? null,
    account:
      options.account === undefined
        ? (configs.find(({ account }) => account !== null)?.account ?? null)
        : await readAccount(options.account),
    budgets: configs.flatMap(({ budgets }) => budgets ?? []),
    notify: configs.find(({ notify }) => notify !== null)?.notify ?? null,
    ...placed(settings),
    folder: settings.ledger === null ? nearestLedger(cwd) : resolve(cwd, settings.ledger.text),
    run_id: text('JOULEBOOK_RUN_ID'),
    job: jobOf(env, launcherProcess),
    ci: ciTags(env),
    // An empty CUDA_VISIBLE_DEVICES means no device at all: it is not the same as an unset one.
    visible: env.CUDA_VISIBLE_DEVICES ?? null,
    path: text('PATH') ?? '',
    rocr: env.ROCR_VISIBLE_DEVICES ?? null,
    hip: env.HIP_VISIBLE_DEVICES ?? null,
    order: text('CUDA_DEVICE_ORDER'),
    user: text('USER') ?? text('LOGNAME'),
    calibrations: calibrationsOf(env),
    cache: cacheOf(env),
    tokens: ownFile(env, 'tokens'),
    redfish:
      text('JOULEBOOK_REDFISH_USER') === null
        ? null
        : { user: text('JOULEBOOK_REDFISH_USER')!, password: env.JOULEBOOK_REDFISH_PASSWORD ?? '' },
  };
}

/** A place named as the zone stands for its zone, and tells its PUE to who has none; another text stays what it is. */
function placed({ zone, pue }: Pick<Settings, 'zone' | 'pue'>): Pick<Settings, 'zone' | 'pue' | 'place'> {
  const place = zone === null ? null : placeNamed(zone.text);
  if (zone === null || place === null) return { zone, pue, place: null };
  const from = `${zone.from} ${place.name}`;
  const own = place.pue === null ? null : { text: String(place.pue.value), from };
  return { zone: { text: place.zone, from }, pue: pue ?? own, place };
}

/** The configuration files in force, the nearest first. */
export function settingsFiles(env: NodeJS.ProcessEnv = process.env, cwd = workingFolder()): string[] {
  return configFiles(env, cwd);
}

/** The nearest .joulebook going up, else a new one here. */
function nearestLedger(cwd: string): string {
  const found = upwards(cwd, join('.joulebook', 'ledger.json'));
  return found === null ? join(cwd, '.joulebook') : dirname(found);
}

function configFiles(env: NodeJS.ProcessEnv, cwd: string): string[] {
  const near = upwards(cwd, 'joulebook.yaml');
  return [near, ownFile(env, 'config.yaml')].filter((file) => file !== null && existsSync(file)) as string[];
}

/** In the user's configuration, there or not; null for a user without a home. */
function ownFile(env: NodeJS.ProcessEnv, name: string): string | null {
  const home = env.HOME || homeOfUser();
  const folder = env.XDG_CONFIG_HOME || (home === null ? null : join(home, '.config'));
  return folder === null ? null : join(folder, 'joulebook', name);
}

/** The state folder of the XDG base directory specification; a relative one is to be ignored, it says. */
function calibrationsOf(env: NodeJS.ProcessEnv): string | null {
  const home = env.HOME || homeOfUser();
  const given = env.XDG_STATE_HOME !== undefined && isAbsolute(env.XDG_STATE_HOME) ? env.XDG_STATE_HOME : null;
  const state = given ?? (home === null ? null : join(home, '.local', 'state'));
  return state === null ? null : join(state, 'joulebook', 'calibration');
}

/** The cache folder of the same. */
function cacheOf(env: NodeJS.ProcessEnv): string | null {
  const home = env.HOME || homeOfUser();
  const given = env.XDG_CACHE_HOME !== undefined && isAbsolute(env.XDG_CACHE_HOME) ? env.XDG_CACHE_HOME : null;
  const cache = given ?? (home === null ? null : join(home, '.cache'));
  return cache === null ? null : join(cache, 'joulebook');
}

/** Null for a user that the system does not know: containers run as any number. */
function homeOfUser(): string | null {
  try {
    return homedir();
  } catch {
    return null;
  }
}

function upwards(cwd: string, name: string): string | null {
  for (let folder = cwd; ; folder = dirname(folder)) {
    if (existsSync(join(folder, name))) return join(folder, name);
    if (dirname(folder) === folder) return null;
  }
}

interface Config {
  readonly values: Partial<Record<Key, Setting>>;
  readonly grid: GridSettings | null;
  readonly account: AccountSetting | null;
  readonly budgets: BudgetSettings | null;
  readonly notify: NotifySetting | null;
}

async function readConfig(file: string): Promise<Config> {
  const { value } = await readYaml(file, configSchema, wrongIn);
  const {
    grid = null,
    account = null,
    budgets = null,
    notify = null,
    ...values
  } = value as {
    grid?: GridSettings['zones'];
    account?: AccountSetting['section'];
    budgets?: BudgetSettings['budgets'];
    notify?: NotifySection;
  } & Partial<Record<Key, string>>;
  return {
    values: settingsIn(file, values),
    grid: grid === null ? null : { file, zones: grid },
    account: account === null ? null : { file, section: account },
    budgets: budgets === null ? null : { file, budgets },
    notify: notify === null ? null : { file, section: notify },
  };
}

function configSchema(v: typeof Valibot) {
  const oneOf = <T extends string>(words: readonly T[]) => v.picklist(words, `one of ${words.join(', ')}`);
  const zone = v.strictObject({
    providers: v.optional(v.pipe(v.array(v.string()), v.minLength(1, 'name at least one provider'))),
    kind: v.optional(oneOf<Kind>(['average', 'marginal'])),
    scope: v.optional(oneOf<Scope>(['direct', 'lifecycle'])),
    chain: v.optional(v.pipe(v.array(oneOf<Quality>(QUALITIES)), v.minLength(1, 'name at least one quality'))),
  });
  return v.strictObject({
    ...Object.fromEntries(KEYS.map((key) => [key, v.optional(v.union([v.string(), v.number()]))])),
    grid: v.optional(v.record(v.string(), zone)),
    account: v.optional(accountSchema(v)),
    budgets: v.optional(budgetsSchema(v)),
    notify: v.optional(notifySchema(v)),
  });
}

function wrongIn({ path, unknown, received, message }: Wrong) {
  const problem = unknown ? 'there is no such setting' : `${received} is not a setting's value`;
  if (path.startsWith('grid')) return { problem, hint: hintOfGrid(unknown ? null : message) };
  if (path.startsWith('account')) return wrongInAccount({ path, unknown, received, message });
  if (path.startsWith('notify')) return wrongInNotify({ path, unknown, received, message });
  if (path.startsWith('budgets')) return wrongInBudgets({ path, unknown, received, message });
  return { problem, hint: unknown ? `one of ${KEYS.join(', ')}, grid, account, budgets, notify` : SETTING_HINT };
}

/** The section of another file, with its name above it. Rejects with Fault file-unreadable, config-bad. */
async function readAccount(file: string): Promise<AccountSetting> {
  const inside = 'YAML: account: and below it any of market, marginal, water, embodied';
  const { value } = await readYaml(file, (v) => v.looseObject({ account: accountSchema(v) }, inside), wrongInAccount);
  return { file, section: value.account as AccountSetting['section'] };
}

const SETTING_HINT = 'a text or a number, such as zone: DE or interval: 100ms';

function hintOfGrid(message: string | null): string {
  const form = 'grid: { DE: { providers: [entsoe], scope: lifecycle, chain: [measured, annual] } }';
  return message?.startsWith('one of') || message?.startsWith('name') ? message : `write it as in ${form}`;
}

function settingsIn(file: string, values: Partial<Record<Key, string | number>>): Partial<Record<Key, Setting>> {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => {
      const beside = (path: string) => resolve(dirname(file), path);
      const named = (key === 'pue' || key === 'price') && isFile(String(value));
      const text =
        PATHS.includes(key as Key) || named
          ? beside(String(value))
          : String(value).replace(/^csv=(.+)$/, (_, path: string) => `csv=${beside(path)}`);
      return [key, { text, from: `${file}: ${key}` }];
    }),
  );
}

/** A variable of an intensity provider, such as its key: by environment alone; null where it is not set or empty. */
export const variable = (name: string): string | null => process.env[name] || null;
