// A run that is over its budget in one zone and goes on in another: two sites on one machine.

import { expect, test } from 'vitest';
import { movesOf } from '../src/ledger/moves.ts';
import { findRun, runOf } from '../src/ledger/runs.ts';
import { joulebook, reportOf, until } from './helpers/cli.ts';
import { eachOnce, moveCase } from './helpers/moves.ts';

test('is ended here, goes on there as another segment of the same run, each step done once', async () => {
  const one = moveCase();
  const here = await one.begin().done;
  expect(here.code, here.stderr).toBe(75);
  expect(here.stderr).toMatch(
    /ended here, to go on elsewhere: .*of 2.5kJ is spent.*emits [\d.]+ gCO2e in FR, the move included/,
  );
  await until('its end over there', () => one.done() && findRun(one.ledger, 'last').state === 'finished');
  eachOnce(one);
  const run = findRun(one.ledger, 'last');
  expect(run.writers.map(({ state }) => state).sort()).toEqual(['finished', 'moved']);
  expect(movesOf(one.ledger, run.record.id)).toMatchObject([
    { number: 1, to: { zone: 'FR' }, taken: { how: 'it begins' } },
  ]);
  const report = await reportOf(one.ledger, 'last', '--by', 'hour');
  expect(report.run).toMatchObject({ segments: 2, state: 'finished', exit_code: 0 });
  const all = report.rows!.reduce((sum, row) => sum + row.energy_j!, 0);
  expect(all).toBeCloseTo(report.energy.it_j.value!, 3);
  expect(report.emissions.intensity.parts.map(({ zone }) => zone).sort()).toEqual(['DE', 'FR']);
  const part = (zone: string) => report.emissions.intensity.parts.find((one) => one.zone === zone)!;
  const [de, fr] = [part('DE'), part('FR')];
  const move = report.decisions.find(({ act }) => act === 'move')!;
  // Annual means: the work that was done there at that of the one and of the other, and what starting there took besides.
  const [there_j, lost_j] = [report.energy.it_j.value! * fr.share, -move.saved!.energy_j.value!];
  expect(lost_j).toBeGreaterThan(0);
  expect(move.saved!.emissions_g.value! * 3.6e6).toBeCloseTo(
    (there_j - lost_j) * de.mean_g_per_kwh - there_j * fr.mean_g_per_kwh,
    0,
  );
  expect(move.saved!.estimate).toBe(false);
  const late = await joulebook(['run', '--ledger', one.ledger, '--', 'touch', 'never'], {
    env: { JOULEBOOK_RUN_ID: run.record.id, JOULEBOOK_MOVE: '1', JOULEBOOK_ZONE: 'FR' },
  });
  expect(late).toMatchObject({ code: 75, stderr: expect.stringMatching(/not started: of move 1 .*has begun it/) });
  expect(runOf(one.ledger, run.record.id)!.writers).toHaveLength(2);
});
