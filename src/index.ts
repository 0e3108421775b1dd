// The library: types and pure functions of joulebook, for other TypeScript programs.

export { Fault, type FaultCode } from './core/fault.ts';
export type { FigureJson } from './core/figure.ts';
export type { Device, DeviceKind, EnergySource, Opened, PowerSource, Sample } from './meter/port.ts';
export type { LogFormat, Step } from './workload/step.ts';
