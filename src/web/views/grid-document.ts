// What is known of a zone over a time (joulebook/grid/v1), and the zones that a ledger knows, as the API answers them.

import type { InferOutput } from 'valibot';
import type { grid, gridZones } from '../../server/contract/grid.ts';

export type Grid = InferOutput<typeof grid>;
export type Point = Grid['points'][number];
export type Quality = Point['quality'];
export type Zones = InferOutput<typeof gridZones>;
export type Zone = Zones['zones'][number];
