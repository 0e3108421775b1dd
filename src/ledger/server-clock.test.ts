import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { serverClock } from './server-clock.ts';

const folder = mkdtempSync(join(tmpdir(), 'jb-clock-'));

describe('the clock of what holds the ledger', () => {
  test.each([0, 5000, -5000, 3_600_000])('beside one that is %i ms ahead', (ahead) => {
    const found = serverClock(folder, () => Date.now() + ahead)!;
    expect(Math.abs(found.offset_ms + ahead)).toBeLessThanOrEqual(found.bound_ms + 1);
    expect(found.bound_ms).toBeGreaterThan(0);
  });

  test('nothing is left behind, and where nothing can be written nothing is known', () => {
    serverClock(folder, Date.now);
    expect(readdirSync(folder)).toEqual([]);
    expect(serverClock(join(folder, 'none'), Date.now)).toBeNull();
  });
});
