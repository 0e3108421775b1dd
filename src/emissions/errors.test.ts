import { expect, test } from 'vitest';
import { intensityCause } from './errors.ts';

test('what would narrow the intensity depends on what was given: the hourly series is not asked for twice', () => {
  expect(intensityCause('annual').hint).toMatch(/hourly series/);
  expect(intensityCause('measured').hint).not.toMatch(/annual|hourly|--intensity/);
  for (const quality of ['estimated', 'forecast', 'climatology'] as const)
    expect(intensityCause(quality).hint).toMatch(/measured series/);
});
