import fs from 'node:fs';
import test from 'ava';
import { nativeFor } from '../../src/capture/open-ring.js';
import { makeVethPair } from '../../src/host/veth.js';
import { canaryNotes, sendCanary } from '../../src/verify/canary.js';
import { labTest, liveTest } from '../capture/ring-lab.js';

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

test('a canary that could not be made is a note that says why', (t) => {
  const [note] = canaryNotes({ state: 'unmade', reason: 'needs cap_sys_admin' });
  t.like(note, { id: 'canary-unmade', severity: 'note' });
  t.is(note.evidence[0].text, 'needs cap_sys_admin');
  t.deepEqual(canaryNotes({ state: 'seen', reason: '' }), []);
});
