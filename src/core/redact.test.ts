import { describe, expect, test } from 'vitest';
import { redactCommand, redactText } from './redact.ts';

describe('secrets on a command line', () => {
  test.each([
    [
      ['--token', 'abc123'],
      ['--token', '[redacted]'],
    ],
    [['--api-key=abc123'], ['--api-key=[redacted]']],
    [
      ['--wandb_api_key', 'k'],
      ['--wandb_api_key', '[redacted]'],
    ],
    [
      ['env', 'HF_TOKEN=xyz', 'python'],
      ['env', 'HF_TOKEN=[redacted]', 'python'],
    ],
    [
      ['--password', '-x1'],
      ['--password', '[redacted]'],
    ],
    [
      ['curl', '-H', 'Authorization: Bearer abcdefghij'],
      ['curl', '-H', 'Authorization: [redacted] abcdefghij'].map((w, i) =>
        i === 2 ? expect.not.stringContaining('abcdefghij') : w,
      ),
    ],
    [
      ['--url', 'https://bob:hunter2@host/x'],
      ['--url', 'https://[redacted]@host/x'],
    ],
    [
      ['sh', '-c', 'export OPENAI_API_KEY=sk-abcdefghijklmnopqrstuv; run'],
      ['sh', '-c', 'export OPENAI_API_KEY=[redacted]; run'],
    ],
    [
      ['x', 'hf_abcdefghijklmnopqrstuvwxyz'],
      ['x', '[redacted]'],
    ],
    [
      ['x', 'AKIAABCDEFGHIJKLMNOP'],
      ['x', '[redacted]'],
    ],
  ])('%j', (command, wanted) => {
    expect(redactCommand(command as string[])).toEqual(wanted);
  });

  test.each([
    ['--max-tokens', '512'],
    ['--tokens-per-step', '2048'],
    ['--tokenizer', 'gpt2'],
    ['--lr', '3e-4'],
    ['--num_tokens=4096'],
    ['--author', 'bob'],
  ])('%s stays', (...command) => {
    expect(redactCommand(command)).toEqual(command);
  });

  test('the words keep their number', () => {
    expect(redactText('a=1 b=2')).toBe('a=1 b=2');
    expect(redactCommand(['--secret', '--flag', 'x'])).toHaveLength(3);
  });
});
