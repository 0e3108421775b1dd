import { expect, test } from 'vitest';
import { hideFields, hiderOf } from './secrets.ts';

// Writings of `p@ss w"rd/ü+7` by Python's urllib.parse.quote and quote_plus, json.dumps and base64.
test.each([
  ['as it is', 'p@ss w"rd/ü+7'],
  ['escaped', 'p%40ss%20w%22rd%2F%C3%BC%2B7'],
  ['escaped in small letters', 'p%40ss%20w%22rd%2f%c3%bc%2b7'],
  ['as a form', 'p%40ss+w%22rd%2F%C3%BC%2B7'],
  ['in JSON', 'p@ss w\\"rd/ü+7'],
  ['in Base64', 'cEBzcyB3InJkL8O8Kzc='],
])('a secret %s is hidden', (_, written) => {
  expect(hiderOf(['p@ss w"rd/ü+7'])(`what is ${written}?`)).toBe('what is [redacted]?');
});

test('a header is hidden whole and by its words, a short secret only as a word', () => {
  expect(hiderOf(['Bearer a-token'])('Bearer a-token; a-token')).toBe('[redacted]; [redacted]');
  expect(hiderOf(['us'])('us, status, "us"')).toBe('[redacted], status, "[redacted]"');
  expect(hiderOf([''])('all')).toBe('all');
});

test('what JSON names a secret or a person is hidden, and nothing else', () => {
  const told =
    '{"token": "x\\"y", "access_token":"z","userName":"ada","email" : "a@b.c","tokens":"7","data":[{"value":1}]}';
  expect(hideFields(told)).toBe(
    '{"token": "[redacted]", "access_token":"[redacted]","userName":"[redacted]","email" : "[redacted]","tokens":"7","data":[{"value":1}]}',
  );
  expect(hideFields('a eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2ln b')).toBe('a [redacted] b');
});
