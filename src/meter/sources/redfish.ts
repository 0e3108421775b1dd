// The server's own meter, by its management controller's Redfish service (DMTF DSP0266): EnvironmentMetrics.PowerWatts of
// the server's chassis, else Power.PowerControl[0].PowerConsumedWatts (DMTF DSP0268).
//
// A controller may list dozens of chassis. The node is the one that a system stands in and no other such chassis contains;
// where that is not one, the user names it. Energy counters (EnergykWh) are left: their step is not told.

import type { PowerSource } from '../port.ts';
import { CONTROLLER } from './ipmi.ts';
import type { Credentials, RedfishClient } from './redfish-client.ts';
import { Final, type Reading, slowMeter } from './slow-meter.ts';

/** Controllers renew a reading every few seconds, and take up to a second to answer. */
const PERIOD_MS = 5000;
const PATIENCE_MS = 10_000;
/** An eight-GPU server lists some forty chassis. */
const MOST_CHASSIS = 100;

export interface RedfishOptions {
  /** https://HOST, or with the path of one chassis: https://HOST/redfish/v1/Chassis/ID. http only to this machine. */
  readonly url: string;
  readonly credentials: Credentials | null;
  /** Whether the controller's certificate must be good. */
  readonly verify: boolean;
  /** For tests. */
  readonly period_ms?: number;
  readonly patience_ms?: number;
}

/** Where a chassis tells its power. */
interface Gauge {
  readonly path: string;
  readonly how: 'EnvironmentMetrics' | 'Power';
}

/** One device, the node, by Redfish. */
export function redfishSource(options: RedfishOptions): PowerSource {
  const { url, verify, period_ms = PERIOD_MS, patience_ms = PATIENCE_MS } = options;
  /** HTTP and TLS are loaded with the first question: every sampler would pay 5 MB for them. */
  let client: RedfishClient | null = null;
  let gauge: Gauge | null = null;

  const ask = async (signal: AbortSignal): Promise<Reading[]> => {
    client ??= (await import('./redfish-client.ts')).redfishClient(options);
    const asked = client;
    const get = (path: string) => asked.get(path, signal);
    gauge ??= await findGauge(url, get);
    const { path } = gauge;
    const power_w = await powerOf(gauge, get).catch((error: unknown) => {
      gauge = null; // it may have moved: a controller that has been updated names things anew
      throw error;
    });
    if (power_w === null) throw new Error(`${path} tells no power`);
    // A server that runs draws power: controllers without a sensor say 0.
    if (power_w === 0) throw new Error(`${path} says 0 W: it has no power sensor`);
    return [{ energy_j: null, power_w }];
  };

  const unsure = verify ? [] : ['the certificate of the management controller was not checked (--redfish-tls off)'];
  const source = slowMeter({
    ...{ name: 'redfish', period_ms, patience_ms, ask, absent: () => null },
    device: () => ({
      ...{ device: 'node', kind: 'node', part: 'node', name: 'whole server (Redfish)', uuid: '', source: 'polled' },
      ...{ charged: true, limit_w: null, update_s: null, period_s: period_ms / 1000, ...CONTROLLER },
      notes: [`power of the whole server as its management controller ${new URL(url).host} tells it`, ...unsure],
    }),
  });
  return {
    ...source,
    close() {
      source.close();
      client?.close();
    },
  };
}

type Get = (path: string) => Promise<unknown>;

/** One chassis with what it says of its place among others. */
interface Chassis {
  readonly path: string;
  readonly gauge: Gauge;
  readonly systems: number;
  readonly within: string | null;
}

/** The gauge of the node. Rejects where it is not one. */
async function findGauge(url: string, get: Get): Promise<Gauge> {
  const { pathname } = new URL(url);
  if (/\/Chassis\/[^/]+\/?$/.test(pathname)) {
    const named = await chassisAt(pathname, get);
    if (named === null) throw new Error(`${pathname} has neither EnvironmentMetrics nor Power`);
    return named.gauge;
  }
  const root = await get(pathname.replace(/\/*$/, '') === '' ? '/redfish/v1/' : pathname);
  const listed = linkIn(root, 'Chassis');
  if (listed === null) throw new Error(`${pathname} is no Redfish service: it lists no Chassis`);
  const members = linksIn(fieldOf(await get(listed), 'Members')).slice(0, MOST_CHASSIS);
  const all: Chassis[] = [];
  for (const path of members) {
    const found = await chassisAt(path, get);
    if (found !== null) all.push(found);
  }
  // A chassis with several systems is a rack or enclosure around several nodes.
  const holding = all.filter(({ systems }) => systems === 1);
  const likely = outermost(holding.length > 0 ? holding : all.filter(({ systems }) => systems === 0));
  const telling: Chassis[] = [];
  for (const chassis of likely) if ((await powerOf(chassis.gauge, get)) !== null) telling.push(chassis);
  if (telling.length === 1) return telling[0]!.gauge;
  if (telling.length === 0) throw new Error('no chassis of a system tells its power');
  const names = telling.map(({ path }) => path).join(', ');
  const example = `--node-meter redfish=${new URL(url).origin}${telling[0]!.path}`;
  throw new Final(`${names} each tell power: name the node, as in ${example}`);
}

async function chassisAt(path: string, get: Get): Promise<Chassis | null> {
  const body = await get(path);
  const environment = linkIn(body, 'EnvironmentMetrics');
  const power = linkIn(body, 'Power');
  let gauge: Gauge | null = power === null ? null : { path: power, how: 'Power' };
  if (environment !== null) {
    const newer: Gauge = { path: environment, how: 'EnvironmentMetrics' };
    if (gauge === null || (await powerOf(newer, get)) !== null) gauge = newer;
  }
  if (gauge === null) return null;
  const links = fieldOf(body, 'Links');
  const systems = linksIn(fieldOf(links, 'ComputerSystems')).length;
  return { path, gauge, systems, within: linkIn(links, 'ContainedBy') };
}

function outermost(all: readonly Chassis[]): readonly Chassis[] {
  const paths = new Set(all.map(({ path }) => path));
  return all.filter(({ within }) => within === null || !paths.has(within));
}

const powerOf = async ({ path, how }: Gauge, get: Get): Promise<number | null> => powerIn(how, await get(path));

function powerIn(how: Gauge['how'], body: unknown): number | null {
  const [control] = listOf(fieldOf(body, 'PowerControl'));
  const value =
    how === 'EnvironmentMetrics'
      ? fieldOf(fieldOf(body, 'PowerWatts'), 'Reading')
      : fieldOf(control, 'PowerConsumedWatts');
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** The path that a member named so links to; only paths are followed, never other hosts. */
function linkIn(value: unknown, name: string): string | null {
  const path = fieldOf(fieldOf(value, name), '@odata.id');
  return typeof path === 'string' && /^\/[^/]/.test(path) ? path : null;
}

const linksIn = (value: unknown): string[] => listOf(value).flatMap((entry) => linkIn({ entry }, 'entry') ?? []);
