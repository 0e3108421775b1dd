// From what was seen to what it means for a run started here (pure): each finding with its level and its remedy.
//
// A problem is energy that this machine could tell and a run would miss, or a run that would not start or leave no
// record. What no sensor could give here (a virtual CPU's energy, a place nobody told) is a note.

import type { BarredJson, DoctorJson, Finding, LedgerJson, Level, PlaceJson, SensorJson } from './doctor-model.ts';
import { cpuRemedy, failedRemedy, gpuRemedy, ipmiRemedy, nvidiaRemedy } from './remedies.ts';
import type { GpuVendor } from './surroundings.ts';

type Told = 'sources' | 'sensors' | 'barred' | 'machine' | 'rights' | 'place' | 'clock' | 'ledger';

export interface Seen extends Pick<DoctorJson, Told> {
  /** Settings that a run would refuse, in words. */
  readonly bad_settings: readonly { readonly about: string; readonly why: string; readonly remedy: string }[];
  /** A library was named (--nvml): it is expected to be there. */
  readonly nvml_named: boolean;
  /** The job, or the container, was told to use no NVIDIA GPU. */
  readonly no_nvidia: boolean;
}

const ORDER: Readonly<Record<Level, number>> = { problem: 0, note: 1, ok: 2 };
/** More is no rounding between two clocks read one after the other, and moves a second's energy by 5 %. */
const DRIFT_MS = 50;
/** Half a second without a move tells something of a counter that moves every 100 ms at the slowest (NVML's). */
const STILL_S = 0.5;

/** Worst first; otherwise in the order of the page. */
export function diagnose(seen: Seen): Finding[] {
  const all = [
    ...seen.sensors.flatMap((sensor) => sensorFindings(sensor, seen)),
    ...seen.barred.map((barred) => barredFinding(barred, seen)),
    ...failedSources(seen),
    ...unseenGpus(seen),
    ...cpuFindings(seen),
    ...nodeFindings(seen),
    ...seen.bad_settings.map((bad): Finding => ({ level: 'problem', code: 'setting-bad', ...bad })),
    ...placeFindings(seen.place),
    clockFinding(seen),
    ...ledgerFindings(seen.ledger),
  ];
  return all.sort((a, b) => ORDER[a.level] - ORDER[b.level]);
}

function sensorFindings(sensor: SensorJson, seen: Seen): Finding[] {
  const { device: about, looks, failed_looks } = sensor;
  if (looks === 0 && failed(seen, sensor.driver)) return []; // told once, of its driver
  const remedy = () => {
    const vendor = sensor.kind === 'gpu' || sensor.kind === 'module' ? vendorOf(sensor) : null;
    if (vendor === null) return null;
    return vendor === 'nvidia' ? nvidiaRemedy(sensor.why ?? '', seen) : gpuRemedy(vendor, seen);
  };
  if (sensor.source === 'missing' || looks === 0 || failed_looks === looks) {
    const why = sensor.why ?? sensor.notes[0] ?? 'it gave no value';
    if (!sensor.charged) return [{ level: 'note', code: 'sensor-hidden', about, why, remedy: null }];
    return [{ level: 'problem', code: 'sensor-unreadable', about, why, remedy: remedy() }];
  }
  if (failed_looks > 0) {
    const why = `${failed_looks} of ${looks} looks gave nothing: ${sensor.why}`;
    return [{ level: 'note', code: 'sensor-flaky', about, why, remedy: remedy() }];
  }
  const still = standing(sensor);
  if (still !== null)
    return [{ ...still, code: 'counter-still', about, remedy: 'update the driver, or report the model' }];
  const { better } = sensor;
  const within =
    better !== null ? `: ${better} reads the same` : sensor.within === null ? '' : `, inside ${sensor.within}`;
  const why = sensor.charged ? 'it is read, and counts toward a run' : `it is read, and does not count${within}`;
  return [{ level: 'ok', code: 'sensor-read', about, why, remedy: null }];
}

/** A counter that is said to move several times a second, and does not: its energy would be told as nothing. */
function standing({ update, update_s, power_w, power_from }: SensorJson): Pick<Finding, 'level' | 'why'> | null {
  if (update?.of !== 'counter' || update.changes > 0 || update.watched_ms < 1000 * STILL_S) return null;
  if (power_from === 'reading' && power_w.value !== null && power_w.value > 0)
    return { level: 'problem', why: 'its energy counter stands still while it draws power: its energy would be lost' };
  if (update_s === null || update_s > STILL_S) return null;
  return { level: 'note', why: 'its energy counter did not move while it was watched' };
}

/** What a wall meter, or a module, holds already is not missed. */
function barredFinding({ device: about, kind, why, remedy }: BarredJson, { sensors }: Seen): Finding {
  const held = sensors.some(
    (sensor) =>
      sensor.charged &&
      (sensor.kind === 'node' || (sensor.kind === 'module' && ['gpu', 'cpu-package', 'dram'].includes(kind))),
  );
  const level = held || kind === 'psys' ? 'note' : 'problem';
  return { level, code: 'sensor-unreadable', about, why, remedy };
}

function failedSources({ sources }: Seen): Finding[] {
  return sources.flatMap(({ source, state, why }): Finding[] => {
    if (state === 'read' || state === 'barred' || state === 'absent') return [];
    const words = { crashed: 'crashes the process that loads it', silent: 'hangs', failed: 'fails' }[state];
    const remedy = failedRemedy(source, state);
    return [{ level: 'problem', code: 'source-failed', about: source, why: `its driver ${words}: ${why}`, remedy }];
  });
}

/** GPUs that the bus or /dev shows, and no driver of ours has found. */
function unseenGpus(seen: Seen): Finding[] {
  const { machine, sensors, rights, barred } = seen;
  // AMD's MI300A is a module; a module of NVIDIA's stands beside the GPU in it.
  const found = [...sensors, ...barred]
    .filter((one) => one.kind === 'gpu' || (one.kind === 'module' && vendorOf(one) === 'amd'))
    .map(vendorOf);
  return (['nvidia', 'amd', 'intel'] as const).flatMap((vendor): Finding[] => {
    const on_bus = machine.accelerators.filter((one) => one.vendor === vendor && one.driver !== 'vfio-pci').length;
    const nodes = rights.paths.filter(({ path }) => vendor === 'nvidia' && /nvidia\d+$/.test(path)).length;
    const named = vendor === 'nvidia' && seen.nvml_named ? 1 : 0;
    const there = found.filter((one) => one === vendor || one === null).length;
    const expected = Math.max(on_bus, nodes, named);
    if (expected <= there || (vendor === 'nvidia' && failed(seen, 'nvml'))) return [];
    // The bus shows a container the GPUs of its neighbours too.
    const neighbours = there > 0 && machine.container !== null && nodes <= there;
    const off = vendor === 'nvidia' && seen.no_nvidia;
    const told = vendor === 'nvidia' ? seen.sources.find(({ source }) => source === 'nvml')?.why : undefined;
    const of =
      named > 0 && on_bus + nodes === 0
        ? 'NVIDIA’s library was named'
        : `${expected} of ${VENDOR[vendor]} on this machine`;
    const why = `${of}, ${there === 0 ? 'none' : there} is read${told ? `: ${told}` : ''}`;
    return [
      {
        ...{ level: neighbours || off ? 'note' : 'problem', code: 'gpu-unseen', about: vendor, why },
        remedy:
          neighbours || off ? null : vendor === 'nvidia' ? nvidiaRemedy(told ?? '', seen) : gpuRemedy(vendor, seen),
      },
    ];
  });
}

const VENDOR: Readonly<Record<GpuVendor, string>> = { nvidia: 'NVIDIA', amd: 'AMD', intel: 'Intel' };

const failed = ({ sources }: Seen, name: string): boolean =>
  sources.some(({ source, state }) => source === name && !['read', 'barred', 'absent'].includes(state));

/** Whose GPU a sensor is, by its driver's name, else by its own; null where neither tells. */
function vendorOf({ driver, name }: { readonly driver: string; readonly name: string }): GpuVendor | null {
  for (const words of [driver, name]) {
    if (/nvml|nvidia/i.test(words)) return 'nvidia';
    if (/amd|rocm|radeon|instinct/i.test(words)) return 'amd';
    if (/intel/i.test(words)) return 'intel';
  }
  return null;
}

function cpuFindings(seen: Seen): Finding[] {
  const { sensors, barred } = seen;
  const cpu = sensors.filter(({ kind, charged }) => charged && ['cpu-package', 'module', 'node'].includes(kind));
  if (cpu.some(({ source }) => source === 'counter' || source === 'polled')) return [];
  if (barred.some(({ kind }) => kind === 'cpu-package')) return []; // told already, with its remedy
  const { why, remedy } = cpuRemedy(seen);
  const modelled = cpu.length > 0;
  const gettable = seen.machine.virtual !== true && seen.machine.cpu_vendor !== null;
  const told = modelled
    ? why
    : `${why.replace(/: it is modelled$/, '')}; nor can its use be read, so it is not modelled`;
  const level = gettable || !modelled ? 'problem' : 'note';
  return [{ level, code: modelled ? 'cpu-modelled' : 'cpu-unmetered', about: 'cpu-package', why: told, remedy }];
}

function nodeFindings({ sensors, barred, rights, machine }: Seen): Finding[] {
  const out: Finding[] = [];
  const bmc = rights.paths.find(({ path }) => /ipmi\d+$/.test(path));
  const told = [...sensors, ...barred].some(({ kind }) => kind === 'node');
  if (bmc !== undefined && !told) {
    const open = bmc.readable && bmc.writable;
    const why = open
      ? `a management controller is here (${bmc.path}), but it told no power of the whole machine`
      : `the power of the whole machine may be told by its management controller, but ${bmc.path} may not be opened`;
    out.push({ level: 'note', code: 'node-unread', about: 'node', why, remedy: open ? null : ipmiRemedy() });
  }
  if (machine.pid_namespace === 'own' && sensors.some(({ kind }) => kind === 'gpu')) {
    const why = 'processes outside this container that use the same GPU cannot be told apart from the job';
    const remedy =
      machine.container === 'kubernetes' ? 'hostPID: true' : `${machine.container ?? 'docker'} run --pid=host …`;
    out.push({ level: 'note', code: 'pid-namespace', about: 'gpu', why, remedy });
  }
  return out;
}

function placeFindings({ zone, pue, intensity, why }: PlaceJson): Finding[] {
  const out: Finding[] = [];
  const [best] = intensity;
  if (best !== undefined) {
    const how = best.g_per_kwh === null ? best.source : `${best.quality} mean ${best.g_per_kwh} g/kWh, ${best.source}`;
    out.push({ level: 'ok', code: 'zone', about: 'zone', why: `${zone?.value ?? best.zone}: ${how}`, remedy: null });
  } else if (zone === null && why !== null) {
    const remedy =
      '--zone DE, JOULEBOOK_ZONE=DE, or zone: DE in joulebook.yaml; or a series of your own: --intensity FILE';
    out.push({
      level: 'note',
      code: 'zone',
      about: 'zone',
      why: 'nobody said where this is: emissions are unknown',
      remedy,
    });
  }
  if (pue === null) {
    const remedy = '--pue 1.2 (or JOULEBOOK_PUE, or joulebook.yaml), as the operator of the place publishes it';
    const told =
      'the power usage effectiveness of the place is not told: energy and emissions are of the computer alone';
    out.push({ level: 'note', code: 'pue', about: 'pue', why: told, remedy });
  }
  return out;
}

function clockFinding({ clock, machine }: Seen): Finding {
  const drifted = Math.abs(clock.drift_ms) > DRIFT_MS;
  if (clock.synchronised === true && !drifted)
    return { level: 'ok', code: 'clock', about: 'clock', why: `kept by a time service (${clock.by})`, remedy: null };
  const why = drifted
    ? `the wall clock moved by ${clock.drift_ms} ms while it was watched`
    : clock.synchronised === false
      ? 'no time service keeps the clock: energy is right, but it meets the grid’s intensity at a time that may be off'
      : `whether a time service keeps the clock is unknown: ${clock.why}`;
  const inside = machine.container !== null || machine.virtual === true;
  const service = 'sudo timedatectl set-ntp true';
  return {
    ...{ level: 'note', code: 'clock', about: 'clock', why },
    remedy:
      clock.synchronised === null ? null : inside ? `${service} (on the host, where the clock is the host’s)` : service,
  };
}

function ledgerFindings(ledger: LedgerJson): Finding[] {
  const about = 'ledger';
  const damaged = ledger.damaged.map(
    (folder): Finding => ({
      ...{ level: 'note', code: 'ledger-damage', about, why: `run.json cannot be read in ${folder}` },
      remedy: 'bring it back from a copy; the other runs are whole',
    }),
  );
  if (ledger.why !== null) {
    const remedy = '--ledger DIR, JOULEBOOK_HOME, or ledger: in joulebook.yaml, with a folder that you may write to';
    return [{ level: 'problem', code: 'ledger', about, why: ledger.why, remedy }, ...damaged];
  }
  const why = ledger.exists ? `${ledger.runs} run${ledger.runs === 1 ? '' : 's'}` : 'it begins with the first run';
  return [{ level: 'ok', code: 'ledger', about, why, remedy: null }, ...damaged];
}
