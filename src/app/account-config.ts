// What the lines of an account are made with, as settings say it: PUE and price, each a number or a file, and the `account`
// section of a configuration file or of the file named by --account. Numbers are in the unit that their key names.

import { basename, dirname, resolve } from 'node:path';
import { fault } from '../core/fault.ts';
import type { Given } from '../core/figure.ts';
import { defined } from '../core/record.ts';
import { type CertificateFile, readCertificateFile } from '../grid/certificate-file.ts';
import { readIntensityFile } from '../grid/file.ts';
import { type PriceFile, readPriceFile, readPueFile, type ValueFile } from '../grid/value-file.ts';
import type { AccountSpec } from '../ledger/account-spec.ts';
import { type Kept, keptAs, refOf } from '../ledger/kept.ts';
import type { PriceKey, PueKey, RunRecord } from '../ledger/records.ts';
import type { LineValues } from '../report/overheads.ts';
import { plainIntensity } from '../run/intensity.ts';
import { type AccountSetting, isFile, type Value } from './account-schema.ts';
import type { Setting, Settings } from './settings.ts';

/** What is said of a run's account, and the files that are to be kept with it. */
export interface Said {
  readonly record: Pick<RunRecord, PueKey | PriceKey | 'account'>;
  /** PUE, price and certificates, where they are files. */
  readonly values: LineValues;
  readonly kept: readonly Kept[];
  /** What was made of the files, in sentences. */
  readonly notes: readonly string[];
}

/** Reads what settings say. Rejects with Fault usage, config-bad, file-unreadable, file-bad. */
export async function saidOf(
  { pue, price, account }: Pick<Settings, 'pue' | 'price' | 'account'>,
  read: {
    pue(setting: Setting): Pick<RunRecord, 'pue' | 'pue_low' | 'pue_high'>;
    price(setting: Setting): NonNullable<RunRecord['price']>;
  },
): Promise<Said> {
  const [pues, prices] = await Promise.all([
    pue !== null && isFile(pue.text) ? readPueFile(pue.text) : null,
    price !== null && isFile(price.text) ? readPriceFile(price.text) : null,
  ]);
  const own = account === null ? null : await specOf(account);
  const ofPue = pues && keptAs(pues.source, columns(pues));
  const ofPrice = prices && keptAs(prices.source, columns(prices));
  return {
    record: {
      ...{ pue: null, ...(pue === null || pues !== null ? {} : read.pue(pue)) },
      ...(ofPue === null ? {} : { pue_series: refOf(ofPue) }),
      price: price === null || prices !== null ? null : read.price(price),
      ...(ofPrice === null ? {} : { price_series: { ...refOf(ofPrice), currency: prices!.currency } }),
      ...(own === null ? {} : { account: own.spec }),
    },
    values: { pue: pues, price: prices, certificates: own?.certificates ?? null, lost: {} },
    kept: [ofPue ?? [], ofPrice ?? [], own?.kept ?? []].flat(),
    notes: [pues, prices, own?.certificates].flatMap((file) => file?.notes ?? []),
  };
}

const columns = ({ from_ms, to_ms, value, source }: ValueFile | PriceFile) => ({
  ...{ schema: 'joulebook/values/v1', source, from_ms: [...Array.from(from_ms)], to_ms: [...Array.from(to_ms)] },
  value: [...Array.from(value)],
});

interface OwnSpec {
  readonly spec: AccountSpec;
  readonly kept: readonly Kept[];
  readonly certificates: CertificateFile | null;
}

async function specOf({ file, section }: AccountSetting): Promise<OwnSpec> {
  const kept: Kept[] = [];
  const keep = (one: Kept) => {
    kept.push(one);
    return refOf(one);
  };
  const given = <U extends string>(path: string, unit: U, value: Value<U> | undefined): Given | undefined =>
    value === undefined ? undefined : givenOf({ file, path: `account.${path}` }, unit, value);
  const { market, marginal, water, embodied } = section;
  const named = market?.certificates;
  const certificates = named === undefined ? null : await readCertificateFile(resolve(dirname(file), named));
  const spec: AccountSpec = {
    ...(market && {
      market: defined({
        contract: given('market.contract', 'g_per_kwh', market.contract),
        residual: given('market.residual', 'g_per_kwh', market.residual),
        certificates: certificates === null ? undefined : keep(keptCertificates(certificates)),
      }),
    }),
    ...(marginal !== undefined && { marginal: keep(await marginalFile(file, marginal)) }),
    ...(water && {
      water: defined({
        onsite: given('water.onsite', 'l_per_kwh', water.onsite),
        electricity: given('water.electricity', 'l_per_kwh', water.electricity),
      }),
    }),
    ...(embodied && {
      embodied: defined({
        ...{ source: embodied.source, lifetime_y: embodied.lifetime_y },
        server: given('embodied.server', 'kg', embodied.server),
        devices:
          embodied.devices &&
          Object.fromEntries(
            Object.entries(embodied.devices).map(([name, value]) => [
              name,
              given(`embodied.devices.${name}`, 'kg', value)!,
            ]),
          ),
      }),
    }),
  };
  return { spec, kept, certificates };
}

const keptCertificates = ({ source, rows }: CertificateFile): Kept =>
  keptAs(source, { schema: 'joulebook/certificates/v1', source, rows });

async function marginalFile(file: string, named: string): Promise<Kept> {
  const path = resolve(dirname(file), named);
  const { series, notes } = await readIntensityFile(path);
  const [first] = series;
  if (first!.kind === 'marginal') return keptAs(first!.source, plainIntensity({ series, notes }));
  const problem = `${basename(path)} is of kind ${first!.kind}`;
  const hint = 'give a file whose column "kind" says marginal; an average intensity is given by --intensity';
  throw fault('config-bad', { facts: { file, path: 'account.marginal', problem, hint } });
}

function givenOf<U extends string>(at: { file: string; path: string }, unit: U, said: Value<U>): Given {
  const source = basename(at.file);
  if (typeof said === 'number') return { value: said, source };
  const { low, high } = said;
  const value = said[unit] as number;
  const bad = (problem: string, hint: string) => fault('config-bad', { facts: { ...at, problem, hint } });
  if ((low === undefined) !== (high === undefined))
    throw bad('an interval has two ends', `give low and high, the 90 % interval of ${unit}, or neither`);
  if (low !== undefined && (low > value || high! < value))
    throw bad(`${value} is not within ${low} and ${high}`, `low ≤ ${unit} ≤ high`);
  return { value, ...(low === undefined ? {} : { low, high: high! }), source: said.source ?? source };
}
