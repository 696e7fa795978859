import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import test from 'ava';
import { nativeFor } from '../../src/capture/open-ring.js';
import { makeVethPair } from '../../src/host/veth.js';
import { type Canary, canaryBlindness, sendCanary } from '../../src/verify/canary.js';
import { labTest, liveTest } from '../capture/ring-lab.js';
import { finished } from '../cli/run.js';
import { root } from '../corpus.js';
import type { Namespace } from '../lab/netns.js';

/** What this process holds open, as the kernel names it. */
function held(): string[] {
  return fs
    .readdirSync('/proc/self/fd')
    .flatMap((fd) => {
      try {
        return [fs.readlinkSync(`/proc/self/fd/${fd}`).replace(/\d+/g, 'N')];
      } catch {
        return [];
      }
    })
    .sort();
}

liveTest('the canary is seen as it leaves and as it comes in, and nothing of it stays', async (t) => {
  await sendCanary();
  const before = held();
  const own = fs.readlinkSync('/proc/self/ns/net');
  const links = fs.readdirSync('/sys/class/net');
  t.deepEqual(await sendCanary(), { state: 'seen', reason: '' });
  t.deepEqual(held(), before);
  t.is(fs.readlinkSync('/proc/self/ns/net'), own);
  t.deepEqual(fs.readdirSync('/sys/class/net'), links);
});

liveTest('a canary of which nothing but its addresses is kept is not seen, and that is said', async (t) => {
  const addressesAlone = [{ code: 0x06, jt: 0, jf: 0, k: 20 }];
  const { state, reason } = await sendCanary(() => addressesAlone);
  t.is(state, 'missed');
  t.regex(reason, /did not see it/);
});

liveTest('a namespace of its own is another one, and empty but for its loopback', (t) => {
  const native = nativeFor('test');
  const fd = native.makeNamespace();
  t.regex(fs.readlinkSync(`/proc/self/fd/${fd}`), /^net:\[\d+\]$/);
  t.not(fs.readlinkSync(`/proc/self/fd/${fd}`), fs.readlinkSync('/proc/self/ns/net'));
  native.closeSocket(fd);
  return Promise.resolve();
});

labTest('a veth pair is made with both ends up, and a name that is taken is refused', async (t, lab) => {
  const path = `/run/netns/${lab.name}`;
  makeVethPair(path, 'one', 'two');
  const links = await lab.sh('ip -o link show up');
  t.regex(links, /one@two: .*LOWER_UP/);
  t.regex(links, /two@one: .*LOWER_UP/);
  t.throws(() => makeVethPair(path, 'one', 'three'), { code: 'EEXIST' });
});

/** A process that may open packet sockets and nothing else; root in a container usually is one. */
const capturesAlone = ['setpriv', '--bounding-set', '-sys_admin,-net_admin'] as const;

/** What comes of a canary that such a process sends, in a namespace of the test. */
async function sendWithoutNamespaces(lab: Namespace): Promise<unknown> {
  const module = JSON.stringify(path.join(root, 'dist/src/verify/canary.js'));
  const script = `import(${module}).then(async (m) => console.log(JSON.stringify(await m.sendCanary())))`;
  const { stdout } = await finished(lab.spawn([...capturesAlone, process.execPath, '-e', script]));
  return JSON.parse(stdout);
}

labTest('who may capture and make no namespace sends it over loopback, past IP', async (t, lab) => {
  const received = async (): Promise<string> => lab.sh('grep ^Ip: /proc/net/snmp');
  const before = await received();
  t.deepEqual(await sendWithoutNamespaces(lab), { state: 'seen', reason: '' });
  t.is(await received(), before);
});

labTest('where that is not possible either, it says why', async (t, lab) => {
  await lab.sh('ip link set lo down');
  const { state, reason } = (await sendWithoutNamespaces(lab)) as Canary;
  t.is(state, 'unmade');
  t.regex(reason, /^no veth pair of its own \(unshare: .*\), and lo: the interface is down/);
});

test('a canary that could not be made proves nothing, and says why', (t) => {
  const reason = canaryBlindness({ state: 'unmade', reason: 'lo: is down' });
  t.is(reason, 'that a leak would be seen could not be tried: lo: is down');
  t.is(canaryBlindness({ state: 'seen', reason: '' }), null);
  t.is(canaryBlindness(null), null);
});
