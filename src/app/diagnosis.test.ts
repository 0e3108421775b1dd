// What machines mean for a run: level, words and remedy of each finding.

import { describe, expect, test } from 'vitest';
import { diagnose, type Seen } from './diagnosis.ts';
import type { BarredJson, Finding, SensorJson } from './doctor-model.ts';
import type { Accelerator, Access, Machine } from './surroundings.ts';

const MACHINE: Machine = {
  ...{ container: null, virtual: false, pid_namespace: 'host', cpu_vendor: 'intel', powercap: 'present' },
  ...{ cgroup: { version: 2, path: '/', writable: true }, accelerators: [] },
};
const RIGHTS = { uid: 1000, user: 'ada', groups: ['ada'], capabilities: [], paths: [] };
const sensor = (of: Partial<SensorJson>): SensorJson => ({
  ...{ device: 'gpu-0', kind: 'gpu', name: 'NVIDIA H100', uuid: '', part: 'gpu:x', driver: 'nvml', source: 'counter' },
  ...{ charged: true, within: null, better: null, power_w: { value: 300 }, power_from: 'reading', energy_j: 5 },
  update: { of: 'counter', period_ms: 20, low_ms: 19, high_ms: 21, changes: 70, watched_ms: 1500 },
  ...{ looks: 100, failed_looks: 0, why: null, limit_w: 700, update_s: 0.1, gain: { down: 0.05, up: 0.05 }, notes: [] },
  ...of,
});
const CPU = sensor({ device: 'cpu-package-0', kind: 'cpu-package', name: 'Xeon', driver: 'rapl', part: 'cpu:0' });
const MODEL = { ...CPU, source: 'model', driver: 'cpu-model' } as const;
const BARRED: BarredJson = {
  ...{ device: 'cpu-package-0', kind: 'cpu-package', name: 'package-0', driver: 'rapl' },
  ...{ why: 'permission denied', remedy: 'sudo chmod a+r x' },
};
/** A machine on which all is well, but for what is said. */
const seen = (of: Omit<Partial<Seen>, 'machine'> & { machine?: Partial<Machine>; paths?: Access[] }): Seen => ({
  ...{ sources: [], sensors: [CPU], barred: [], bad_settings: [], nvml_named: false, no_nvidia: false },
  place: {
    ...{ zone: { value: 'DE', from: '--zone' }, pue: { value: '1.2', from: '--pue' }, intensity_file: null, why: null },
    intensity_notes: [],
    intensity: [{ zone: 'DE', source: 'Ember', quality: 'annual', scope: 'lifecycle', year: 2024, g_per_kwh: 330 }],
  },
  clock: { synchronised: true, by: 'kernel', max_error_ms: 3, why: null, drift_ms: 0, watched_s: 1.5 },
  ledger: {
    ...{ path: '/l', from: null, exists: true, version: 1, known_version: 1, writable: true, runs: 2, running: 0 },
    ...{ damaged: [], free_bytes: 1e9, why: null },
  },
  ...of,
  machine: { ...MACHINE, ...of.machine },
  rights: { ...RIGHTS, paths: of.paths ?? [] },
});
const open = (path: string, of: Partial<Access> = {}): Access => ({
  ...{ path, mode: '0666', uid: 0, gid: 0, group: 'root', readable: true, writable: true, ...of },
});
const gpu = (vendor: Accelerator['vendor'], driver: string | null): Accelerator => ({
  ...{ vendor, address: '0000:3b:00.0', driver },
});
/** All that is not ok. */
const told = (of: Parameters<typeof seen>[0]): Finding[] => diagnose(seen(of)).filter(({ level }) => level !== 'ok');

test('where all is well there is nothing to do, and what was looked at is told', () => {
  expect(told({})).toEqual([]);
  expect(diagnose(seen({})).map(({ code }) => code)).toEqual(['sensor-read', 'zone', 'clock', 'ledger']);
});

describe('the CPU', () => {
  test('modelled in a virtual machine: a note, as no more is to be had', () => {
    expect(told({ sensors: [MODEL], machine: { virtual: true } })).toMatchObject([
      { level: 'note', code: 'cpu-modelled', why: expect.stringMatching(/virtual machine/) },
    ]);
  });
  test.each([
    ['docker', /docker run -v \/sys:\/host\/sys:ro -e JOULEBOOK_SYSFS=\/host\/sys/],
    ['podman', /podman run -v \/sys:\/host\/sys:ro/],
    ['kubernetes', /hostPath/],
  ])('hidden from a container (%s): a problem, with the flags', (container, remedy) => {
    expect(told({ sensors: [MODEL], machine: { container, powercap: 'masked' } })).toMatchObject([
      { level: 'problem', code: 'cpu-modelled', remedy: expect.stringMatching(remedy) },
    ]);
  });
  test('on bare metal without the kernel’s module', () => {
    expect(told({ sensors: [MODEL], machine: { powercap: 'none' } })).toMatchObject([
      { level: 'problem', remedy: 'sudo modprobe intel_rapl_msr' },
    ]);
  });
  test('barred: told once, with the driver’s own remedy', () => {
    expect(told({ sensors: [MODEL], barred: [BARRED] })).toEqual([
      { level: 'problem', code: 'sensor-unreadable', about: 'cpu-package-0', why: BARRED.why, remedy: BARRED.remedy },
    ]);
  });
  test('barred, but a wall meter holds it: nothing is missed', () => {
    const wall = sensor({ device: 'node-0', kind: 'node', driver: 'ipmi', part: 'node' });
    expect(told({ sensors: [wall], barred: [BARRED] })).toMatchObject([{ level: 'note', code: 'sensor-unreadable' }]);
  });
  test('of a kind that tells nothing', () => {
    expect(told({ sensors: [MODEL], machine: { cpu_vendor: null } })).toMatchObject([{ level: 'note', remedy: null }]);
  });
});

describe('GPUs that are not seen', () => {
  const nvml = (why: string) =>
    ({ sources: [{ source: 'nvml', state: 'absent', why, open_ms: 1, read: null, devices: 0 }] }) as const;
  const missing = nvml('no NVIDIA driver library (libnvidia-ml.so.1) could be loaded: not found');
  const code = (n: number) => nvml(`the NVIDIA driver library does not start: words (NVML error ${n}, NAME)`);
  const accelerators = [gpu('nvidia', 'nvidia')];
  test.each([
    ['no library', missing, {}, [], /install NVIDIA's driver/],
    ['nouveau', missing, { accelerators: [gpu('nvidia', 'nouveau')] }, [], /nouveau/],
    ['docker without GPUs', missing, { container: 'docker' }, [], /docker run --gpus all/],
    ['podman without GPUs', missing, { container: 'podman' }, [], /--device nvidia.com\/gpu=all/],
    ['a pod without GPUs', missing, { container: 'kubernetes' }, [], /nvidia\.com\/gpu: 1/],
    ['GPUs, no library', missing, { container: 'docker' }, ['/dev/nvidiactl', '/dev/nvidia0'], /=compute,utility/],
    ['another version', code(18), {}, [], /reboot.*rmmod nvidia_uvm/],
    ['another version, in a container', code(18), { container: 'docker' }, [], /start the container anew/],
    ['no kernel driver', code(9), {}, [], /sudo modprobe nvidia/],
  ])('NVIDIA: %s', (_, sources, machine, paths, remedy) => {
    expect(
      told({ ...sources, machine: { accelerators, ...machine }, paths: paths.map((path) => open(path)) }),
    ).toMatchObject([{ level: 'problem', code: 'gpu-unseen', about: 'nvidia', remedy: expect.stringMatching(remedy) }]);
  });
  test('NVIDIA: no right, by the group of the node', () => {
    const paths = [open('/dev/nvidia0', { group: 'gpu', mode: '0660', readable: false, writable: false })];
    expect(told({ ...code(4), machine: { accelerators }, paths })).toMatchObject([
      { level: 'problem', remedy: expect.stringMatching(/sudo usermod -aG gpu ada/) },
    ]);
  });
  test('AMD: not in the group; no kernel driver; no device in the container', () => {
    const remedyOf = (of: Parameters<typeof seen>[0]) => told(of).map(({ remedy }) => remedy)[0];
    const amd = { accelerators: [gpu('amd', 'amdgpu')] };
    const paths = [open('/dev/kfd', { group: 'render', mode: '0660', readable: false, writable: false })];
    expect(remedyOf({ machine: amd, paths })).toMatch(/sudo usermod -aG render ada/);
    expect(remedyOf({ machine: { accelerators: [gpu('amd', null)] } })).toMatch(/sudo modprobe amdgpu/);
    expect(remedyOf({ machine: { ...amd, container: 'docker' } })).toMatch(/--device \/dev\/kfd --device \/dev\/dri/);
  });
  test('one of two is read: the other is missed; of a container’s neighbour it is a note', () => {
    const two = { accelerators: [gpu('nvidia', 'nvidia'), gpu('nvidia', 'nvidia')] };
    const sensors = [CPU, sensor({})];
    expect(told({ sensors, machine: two })).toMatchObject([{ level: 'problem', code: 'gpu-unseen' }]);
    expect(told({ sensors, machine: { ...two, container: 'docker' } })).toMatchObject([
      { level: 'note', remedy: null },
    ]);
  });
  test('a card is its driver’s vendor’s, whatever its name is like; a module of NVIDIA’s is no GPU more', () => {
    const arc = sensor({ driver: 'intel-gpu', name: 'Arc A770' });
    expect(told({ sensors: [CPU, arc], machine: { accelerators: [gpu('intel', 'xe')] } })).toEqual([]);
    const two = { accelerators: [gpu('nvidia', 'nvidia'), gpu('nvidia', 'nvidia')] };
    const superchip = [sensor({}), sensor({ device: 'module-0', kind: 'module', name: 'GH200' })];
    expect(told({ sensors: [CPU, ...superchip], machine: two })).toMatchObject([{ code: 'gpu-unseen' }]);
    const apu = sensor({ device: 'module-0', kind: 'module', driver: 'amd-gpu', name: 'AMD Instinct MI300A' });
    expect(told({ sensors: [CPU, apu], machine: { accelerators: [gpu('amd', 'amdgpu')] } })).toEqual([]);
  });
  test('one that is handed to a virtual machine is not ours', () => {
    expect(told({ machine: { accelerators: [gpu('nvidia', 'vfio-pci')] } })).toEqual([]);
  });
  test('one whose driver crashed is told once', () => {
    const sources = [{ source: 'nvml', state: 'crashed', why: 'x', open_ms: null, read: null, devices: 0 }] as const;
    expect(told({ sources, machine: { accelerators } })).toMatchObject([{ level: 'problem', code: 'source-failed' }]);
  });
});

describe('the rest', () => {
  test('a hidden GPU that cannot be read is not missed', () => {
    const hidden = sensor({ source: 'missing', charged: false, looks: 9, failed_looks: 9, why: 'lost' });
    expect(told({ sensors: [CPU, hidden] })).toMatchObject([{ level: 'note', code: 'sensor-hidden' }]);
  });
  test('some looks failed', () => {
    const flaky = sensor({ failed_looks: 3, why: 'the driver did not answer in time' });
    expect(told({ sensors: [CPU, flaky] })).toMatchObject([
      { level: 'note', code: 'sensor-flaky', why: '3 of 100 looks gave nothing: the driver did not answer in time' },
    ]);
  });
  test('a counter that stands: a problem beside a power reading, a note without one, nothing where it is slow', () => {
    const update = {
      of: 'counter',
      period_ms: null,
      low_ms: null,
      high_ms: null,
      changes: 0,
      watched_ms: 1500,
    } as const;
    const silent = { power_w: { value: null, why: 'x' }, power_from: null } as const;
    const levels = (of: Partial<SensorJson>) =>
      told({ sensors: [CPU, sensor({ update, ...of })] }).map(({ level }) => level);
    expect(levels({})).toEqual(['problem']);
    expect(levels(silent)).toEqual(['note']);
    expect(levels({ ...silent, update_s: 10 })).toEqual([]);
  });
  test('a management controller that may not be opened, with the rule for it', () => {
    const paths = [open('/dev/ipmi0', { mode: '0600', readable: false, writable: false })];
    expect(told({ paths })).toMatchObject([
      { level: 'note', code: 'node-unread', remedy: expect.stringMatching(/udev\/rules\.d/) },
    ]);
  });
  test('GPUs in a PID namespace of its own', () => {
    const machine = { pid_namespace: 'own', container: 'docker' } as const;
    expect(told({ sensors: [CPU, sensor({})], machine })).toMatchObject([
      { level: 'note', code: 'pid-namespace', remedy: 'docker run --pid=host …' },
    ]);
  });
  test('a clock that nobody keeps, one that jumped, one of which nothing is known', () => {
    const clock = seen({}).clock;
    expect(told({ clock: { ...clock, synchronised: false } })).toMatchObject([
      { level: 'note', remedy: 'sudo timedatectl set-ntp true' },
    ]);
    expect(told({ clock: { ...clock, drift_ms: -400 } })).toMatchObject([
      { level: 'note', why: expect.stringMatching(/-400 ms/) },
    ]);
    expect(told({ clock: { ...clock, synchronised: null, why: 'not known here' } })).toMatchObject([
      { level: 'note', remedy: null },
    ]);
  });
  test('problems come first', () => {
    const levels = diagnose(seen({ sensors: [MODEL], barred: [BARRED], place: { ...seen({}).place, pue: null } })).map(
      ({ level }) => level,
    );
    expect(levels).toEqual(['problem', 'note', ...levels.slice(2)]);
    expect(new Set(levels.slice(2))).toEqual(new Set(['ok']));
  });
});
