// What to type so that a sensor can be read (pure). One that needs the machine's administrator says so by its sudo.

import type { GpuVendor, Machine, Rights } from './surroundings.ts';

/** What the remedies depend on. */
export interface Place {
  readonly machine: Machine;
  readonly rights: Rights;
}

/** NVIDIA's GPUs are there, and this is why none is read. */
export function nvidiaRemedy(why: string, { machine, rights }: Place): string {
  const code = Number(/NVML error (\d+)/.exec(why)?.[1] ?? Number.NaN);
  const { container } = machine;
  if (code === 18)
    return container === null
      ? 'the driver was updated under way: reboot, or end what uses the GPUs and type: sudo rmmod nvidia_uvm nvidia_drm nvidia_modeset nvidia && sudo modprobe nvidia'
      : 'the driver was updated under way: start the container anew, so that it is given the library of the driver that the host has now';
  if (code === 15 || code === 16)
    return 'sudo dmesg | grep -i xid tells why; end what uses the GPU and type: sudo nvidia-smi --gpu-reset, or reboot';
  if (code === 4) {
    const barred = rights.paths.find(({ path, readable, writable }) => /nvidia/.test(path) && !(readable && writable));
    return barred === undefined
      ? `ask the administrator for the right to use the GPUs (${container === null ? 'ls -l /dev/nvidia* shows who may' : 'the devices cgroup of the container decides'})`
      : groupRemedy(barred.group, barred.path, rights);
  }
  const nodes = rights.paths.some(({ path }) => /nvidia(ctl|\d+)$/.test(path));
  if (container !== null && !nodes) return `start the container with its GPUs: ${withGpus(container)}`;
  if (container !== null)
    return `the container has GPUs but not NVIDIA's management library: -e NVIDIA_DRIVER_CAPABILITIES=compute,utility (with ${withGpus(container)}), or name the library: --nvml FILE`;
  const nouveau = machine.accelerators.some(({ vendor, driver }) => vendor === 'nvidia' && driver === 'nouveau');
  if (nouveau) return "the open nouveau driver holds the GPU and tells no energy: install NVIDIA's driver and reboot";
  if (code === 9) return 'sudo modprobe nvidia (sudo dmesg | grep -i nvidia tells why, where it refuses)';
  return "install NVIDIA's driver (its package brings libnvidia-ml.so.1), or name the library: --nvml FILE";
}

function withGpus(container: string): string {
  if (container === 'kubernetes') return 'resources.limits of the pod: nvidia.com/gpu: 1';
  if (container === 'podman') return 'podman run --device nvidia.com/gpu=all …';
  return 'docker run --gpus all … (with NVIDIA’s container toolkit on the host)';
}

/** AMD's or Intel's GPUs are there, and none, or not all, is read. */
export function gpuRemedy(vendor: Exclude<GpuVendor, 'nvidia'>, { machine, rights }: Place): string {
  const module = vendor === 'amd' ? 'amdgpu' : 'xe (or i915)';
  const nodes = rights.paths.filter(({ path }) => /(kfd|renderD\d+)$/.test(path));
  if (machine.container !== null && nodes.length === 0)
    return vendor === 'amd'
      ? 'docker run --device /dev/kfd --device /dev/dri --group-add video --group-add render …'
      : 'docker run --device /dev/dri --group-add render …';
  if (machine.accelerators.some((one) => one.vendor === vendor && one.driver === null))
    return `sudo modprobe ${module.split(' ')[0]} (no kernel driver is bound to the GPU)`;
  const barred = nodes.find(({ readable, writable }) => !(readable && writable));
  if (barred !== undefined) return groupRemedy(barred.group ?? 'render', barred.path, rights);
  return `the kernel driver ${module} shows no power of this GPU: a newer kernel or driver may`;
}

function groupRemedy(group: string | null, path: string, { user, uid }: Rights): string {
  if (group === null || group === 'root') return `sudo chmod a+rw ${path}`;
  return `sudo usermod -aG ${group} ${user ?? uid ?? '$USER'}, then log in anew (${path} is the group's)`;
}

/** The CPU's energy counters (RAPL) are not to be seen: why, and what would help; null where nothing would. */
export function cpuRemedy({ machine, rights }: Place): { readonly why: string; readonly remedy: string | null } {
  if (machine.virtual === true)
    return {
      why: 'a virtual machine is shown no energy counter of its CPU: it is modelled',
      remedy: 'meter the host, or the machine by its wall power; inside, nothing more can be had',
    };
  if (machine.cpu_vendor === null)
    return { why: 'no energy counter of this processor is known here: it is modelled', remedy: null };
  if (machine.powercap !== 'present' && machine.container !== null)
    return {
      why: 'the container is not shown the CPU’s energy counters',
      remedy: sysfsForContainer(machine.container),
    };
  if (machine.powercap !== 'present')
    return { why: 'the kernel shows no energy counter of the CPU', remedy: 'sudo modprobe intel_rapl_msr' };
  const barred = rights.paths.find(({ path, readable }) => /energy_uj$/.test(path) && !readable);
  if (barred !== undefined)
    return {
      why: `the CPU’s energy counters are for root only (${barred.path})`,
      remedy: `sudo chmod a+r ${barred.path.replace(/[^/]+\/energy_uj$/, '*/energy_uj')} (until the next boot)`,
    };
  return { why: 'the CPU’s energy counters are there, but no driver of joulebook read them', remedy: null };
}

/** Docker hides /sys/devices/virtual/powercap from containers; the host's /sys elsewhere does not. */
function sysfsForContainer(container: string): string {
  if (container === 'kubernetes')
    return 'mount the host’s /sys read-only (hostPath: /sys at /host/sys) and set JOULEBOOK_SYSFS=/host/sys';
  const engine = container === 'podman' ? 'podman' : 'docker';
  return `${engine} run -v /sys:/host/sys:ro -e JOULEBOOK_SYSFS=/host/sys … (as root inside: the counters are root's)`;
}

/** For a driver whose process crashed or hung. */
export function failedRemedy(source: string, how: 'crashed' | 'silent' | 'failed'): string {
  if (source !== 'nvml')
    return how === 'silent' ? 'wait longer for it: --timeout 60s' : 'please report this with the output of --json';
  return how === 'silent'
    ? 'where nvidia-smi hangs too: sudo dmesg | grep -i -e xid -e nvrm tells why; where it is only slow: sudo nvidia-smi -pm 1 keeps the driver awake, --timeout 60s waits longer'
    : "where nvidia-smi crashes too, install NVIDIA's driver anew; --nvml FILE takes another library";
}

/** For /dev/ipmi0 that may not be opened. */
export function ipmiRemedy(): string {
  return `echo 'KERNEL=="ipmi[0-9]*", GROUP="ipmi", MODE="0660"' | sudo tee /etc/udev/rules.d/70-ipmi.rules, with yourself in a group ipmi`;
}
