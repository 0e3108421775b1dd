import { defineConfig } from 'vitest/config';

// unit: pure and quick, beside the code. integration: real processes, real engine. full: heavy, installs needed.
// Tests of real processes are tried twice in CI: its machine is shared, and a second's pause there is no fault of ours.
// Half of their time is waiting for processes that run in real time, so there is one worker more than the two cores of CI.
const retry = process.env.CI ? 1 : 0;

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['src/**/*.test.ts'], pool: 'threads', isolate: false } },
      {
        test: {
          name: 'integration',
          include: ['test/**/*.test.ts'],
          exclude: ['test/full/**'],
          pool: 'forks',
          retry,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'full',
          include: ['test/full/**/*.test.ts'],
          pool: 'forks',
          retry,
          testTimeout: 900_000,
          hookTimeout: 900_000,
          maxWorkers: 1,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
