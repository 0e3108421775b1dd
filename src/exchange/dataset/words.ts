// The words that texts of a data set may be: none that anybody wrote.

export const KINDS = ['run', 'monitor', 'attach', 'cut'] as const;
export const STATES = ['finished', 'failed', 'stopped', 'moved', 'interrupted'] as const;
export const ENDINGS = ['stopped', 'paused', 'moved'] as const;
export const MEASURED = ['energy', 'emissions', 'j_per_token', 'g_per_million_tokens', 'water', 'money'] as const;
export const DECIDED = ['warn', 'hook', 'checkpoint', 'pause', 'move', 'stop', 'resume'] as const;
export const DEVICE_KINDS = ['gpu', 'cpu-package', 'dram', 'module', 'node', 'psys', 'host-other'] as const;
export const SOURCES = ['counter', 'polled', 'model', 'allocated', 'imported'] as const;
export const QUALITIES = ['measured', 'filled', 'estimated', 'unknown'] as const;
export const GAPS = [
  ...['late-first-reading', 'no-last-reading', 'too-far-apart', 'counter-reset', 'wrapped-unseen', 'implausible'],
  ...['unreadable', 'never-read'],
] as const;
export const PHASES = ['data', 'train', 'eval', 'checkpoint', 'stall', 'other'] as const;
export const COUNTS = ['cumulative', 'per-step', 'unsaid'] as const;
export const LAUNCHERS = ['slurm', 'openmpi', 'hydra', 'torchrun'] as const;
export const STAGES = ['data', 'search', 'pre-train', 'fine-tune', 'distil', 'evaluate', 'serve'] as const;
export const EVENTS = ['findings', 'attribution', 'gpu-attribution', 'paused', 'resumed'] as const;
