import { spawnSync } from 'node:child_process';
import type { RingSource } from '../../src/capture/ring-source.js';
import { makeNamespace, type Namespace } from '../lab/netns.js';
import { collect, joinByVeth, labTest, open } from './ring-lab.js';

/** Resolves when the source has told of as many events. */
async function told(source: RingSource, count: number): Promise<string[]> {
  const deadline = performance.now() + 10_000;
  while (source.events.length < count && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return source.events.map(({ kind }) => kind);
}

async function pingOnce(lab: Namespace, address: string): Promise<void> {
  await lab.sh(`ping -c 1 -W 2 ${address}`);
}

labTest('an interface that goes down and comes up again is captured on', async (t, lab) => {
  const source = await open(lab, { filter: 'icmp[0] == 8' });
  const seen = collect(source, (frames) => frames.length >= 2);
  await pingOnce(lab, '127.0.0.1');
  await lab.sh('ip link set lo down');
  t.deepEqual(await told(source, 1), ['down']);
  await lab.sh('ip link set lo up');
  t.deepEqual(await told(source, 2), ['down', 'up']);
  await pingOnce(lab, '127.0.0.2');
  t.deepEqual(
    (await seen).map(({ bytes }) => bytes[33]),
    [1, 2],
  );
  t.is(source.events[0].text, 'lo: the interface went down (nothing is seen until it is up again)');
});

labTest('down and up between two looks is told all the same', async (t, lab) => {
  const source = await open(lab, { filter: 'icmp[0] == 8' });
  const seen = collect(source, (frames) => frames.length >= 1);
  await lab.run('sh', '-c', 'ip link set lo down; ip link set lo up');
  t.deepEqual(await told(source, 2), ['down', 'up']);
  await pingOnce(lab, '127.0.0.2');
  t.is((await seen).length, 1);
});

labTest('an interface that is renamed is captured on under its new name', async (t, lab) => {
  const other = await makeNamespace();
  try {
    await joinByVeth(lab, other);
    const source = await open(lab, { interfaces: ['a0'], filter: 'icmp[0] == 8' });
    const seen = collect(source, (frames) => frames.length >= 1);
    await lab.run('sh', '-c', 'ip link set a0 down; ip link set a0 name fresh; ip link set fresh up');
    const events = await told(source, 3);
    t.true(events.includes('renamed'));
    t.is(source.interfaces[0].name, 'fresh');
    t.is(source.name, 'fresh');
    await pingOnce(lab, '10.78.0.2');
    t.is((await seen).length, 1);
  } finally {
    other.remove();
  }
});

labTest('an interface that is removed and made again is picked up again', async (t, lab) => {
  const other = await makeNamespace();
  try {
    await joinByVeth(lab, other);
    const source = await open(lab, { interfaces: ['a0', 'lo'], filter: 'icmp[0] == 8' });
    const seen = collect(source, (frames) => frames.some(({ interfaceId }) => interfaceId === 0));
    await lab.sh('ip link del a0');
    const gone = await told(source, 1);
    t.true(gone.includes('removed') || gone.includes('down'));
    // The other interface is captured meanwhile.
    await pingOnce(lab, '127.0.0.1');
    await joinByVeth(lab, other);
    while (!source.events.some(({ kind }) => kind === 'returned'))
      await told(source, source.events.length + 1);
    await pingOnce(lab, '10.78.0.2');
    const frames = await seen;
    t.deepEqual([...new Set(frames.map(({ interfaceId }) => interfaceId))].sort(), [0, 1]);
    t.is(source.interfaces[0].name, 'a0');
  } finally {
    other.remove();
  }
});

labTest('an interface that is made again with its index between two looks is captured on', async (t, lab) => {
  const other = await makeNamespace();
  try {
    await joinByVeth(lab, other);
    const source = await open(lab, { interfaces: ['a0'], filter: 'icmp[0] == 8' });
    const seen = collect(source, (frames) => frames.length >= 1);
    const index = source.interfaces[0].index;
    // While this runs, nobody looks.
    const again = `link add a0 index ${index} type veth peer name b0 netns ${other.name}`;
    const commands = ['link del a0', again, 'address add 10.78.0.1/24 dev a0', 'link set a0 up'];
    const { status } = spawnSync('ip', ['-n', lab.name, '-batch', '-'], { input: commands.join('\n') });
    t.is(status, 0);
    await other.sh('ip address add 10.78.0.2/24 dev b0');
    await other.sh('ip link set b0 up');
    t.deepEqual(await told(source, 2), ['down', 'up']);
    await pingOnce(lab, '10.78.0.2');
    t.is((await seen).length, 1);
  } finally {
    other.remove();
  }
});
