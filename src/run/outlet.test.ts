import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { createOutlet } from './outlet.ts';

const folder = mkdtempSync(join(tmpdir(), 'jb-outlet-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('bytes arrive in their order, whatever the pieces; then nothing waits', async () => {
  let n = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 40 }), async (pieces) => {
      const file = join(folder, String(n++));
      const fd = openSync(file, 'w');
      const outlet = createOutlet(fd, { gone() {}, drained() {} });
      for (const piece of pieces) outlet.write(Buffer.from(piece));
      await outlet.idle();
      closeSync(fd);
      expect(outlet.waiting).toBe(0);
      expect(readFileSync(file).equals(Buffer.concat(pieces))).toBe(true);
    }),
    { numRuns: 30 },
  );
});

test('what cannot be written is dropped, and nobody waits for it', async () => {
  const fd = openSync('/dev/full', 'w');
  let [gone, drained] = [0, 0];
  const outlet = createOutlet(fd, { gone: () => gone++, drained: () => drained++ });
  outlet.write(Buffer.from('one'));
  outlet.write(Buffer.from('two'));
  await outlet.idle();
  outlet.write(Buffer.from('three'));
  closeSync(fd);
  expect([outlet.waiting, gone, drained]).toEqual([0, 0, 1]);
});
