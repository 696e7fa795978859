import fs from 'node:fs';
import test from 'ava';
import { loadNative, type Native } from '../../src/capture/native.js';
import { bytesOfText } from '../../src/format/kernel-text.js';
import { kernelFilesThrough, ownKernelFiles, textOf } from '../../src/host/kernel-files.js';
import { labTest, liveTest } from '../capture/ring-lab.js';

const native = loadNative();

labTest('files are those of the namespace, and this process stays in its own', async (t, lab) => {
  await lab.sh('ip link add a0 type veth peer name b0');
  await lab.sh('sysctl -qw net.ipv4.conf.a0.rp_filter=1');
  const before = fs.readlinkSync('/proc/thread-self/ns/net');
  const [dev, filter, missing] = kernelFilesThrough(
    native as Native,
    `/run/netns/${lab.name}`,
  )([
    '/proc/thread-self/net/dev',
    '/proc/sys/net/ipv4/conf/a0/rp_filter',
    '/proc/sys/net/ipv4/conf/no-such/rp_filter',
  ]);
  t.regex(textOf(dev), /^ *a0:/m);
  t.deepEqual(filter, { text: '1\n' });
  t.deepEqual(missing, { errno: 'ENOENT' });
  t.is(fs.readlinkSync('/proc/thread-self/ns/net'), before);
});

liveTest('a file that is too long, a folder and a namespace that is none are refused by name', async (t) => {
  const readFiles = (netns: string | null, paths: readonly string[], most: number) =>
    (native as Native).readFiles(netns, paths.map(bytesOfText), most);
  t.deepEqual(readFiles(null, ['/proc/thread-self/net/dev', '/proc'], 100), ['EFBIG', 'EISDIR']);
  t.deepEqual(readFiles(null, [], 100), []);
  t.is((readFiles(null, ['/proc/cpuinfo'], 1 << 20)[0] as Uint8Array).length > 100, true);
  t.throws(() => readFiles('/etc/hostname', [], 1), { code: 'EINVAL' });
  t.throws(() => readFiles(null, [`/${'x'.repeat(300)}`], 1), { instanceOf: TypeError });
  t.throws(() => readFiles(null, ['/proc/\0'], 1), { instanceOf: TypeError });
});

test('with the addon and without it the files of this namespace have the same text', (t) => {
  if ('reason' in native) {
    t.log('skipped: needs the addon');
    t.pass();
    return;
  }
  const paths = ['/proc/version', '/proc/sys/net/ipv4/conf/all/rp_filter', '/no-such-file'];
  t.deepEqual(kernelFilesThrough(native, null)(paths), ownKernelFiles(paths));
});
