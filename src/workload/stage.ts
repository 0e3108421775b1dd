// What a run was for in the life of a model, in the order of that life.

export const STAGES = ['data', 'search', 'pre-train', 'fine-tune', 'distil', 'evaluate', 'serve'] as const;
export type Stage = (typeof STAGES)[number];
