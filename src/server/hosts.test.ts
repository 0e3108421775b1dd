import { expect, test } from 'vitest';
import { hostName, isForeign, isLoopback, isOurs } from './hosts.ts';

test.each([
  ['127.0.0.1', true],
  ['127.8.9.1', true],
  ['::1', true],
  ['::ffff:127.0.0.1', true],
  ['localhost', true],
  ['LocalHost', true],
  ['atlas.localhost', true],
  ['0.0.0.0', false],
  ['::', false],
  ['128.0.0.1', false],
  ['10.0.0.1', false],
  ['::ffff:10.0.0.1', false],
  ['fe80::1', false],
  ['localhost.example.org', false],
  ['notlocalhost', false],
  ['127.0.0.1.example.org', false],
])('%s is of this machine alone: %s', (host, told) => {
  expect(isLoopback(host)).toBe(told);
});

test.each([
  ['localhost:8480', 'localhost'],
  ['[::1]:8480', '::1'],
  ['[::1]', '::1'],
  ['127.0.0.1', '127.0.0.1'],
  ['Example.ORG:1', 'example.org'],
  ['', null],
  [undefined, null],
  ['localhost:port', null],
  ['localhost@example.org', null],
  ['localhost/..', null],
  ['[localhost]:1', null],
  ['localhost evil', null],
  ['a'.repeat(300), null],
])('the name in Host: %s is %s', (header, name) => {
  expect(hostName(header)).toBe(name);
});

test('on loopback another name than its own is refused, and so is a name that leads here by DNS', () => {
  const here = { loopback: true, public_url: null };
  expect(['localhost:8480', '127.0.0.1:8480', '[::1]:8480'].every((host) => isOurs(host, here))).toBe(true);
  expect(
    ['rebound.example.org:8480', 'localhost.example.org', '192.168.1.7:8480', ''].some((host) => isOurs(host, here)),
  ).toBe(false);
  const proxied = { loopback: true, public_url: new URL('https://energy.example.org/') };
  expect(isOurs('energy.example.org', proxied)).toBe(true);
  expect(isOurs('other.example.org', proxied)).toBe(false);
  expect(isOurs('other.example.org', { loopback: false, public_url: null })).toBe(true);
});

test.each([
  // A program says neither.
  [undefined, undefined, false],
  // The page's own.
  ['http://localhost:8480', 'same-origin', false],
  [undefined, 'same-origin', false],
  // Somebody typed the address.
  [undefined, 'none', false],
  // Another site, and another port of this machine.
  ['https://evil.example.org', 'cross-site', true],
  [undefined, 'cross-site', true],
  [undefined, 'same-site', true],
  ['http://localhost:3000', 'same-site', true],
  // Browsers that send no Sec-Fetch-Site: plain HTTP beyond loopback.
  ['http://localhost:8480', undefined, false],
  ['https://energy.example.org', undefined, false],
  ['https://evil.example.org', undefined, true],
  ['http://localhost:3000', undefined, true],
  // A sandboxed frame, a file.
  ['null', undefined, true],
])('of origin %s, site %s, is foreign: %s', (origin, site, told) => {
  const reach = { loopback: true, public_url: new URL('https://energy.example.org/') };
  expect(isForeign({ host: 'localhost:8480', origin, site }, reach)).toBe(told);
});
