import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { addLateEvent } from './late-events.ts';

test('each is a segment after those that are there, open or sealed, and touches none of them', () => {
  const folder = mkdtempSync(join(tmpdir(), 'jb-late-'));
  writeFileSync(join(folder, 'events.000001.parquet'), 'sealed');
  writeFileSync(join(folder, 'events.000002.open'), '{"a":1}\n');
  writeFileSync(join(folder, 'steps.000009.open'), '');
  for (const at_ms of [5, 6])
    addLateEvent(folder, { at_ms, event: 'decision', message: 'm', facts: { decision: at_ms } });
  expect(readdirSync(folder).sort()).toEqual([
    ...['events.000001.parquet', 'events.000002.open', 'events.000003.open', 'events.000004.open'],
    'steps.000009.open',
  ]);
  expect(readFileSync(join(folder, 'events.000004.open'), 'utf8')).toBe(
    '{"at_ms":6,"event":"decision","message":"m","facts":{"decision":6}}\n',
  );
  expect(() => addLateEvent(join(folder, 'nowhere'), { at_ms: 1, event: 'x', message: '' })).toThrow('ENOENT');
});
