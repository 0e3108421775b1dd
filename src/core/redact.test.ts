import { describe, expect, test } from 'vitest';
import { redactCommand, redactTags, redactText } from './redact.ts';

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
    ['--pad-token', '<pad>'],
    ['--eos_token_id=2'],
    ['--token-type-ids', 'x'],
    ['--flops-per-token', '6e9'],
    ['--tokenized-data', 'd'],
    ['tokenizer.model=gpt2'],
    ['--n-token', '8'],
    ['--two-pass', '1'],
    ['--lowpass', '300'],
    ['--keys', 'a,b'],
    ['python', '-u', 'train.py'],
    ['docker', 'run', '-u', '1000:1000', 'img'],
    ['https://h:8080/x?a=1&b=2'],
    ['sh', '-c', 'for i in 1 2; do echo "{\\"step\\": $i}"; done'],
    ['a=b', '{"loss": 1, "step": 2}', '12:30'],
  ])('%s stays', (...command) => {
    expect(redactCommand(command)).toEqual(command);
  });

  test.each([
    ['https://h/x?access_token=SECRET&a=1'],
    ['env', 'AWS_SESSION_TOKEN=SECRET', 'train'],
    ['--session-token', 'SECRET'],
    ['-H', 'Authorization: Token SECRET'],
    ['-H', 'Authorization: Digest username="u", response="SECRET"'],
    ['sh', '-c', 'curl -H "Authorization: Token SECRET" https://h'],
    ['--pass', 'SECRET'],
    ['--db-pass', 'SECRET'],
    ['PGPASS=SECRET'],
    ['--pw', 'SECRET'],
    ['python', '-c', 'import wandb; wandb.login(key="SECRET")'],
    ['--password=', 'SECRET'],
    ['--password= SECRET'],
    ['--password=a&b;c,"SECRET'],
    ['--password=a SECRET'],
    ['postgres://u:a@SECRET@h'],
    ['curl', '-u', 'user:SECRET', 'https://h'],
    ['curl', '-uuser:SECRET'],
    ['curl', '--proxy-user=user:SECRET'],
    ['sh', '-c', "curl -u 'user:SECRET' https://h"],
    ['sh', '-c', 'train --password SECRET --lr 1'],
    ['sh', '-c', 'train --api-key "two SECRET" --lr 1'],
    ['--data', '{"password": "a SECRET", "lr": 1}'],
    ['sh', '-c', 'post "{\\"password\\": \\"SECRET\\"}"'],
    ['os.environ["HF_TOKEN"] = "SECRET"'],
    ['--tokenizer-api-key', 'SECRET'],
    ['--access-tokens=SECRET'],
    ['+wandb.api_key=SECRET'],
    ['-H', 'Cookie: a=1; session=SECRET'],
  ])('%j hides its secret', (...command) => {
    const words = redactCommand(command);
    expect(words).toHaveLength(command.length);
    expect(words.join(' ')).not.toContain('SECRET');
    expect(words.join(' ')).toContain('[redacted]');
  });

  test('what stands beside a secret stays', () => {
    expect(redactText('https://h/x?access_token=S&a=1')).toBe('https://h/x?access_token=[redacted]&a=1');
    expect(redactText('curl -H "Authorization: Token S" https://h')).toBe(
      'curl -H "Authorization: [redacted]" https://h',
    );
    expect(redactText('train --password S --lr 1')).toBe('train --password [redacted] --lr 1');
    expect(redactText('curl -u bob:S https://h')).toBe('curl -u bob:[redacted] https://h');
    expect(redactText('wandb.login(key="S", host="h")')).toBe('wandb.login(key=[redacted], host="h")');
  });

  test('tags are hidden by their name or by their value', () => {
    expect(redactTags({ api_key: 'S', team: 'a', max_tokens: '512', note: 'token=S' })).toEqual({
      ...{ api_key: '[redacted]', team: 'a', max_tokens: '512', note: 'token=[redacted]' },
    });
  });

  // With a pattern that is quadratic in the length of a word, any of these takes minutes.
  test.each([
    'a',
    'a.',
    'a-',
    '1',
    ' ',
    'a ',
    '-u',
    'eyJ-',
    'eyJaaaaaaaa.',
    ':',
    '://',
    '://a',
    '"',
    'token=',
    "key='",
  ])('a megabyte of %j takes no time', (part) => {
    const word = part.repeat(Math.ceil(1e6 / part.length));
    expect(redactCommand([word, '-u', word])).toHaveLength(3);
    expect(redactText(`token=x${word}`)).toContain('[redacted]');
  });

  test('the words keep their number', () => {
    expect(redactText('a=1 b=2')).toBe('a=1 b=2');
    expect(redactCommand(['--secret', '--flag', 'x'])).toHaveLength(3);
  });
});
