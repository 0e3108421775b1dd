// Every source that may find something on a machine, in the order in which their devices are listed.

import type { PowerSource } from '../port.ts';
import { acpiPowerSource } from './acpi-power.ts';
import { amdGpuSource } from './amd-gpu.ts';
import { cpuModelSource } from './cpu-model.ts';
import { craySource } from './cray.ts';
import { dramModelSource } from './dram-model.ts';
import { intelGpuSource } from './intel-gpu.ts';
import { ipmiSource } from './ipmi.ts';
import { nvmlSource } from './nvml.ts';
import { raplSource } from './rapl.ts';
import { type RedfishOptions, redfishSource } from './redfish.ts';
import { wallMeterSource } from './wall-meter.ts';

/** What the sources need to know of the machine and of the job. Plain data: it crosses processes. */
export interface SensorConfig {
  /** Path of NVIDIA's library; null = the system's own. */
  readonly nvml: string | null;
  /** The job's CUDA_VISIBLE_DEVICES and CUDA_DEVICE_ORDER. */
  readonly visible: string | null;
  readonly order: string | null;
  /** The job's ROCR_VISIBLE_DEVICES and HIP_VISIBLE_DEVICES. */
  readonly rocr?: string | null;
  readonly hip?: string | null;
  /** The meter of the whole machine that was asked for: ipmi, redfish=URL, or csv=FILE; null = none. */
  readonly node_meter?: string | null;
  /** How the management controller is asked; its credentials never stand on a command line or in a file. */
  readonly redfish?: Pick<RedfishOptions, 'credentials' | 'verify'>;
  /** Where commands are looked for. */
  readonly path?: string;
  /** Where /proc and /sys of the machine are seen. */
  readonly procfs: string;
  readonly sysfs: string;
}

/** The sources of a machine. Opens nothing. */
export function sensorsOf(config: SensorConfig): readonly PowerSource[] {
  const { nvml: library, visible, order } = config;
  return [
    nvmlSource({ library, visible: visible ?? undefined, order: order ?? undefined, sysfs: config.sysfs }),
    amdGpuSource({ sysfs: config.sysfs, rocr: config.rocr ?? null, hip: config.hip ?? visible }),
    intelGpuSource({ sysfs: config.sysfs }),
    raplSource({ sysfs: config.sysfs }),
    craySource({ sysfs: config.sysfs }),
    acpiPowerSource({ sysfs: config.sysfs }),
    cpuModelSource({ procfs: config.procfs }),
    dramModelSource(config),
    ...nodeMeter(config),
  ];
}

function nodeMeter({ node_meter: meter, path, redfish }: SensorConfig): PowerSource[] {
  if (meter?.startsWith('redfish='))
    return [redfishSource({ url: meter.slice('redfish='.length), credentials: null, verify: true, ...redfish })];
  if (meter === 'ipmi') return [ipmiSource({ path: path ?? '' })];
  return meter?.startsWith('csv=') ? [wallMeterSource({ file: meter.slice('csv='.length) })] : [];
}
