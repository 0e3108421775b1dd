// Where our own cgroup is, from what /proc tells (cgroups(7), proc(5)), and when the command gets none of its own.

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { folderOf, openCgroup } from './cgroup.ts';

const mount = (root: string, point: string, type = 'cgroup2') =>
  `35 23 0:30 ${root} ${point} rw,nosuid shared:9 - ${type} cgroup rw,nsdelegate\n`;

describe('the folder of our cgroup', () => {
  test.each([
    ['systemd', '0::/user.slice/app.scope\n', mount('/', '/sys/fs/cgroup'), '/sys/fs/cgroup/user.slice/app.scope'],
    ['a cgroup namespace', '0::/\n', mount('/', '/sys/fs/cgroup'), '/sys/fs/cgroup'],
    ['a container’s bind mount', '0::/docker/abc\n', mount('/docker/abc', '/sys/fs/cgroup'), '/sys/fs/cgroup'],
    ['below a bind mount', '0::/docker/abc/x\n', mount('/docker/abc', '/sys/fs/cgroup'), '/sys/fs/cgroup/x'],
    ['beside v1', '4:memory:/a\n0::/b\n', mount('/', '/cg/memory', 'cgroup') + mount('/', '/cg/u'), '/cg/u/b'],
    ['a blank in the path', '0::/a\n', mount('/', '/my\\040cg'), '/my cg/a'],
    ['a mount of another part', '0::/docker/ab\n', mount('/docker/a', '/sys/fs/cgroup'), null],
    ['outside our namespace', '0::/../other\n', mount('/', '/sys/fs/cgroup'), null],
    ['v1 alone', '4:memory:/a\n', mount('/', '/cg/memory', 'cgroup'), null],
    ['not mounted', '0::/a\n', '', null],
    ['no /proc', '', '', null],
  ])('%s', (_, cgroups, mountinfo, folder) => expect(folderOf(cgroups, mountinfo)).toBe(folder));
});

describe('no cgroup for the command', () => {
  let proc: string;
  beforeEach(() => {
    proc = mkdtempSync(join(tmpdir(), 'jb-proc-'));
    mkdirSync(join(proc, 'self'));
    mkdirSync(join(proc, 'own'));
    writeFileSync(join(proc, 'self/cgroup'), '0::/own\n');
    writeFileSync(join(proc, 'self/mountinfo'), mount('/', proc));
  });
  afterEach(() => rmSync(proc, { recursive: true }));
  const own = (file: string, text: string) => writeFileSync(join(proc, 'own', file), text);

  test.each([
    ['memory.max', '4294967296\n', /memory.max would be hidden/],
    ['cpu.max', '200000 100000\n', /cpu.max would be hidden/],
    ['cgroup.subtree_control', 'cpu memory\n', /controllers are handed on/],
  ])('where %s is %j', (file, text, why) => {
    own(file, text);
    expect(openCgroup('r', proc)).toEqual({ why: expect.stringMatching(why) });
    expect(readdirSync(join(proc, 'own'))).toEqual([file]);
  });

  test('where limits are there but not set it is tried; what the kernel has not made is taken away again', () => {
    for (const [file, text] of Object.entries({
      'memory.max': 'max\n',
      'cpu.max': 'max 100000\n',
      'cpuset.cpus': '\n',
    }))
      own(file, text);
    expect(openCgroup('r', proc)).toEqual({ why: expect.stringMatching(/threaded/) });
    expect(readdirSync(join(proc, 'own')).filter((name) => name.startsWith('joulebook'))).toEqual([]);
  });

  test('one that was left frozen by a joulebook that is gone is thawed, one of a living joulebook is not', () => {
    const namespace = readlinkSync('/proc/self/ns/pid').replace(/\D/g, '');
    const left = (pid: number) => {
      const folder = `joulebook-r-${namespace}-${pid}`;
      mkdirSync(join(proc, 'own', folder));
      own(`${folder}/cgroup.freeze`, '1');
      return () => readFileSync(join(proc, 'own', folder, 'cgroup.freeze'), 'utf8');
    };
    const [ended, living] = [left(0x7ffffffe), left(process.pid)]; // above the most that pid_max can be
    openCgroup('s', proc);
    expect([ended(), living()]).toEqual(['0', '1']);
  });

  test('where there is none', () => expect(openCgroup('r', '/nowhere')).toEqual({ why: 'no cgroup v2 is mounted' }));
});
