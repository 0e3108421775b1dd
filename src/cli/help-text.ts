// What the declarations of commands have in common.

/** The end of a command's help. */
export const example = (text: string): string => `\nExample:\n  ${text.split('\n').join('\n  ')}`;

/** Of an option that may be given several times: all its values. */
export const collect = (value: string, all: string[] = []): string[] => [...all, value];
