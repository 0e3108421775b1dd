// Lines for people: results to stdout, the rest to stderr.

/** A line of the result. */
export const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** Something to know beside the result. */
export const warn = (message: string): void => void process.stderr.write(`joulebook: ${message}\n`);

/** One line that is drawn over, '' takes it away; nothing where nobody looks. */
export function progress(text: string): void {
  if (process.stderr.isTTY === true) process.stderr.write(`\r\x1b[K${text === '' ? '' : `  ${text}`}`);
}
