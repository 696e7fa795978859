/**
 * Interfaces whose names change while they are watched: what a frame or a state belongs to is told by the index.
 */
import { FrameSender } from '../../src/capture/frame-sender.js';
import { NamespaceLook } from '../../src/capture/namespace-look.js';
import { Detector } from '../../src/verify/detector.js';
import { InterfaceWatch } from '../../src/verify/interface-watch.js';
import { Ledger } from '../../src/verify/ledger.js';
import { OwnHost } from '../../src/verify/own-host.js';
import { openSuspectRing } from '../../src/verify/suspect-ring.js';
import { liveTest } from '../capture/ring-lab.js';
import { finished, printed, start } from '../cli/run.js';
import { type Lab, makeLab } from '../lab/lab.js';
import { isWatched } from '../lab/packet-sockets.js';
import { leakyFrames } from './wrapped-frames.js';

interface Record {
  verdict: string;
  watched: { interface: string; blindBecause: string | null }[];
  findings: { id: string; interface: string; count: number }[];
}

/** What the program says of the host, with this happening while it watches. */
async function verified(
  happens: (lab: Lab) => Promise<void>,
  args: readonly string[] = [],
  prepare: (lab: Lab) => Promise<void> = async () => {},
): Promise<Record> {
  const lab = await makeLab();
  try {
    await prepare(lab);
    const child = start(['verify', '--netns', lab.host.name, '--format', 'json', ...args]);
    const result = finished(child);
    await printed(child, 'watching');
    await happens(lab);
    child.kill('SIGINT');
    return JSON.parse((await result).stdout) as Record;
  } finally {
    lab.remove();
  }
}

const reasons = ({ watched }: Record): string[] =>
  watched.flatMap(({ blindBecause }) => (blindBecause === null ? [] : [blindBecause]));

/** Names were looked at from time to time: not each swap came between two looks. */
const swaps = 8;

liveTest('an interface that takes the name of a renamed one is seen from its first frame', async (t) => {
  let sent = 0;
  const record = await verified(async ({ host, neighbour }) => {
    await host.sh('ip link add other type veth peer name other1');
    await host.sh('ip link set other up');
    await isWatched(host, 'other');
    for (let i = 0; i < swaps; i++) {
      await host.sh(`ip link add next type veth peer name next${i} netns ${neighbour.name}`);
      await neighbour.sh(`ip link set next${i} up`);
      const swap = `ip link set eth0 name old${i}; ip link set next name eth0; ip link set eth0 up`;
      // One that goes down has the others looked at soon.
      await host.run('sh', '-c', `${swap}; ip link set other down; ip link set other up`);
      const sender = new FrameSender(host.name, 'eth0');
      const watched = isWatched(host, 'eth0');
      let isDone = false;
      void watched.finally(() => (isDone = true));
      while (!isDone) {
        if (sender.send(leakyFrames[0].bytes)) sent++;
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      sender.close();
      await watched;
    }
  });
  t.is(record.verdict, 'leak');
  const found = record.findings.filter(({ id }) => id === 'leak-egress');
  t.true(found.reduce((sum, { count }) => sum + count, 0) >= sent, `${JSON.stringify(found)} of ${sent}`);
});

for (const args of [[], ['-i', 'eth0']]) {
  const how = args.length === 0 ? '' : ', also where it was named';
  liveTest(`of two interfaces that had the name, both are watched${how}`, async (t) => {
    const record = await verified(async ({ host, neighbour }) => {
      await host.sh(`ip link add next type veth peer name next0 netns ${neighbour.name}`);
      await host.run(
        'sh',
        '-c',
        'ip link set eth0 name old0; ip link set next name eth0; ip link set eth0 up',
      );
      await neighbour.sh('ip link set next0 up');
      await isWatched(host, 'eth0');
      await isWatched(host, 'old0');
      for (const name of ['eth0', 'old0']) {
        const sender = new FrameSender(host.name, name);
        sender.send(leakyFrames[0].bytes);
        sender.close();
      }
    }, args);
    t.deepEqual(
      record.findings
        .filter(({ id }) => id === 'leak-egress')
        .map((each) => each.interface)
        .sort(),
      ['eth0', 'old0'],
    );
  });
}

liveTest('an interface that is renamed again and again is not taken for one that went down', async (t) => {
  const record = await verified(async ({ host }) => {
    const renames = Array.from({ length: 3000 }, (_, i) =>
      i % 2 === 0 ? 'eth0 name eth9' : 'eth9 name eth0',
    );
    const batch = renames.map((each) => `link set ${each}`).join('\n');
    await host.run('sh', '-c', `printf '%s\\n' "$0" | ip -batch -`, batch);
  });
  t.deepEqual(reasons(record), []);
});

liveTest('after more changes than are listed, a removal still makes blind', async (t) => {
  const lab = await makeLab();
  const netns = lab.host.name;
  const look = new NamespaceLook(netns);
  try {
    const own = new OwnHost(look);
    const eth0 = look.interfaces().find(({ name }) => name === 'eth0')!;
    const spec = { interfaces: [], netns, bufferBytes: null, except: null, isProbing: false };
    const source = await openSuspectRing(spec, own, eth0, 1);
    const watch = new InterfaceWatch(source, new Detector(new Ledger(), null), own);
    for (let i = 0; i < 260; i++) {
      await lab.host.sh(`ip link set ${i % 2 === 0 ? 'eth0 name eth9' : 'eth9 name eth0'}`);
      watch.check(look.counters());
    }
    t.is(source.events.length, 256);
    await lab.host.sh('ip link del eth0');
    watch.check(look.counters());
    t.true(watch.isRemoved);
    t.regex((await watch.end()).blindBecause ?? '', /removed while it was watched/);
  } finally {
    look.close();
    lab.remove();
  }
});

/** What verify says when this many frames that leak pass in the first moments of an interface that it does not know. */
function isTold(record: Record, sent: number): boolean {
  const found = record.findings
    .filter(({ id }) => id === 'leak-egress')
    .reduce((sum, { count }) => sum + count, 0);
  return found >= sent || reasons(record).some((reason) => / passed before it was watched/.test(reason));
}

function leak(host: string, name: string, count: number): void {
  const sender = new FrameSender(host, name);
  for (let i = 0; i < count; i++) sender.send(leakyFrames[0].bytes);
  sender.close();
}

/** Two interfaces that carry nothing by themselves, and have carried something. */
async function makeQuiet({ host, neighbour }: Lab): Promise<void> {
  await host.sysctl('net.ipv6.conf.default.disable_ipv6', 1);
  await neighbour.sysctl('net.ipv6.conf.default.disable_ipv6', 1);
  for (const name of ['quiet0', 'quiet1']) {
    await host.sh(`ip link add ${name} type veth peer name ${name} netns ${neighbour.name}`);
    await neighbour.sh(`ip link set ${name} up`);
    await host.sh(`ip link set ${name} up`);
    leak(host.name, name, 12);
  }
}

const swapNames =
  'ip link set quiet0 name other; ip link set quiet1 name quiet0; ip link set other name quiet1';

for (const sent of [0, 5]) {
  liveTest(`a named interface whose name another one takes: ${sent} frames that leak at once`, async (t) => {
    const record = await verified(
      async ({ host }) => {
        await host.run('sh', '-c', swapNames);
        if (sent > 0) leak(host.name, 'quiet0', sent);
        await isWatched(host, 'quiet0');
      },
      ['-i', 'quiet0'],
      makeQuiet,
    );
    if (sent === 0) t.deepEqual(reasons(record), []);
    t.true(isTold(record, sent), JSON.stringify(record));
  });
}

liveTest(
  'what an interface leaks that is made anew with its index is found, or said not to have been seen',
  async (t) => {
    const record = await verified(
      async ({ host, neighbour }) => {
        const index = JSON.parse(await host.sh('ip -j link show quiet0'))[0].ifindex;
        const add = `ip link add quiet0 index ${index} type veth peer name quiet0 netns ${neighbour.name}`;
        await host.run('sh', '-c', `ip link del quiet0; ${add}; ip link set quiet0 up`);
        await neighbour.sh('ip link set quiet0 up');
        leak(host.name, 'quiet0', 5);
        await isWatched(host, 'quiet0');
      },
      [],
      makeQuiet,
    );
    t.true(isTold(record, 5), JSON.stringify(record));
  },
);
