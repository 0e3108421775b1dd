import { expect, test } from 'vitest';
import type { DoctorJson } from '../app/doctor-model.ts';
import { doctorText } from './doctor-text.ts';

const made: DoctorJson = {
  ...{ schema: 'joulebook/doctor/v1', at_ms: 0, host: 'box\x1b[31m', ok: false },
  findings: [
    {
      ...{ level: 'problem', code: 'sensor-unreadable', about: 'cpu-package-0' },
      ...{
        why: 'permission denied for a file of the kernel',
        remedy: 'sudo chmod a+r /sys/class/powercap/x/energy_uj',
      },
    },
  ],
  sources: [
    {
      source: 'nvml',
      state: 'read',
      why: null,
      open_ms: 9,
      devices: 2,
      read: { median_ms: 2.5, p95_ms: 4, reads: 300 },
    },
    { source: 'rapl', state: 'silent', why: 'no answer within 2 s', open_ms: null, devices: 0, read: null },
  ],
  sensors: [0, 1].map((i) => ({
    ...{ device: `gpu-${i}`, kind: 'gpu', name: 'NVIDIA H100 80GB HBM3', uuid: '', part: `gpu-${i}`, driver: 'nvml' },
    ...{
      source: 'counter',
      charged: i === 0,
      within: i === 0 ? null : 'module-0',
      better: null,
      energy_j: 1,
      limit_w: 700,
    },
    power_w: i === 0 ? { value: 412.3 } : { value: null, why: 'the GPU has fallen off the bus' },
    power_from: i === 0 ? 'reading' : null,
    update: {
      of: 'counter',
      period_ms: i === 0 ? 20 : null,
      low_ms: i === 0 ? 19 : null,
      high_ms: i === 0 ? 21 : null,
      changes: i === 0 ? 70 : 0,
      watched_ms: 1500,
    },
    ...{ looks: 300, failed_looks: 0, why: null, update_s: 0.1, gain: { down: 0, up: 0 }, notes: [] },
  })),
  barred: [],
  machine: {
    ...{
      container: 'docker',
      virtual: false,
      pid_namespace: 'own',
      cpu_vendor: 'intel',
      powercap: 'masked',
      accelerators: [],
    },
    cgroup: { version: 2, path: '/', writable: false },
  },
  rights: { uid: 1000, user: 'ada', groups: ['ada', 'render'], capabilities: [], paths: [] },
  place: { zone: null, pue: null, intensity_file: null, intensity: [], intensity_notes: [], why: 'no zone is known' },
  clock: { synchronised: true, by: 'kernel', max_error_ms: 12.34, why: null, drift_ms: 0, watched_s: 1.5 },
  ledger: {
    ...{ path: '/data/ada/.joulebook', from: null, exists: true, version: 1, known_version: 1, writable: true },
    ...{ runs: 12, running: 1, damaged: [], free_bytes: 5e10, why: null },
  },
  versions: { joulebook: '0.1.0', node: 'v20.19.0', kernel: 'Linux 6.8', system: null, nvidia: '550.54', amdgpu: null },
  settings_files: [],
};

test('a narrow terminal: no line is wider, but for a word that is', () => {
  for (const width of [40, 60]) {
    const lines = doctorText(made, { color: false, width }).split('\n');
    const over = lines.filter((line) => [...line].length > width);
    expect(over.filter((line) => line.trim().includes(' '))).toEqual([]);
    expect(lines.length).toBeGreaterThan(30);
  }
});

test('without colour no escape code, not even one out of a name', () => {
  expect(doctorText(made, { color: false, width: 100 })).not.toContain('\x1b');
  expect(doctorText(made, { color: true, width: 100 })).not.toContain('box\x1b[31m');
});

test('the readings as people read them', () => {
  const text = doctorText(made, { color: false, width: 160 });
  expect(text).toContain('1 problem');
  expect(text).toMatch(/gpu-0 +412 W {2}counter {2}counts {2}NVIDIA H100 80GB HBM3\n/);
  expect(text).toContain('counter changes every 20.0 ms (19.0 – 21.0 ms), a look takes 2.50 ms, p95 4.00 ms');
  expect(text).toMatch(/gpu-1 +no power: the GPU has fallen off the bus {2}counter {2}does not count: inside module-0/);
  expect(text).toContain('counter not seen to change in 1.50 s');
  expect(text).toMatch(/rapl +hangs: no answer within 2 s\n/);
  expect(text).toMatch(/problem +cpu-package-0: permission denied/);
  expect(text).toContain('→ sudo chmod a+r /sys/class/powercap/x/energy_uj');
  expect(text).toContain('kept by a time service (kernel), off by at most 12.3 ms; steady to 1 ms in 1.50 s');
  expect(text).toMatch(/runs +12, 1 running\n/);
});
