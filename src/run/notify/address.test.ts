// Addresses by the IANA special-purpose registries, and names that lead to them.

import { expect, test } from 'vitest';
import { guardedLookup, isPublic, type Resolve } from './address.ts';

test.each([
  ...[
    '127.0.0.1',
    '127.1.2.3',
    '0.0.0.0',
    '10.1.2.3',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '169.254.169.254',
  ],
  ...['100.64.0.1', '198.18.0.1', '224.0.0.1', '255.255.255.255', '192.0.2.1', '198.51.100.7', '203.0.113.9'],
  ...['::1', '::', '[::1]', 'fe80::1', 'fe80::1%eth0', 'fc00::1', 'fd12::1', 'ff02::1', '2001:db8::1', '2002:a00:1::'],
  ...['::ffff:10.0.0.1', '::ffff:127.0.0.1', '::ffff:a00:1', '64:ff9b::a00:1', '::10.0.0.1', 'localhost', ''],
])('%s is not public', (address) => expect(isPublic(address)).toBe(false));

test.each([
  ...['8.8.8.8', '1.1.1.1', '172.15.255.255', '172.32.0.1', '100.63.255.255', '192.169.0.1', '2606:4700::1111'],
  ...['[2a00:1450:4001::1]', '::ffff:8.8.8.8'],
])('%s is public', (address) => expect(isPublic(address)).toBe(true));

const answering =
  (...addresses: string[]): Resolve =>
  (_name, _options, done) =>
    done(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
const looked = (allow_private: boolean, resolve: Resolve, all = true) =>
  new Promise((done) =>
    guardedLookup(allow_private, resolve)('name.example', { all }, (error, addresses) =>
      done(error === null ? addresses : error.message),
    ),
  );

test('a name is refused where one of its addresses is, and reached at the very addresses that were looked at', async () => {
  expect(await looked(false, answering('8.8.8.8', '10.0.0.1'))).toMatch(/^10\.0\.0\.1 is a private/);
  expect(await looked(false, answering('8.8.8.8'))).toEqual([{ address: '8.8.8.8', family: 4 }]);
  expect(await looked(false, answering('8.8.8.8'), false)).toBe('8.8.8.8');
  expect(await looked(true, answering('10.0.0.1'))).toEqual([{ address: '10.0.0.1', family: 4 }]);
  expect(await looked(true, answering())).toBe('name.example has no address');
});
