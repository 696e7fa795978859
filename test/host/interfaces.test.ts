import fs from 'node:fs';
import os from 'node:os';
import test from 'ava';
import { listInterfaces } from '../../src/host/interfaces.js';

test('loopback is told by its flag and not by its name', (t) => {
  const root = fs.mkdtempSync(`${os.tmpdir()}/loscope-net-`);
  t.teardown(() => fs.rmSync(root, { recursive: true }));
  for (const [name, flags] of [
    ['eth0', '0x1003'],
    ['lo', '0x1002'],
    ['dummy', '0x9'],
  ]) {
    fs.mkdirSync(`${root}/${name}`);
    fs.writeFileSync(`${root}/${name}/flags`, `${flags}\n`);
  }
  fs.writeFileSync(`${root}/bonding_masters`, 'bond0\n');
  t.deepEqual(
    listInterfaces(root).sort((a, b) => a.name.localeCompare(b.name)),
    [
      { name: 'dummy', isLoopback: true, isUp: true },
      { name: 'eth0', isLoopback: false, isUp: true },
      { name: 'lo', isLoopback: false, isUp: false },
    ],
  );
});

test('without /sys the interfaces are those that Node lists', (t) => {
  const names = listInterfaces('/nonexistent').map(({ name }) => name);
  t.deepEqual(names, Object.keys(os.networkInterfaces()));
});
