import { expect, test } from 'vitest';
import { energyUnit, inUnit, massUnit } from './units.ts';

test('the unit is the largest that the greatest value reaches, whatever its sign', () => {
  expect(massUnit([0.2, null, 1500]).unit).toBe('kgCO2e');
  expect(massUnit([-2e6]).unit).toBe('tCO2e');
  expect(massUnit([0.01]).unit).toBe('mgCO2e');
  expect(energyUnit([3599]).unit).toBe('J');
  expect(energyUnit([3600]).unit).toBe('Wh');
});

test('nothing known is told in the smallest, and stays unknown', () => {
  expect(massUnit([null]).unit).toBe('mgCO2e');
  expect(inUnit([7200, null], energyUnit([7200]))).toEqual([2, null]);
});
