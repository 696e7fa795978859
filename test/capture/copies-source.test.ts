/**
 * Copies of own broadcasts and multicasts, of real sockets in a lab of namespaces: each exactly once, and nothing else.
 */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import { copiesSieve } from '../../src/analysis/live-filter.js';
import { CaptureError } from '../../src/capture/capture-error.js';
import type { CopiesSource } from '../../src/capture/copies-source.js';
import { FrameFlag } from '../../src/capture/frame-batch.js';
import { LinkType } from '../../src/capture/link-type.js';
import { NflogFrame } from '../../src/capture/nflog-frame.js';
import { type CopiesOptions, openCopies } from '../../src/capture/open-copies.js';
import { type Lab, makeLab, script } from '../lab/lab.js';
import type { Namespace } from '../lab/netns.js';
import { cannotNft, nft } from '../lab/nft.js';
import { collect, liveTest, type SeenFrame } from './ring-lab.js';

function copiesTest(title: string, body: (t: ExecutionContext, lab: Lab) => Promise<void>): void {
  liveTest(title, async (t) => {
    if (cannotNft !== '') {
      t.log(`skipped: ${cannotNft}`);
      t.pass();
      return;
    }
    t.timeout(60_000);
    const lab = await makeLab();
    try {
      await body(t, lab);
    } finally {
      lab.remove();
    }
  });
}

function open({ host }: Lab, options: Partial<CopiesOptions> = {}): CopiesSource {
  return openCopies({ netns: host.name, snapLen: 0, bufferBytes: 8 << 20, ...options }) as CopiesSource;
}

/** Tables of a namespace, as netlink tells them to the source: through a program of another author. */
async function tables(namespace: Namespace): Promise<string[]> {
  const list = await namespace.run(nft, 'list', 'tables');
  return list.split('\n').filter((line) => line !== '');
}

/** The port of a UDP packet to, and its destination address, from a logged frame. */
function destinationOf({ bytes }: SeenFrame): string {
  const frame = new NflogFrame();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  frame.read(view, 0, bytes.length, bytes.length);
  const ip = bytes.subarray(frame.payloadOffset);
  if (ip[0] >> 4 === 4) return ip.subarray(16, 20).join('.');
  return ip.subarray(24, 40).toString('hex');
}

const heardOf = (output: string): number =>
  output.split('\n').filter((line) => line.includes('heard')).length;

/** Observes while `traffic` runs, then sends one last broadcast, which ends the observation; it is left out. */
async function observe(
  lab: Lab,
  source: CopiesSource,
  traffic: () => Promise<unknown>,
): Promise<SeenFrame[]> {
  const last = '10.77.0.3';
  const isLast = (frame: SeenFrame): boolean => destinationOf(frame) === last && frame.bytes.includes('LAST');
  const frames = collect(source, (seen) => seen.some(isLast));
  await traffic();
  await sendLast(lab);
  return (await frames).filter((frame) => !isLast(frame));
}

/** A broadcast that is told from all others by its payload. */
function sendLast({ host }: Lab): Promise<string> {
  const program =
    'import socket\ns=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)\n' +
    's.setsockopt(socket.SOL_SOCKET,socket.SO_BROADCAST,1)\ns.sendto(b"LAST",("10.77.0.3",9))';
  return host.run('python3', '-c', program);
}

const ways: [title: string, command: string, destination: string, copies: number][] = [
  ['the subnet’s broadcast', 'udp.py --to 10.77.0.3 --receive 0.0.0.0 --count 3', '10.77.0.3', 3],
  [
    'the limited broadcast, also one that leaves in fragments',
    'udp.py --device eth0 --to 255.255.255.255 --receive 0.0.0.0 --size 4000 --count 2',
    '255.255.255.255',
    2,
  ],
  [
    'a multicast with a local member',
    'udp.py --multicast-device eth0 --to 239.77.0.1 --receive 0.0.0.0 --count 2',
    '239.77.0.1',
    2,
  ],
  [
    'an IPv6 multicast to all nodes',
    'udp.py --multicast-device eth0 --to ff02::1%eth0 --receive :: --count 2',
    `ff02${'0'.repeat(27)}1`,
    2,
  ],
];
for (const [title, command, destination, copies] of ways) {
  copiesTest(`${title}: as many copies as a local socket receives`, async (t, lab) => {
    let heard = 0;
    const frames = await observe(lab, open(lab), async () => {
      heard = heardOf(await script(lab.host, command));
    });
    t.is(heard, copies);
    t.deepEqual(
      frames.map(destinationOf),
      Array.from({ length: copies }, () => destination),
    );
    for (const { flags, linkType, tsNs } of frames) {
      t.is(flags, FrameFlag.observedCopy);
      t.is(linkType, LinkType.nflog);
      t.true(Math.abs(Number(tsNs / 1_000_000n) - Date.now()) < 60_000);
    }
  });
}

copiesTest('what does not loop back as a copy is not observed', async (t, lab) => {
  const { host, neighbour } = lab;
  const frames = await observe(lab, open(lab), async () => {
    const member = 'udp.py --multicast-device eth0 --to 239.77.0.1';
    // Its sender turned the copy off: a member hears nothing.
    await t.throwsAsync(script(host, `${member} --receive 0.0.0.0 --no-loop`), { message: /heard nothing/ });
    await script(host, `${member} --expect 0`);
    await script(host, 'udp.py --to 127.255.255.255 --receive 0.0.0.0');
    await script(host, 'udp.py --to 10.77.0.1 --receive 10.77.0.1');
    await script(neighbour, 'udp.py --to 10.77.0.3 --expect 0');
    await script(neighbour, 'udp.py --multicast-device eth0 --to 239.77.0.1 --expect 0');
    // The host's own address in a frame from the wire: forged, or sent back by the network.
    await script(neighbour, 'inject.py cast eth0 10.77.0.1 10.77.0.3');
    await script(neighbour, 'inject.py cast eth0 10.77.0.1 239.77.0.1');
  });
  t.deepEqual(frames.map(destinationOf), []);
});

copiesTest(
  'the table is owned and gone when the source is closed, and so is one without an owner',
  async (t, lab) => {
    await lab.host.run(nft, 'add', 'table', 'inet', 'loscope-mine');
    for (const mayOwn of [true, false]) {
      const source = open(lab, { mayOwn });
      t.is(source.table.isOwned, mayOwn);
      t.is(source.needsPrivilege, !mayOwn);
      t.deepEqual(await tables(lab.host), ['table inet loscope-mine', `table inet ${source.table.name}`]);
      await source.close();
      await source.close();
      t.deepEqual(await tables(lab.host), ['table inet loscope-mine']);
    }
  },
);

copiesTest(
  'a table that a killed run left behind is removed by the next, and nobody else’s',
  async (t, lab) => {
    const { name, end } = await hold(lab);
    const foreign = ['loscope-1-2-3', 'loscope-999999-1-12345-7', 'other'];
    for (const table of foreign) await lab.host.run(nft, 'add', 'table', 'inet', table);

    const beside = open(lab);
    t.true((await tables(lab.host)).includes(`table inet ${name}`), 'its process lives');
    await beside.close();

    await end();
    t.true((await tables(lab.host)).includes(`table inet ${name}`), 'it was left behind');
    const next = open(lab);
    t.false((await tables(lab.host)).includes(`table inet ${name}`));
    await next.close();
    t.deepEqual(
      await tables(lab.host),
      foreign.map((table) => `table inet ${table}`),
    );
  },
);

/** Observes with a table that has no owner, in a process that this command line starts, until it is killed. */
async function hold(lab: Lab, ...wrapped: string[]): Promise<{ name: string; end: () => Promise<void> }> {
  const holder = fileURLToPath(new URL('../lab/hold-copies.js', import.meta.url));
  const [command, ...args] = [...wrapped, process.execPath, holder, lab.host.name];
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((done) => child.once('close', done));
  const name = await new Promise<string>((done) => {
    child.stdout.once('data', (text: Buffer) => done(text.toString().trim()));
  });
  return {
    name,
    async end() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

copiesTest('a table of a process that /proc hides is left alone while that lives', async (t, lab) => {
  const first = await hold(lab);
  // Whoever may trace every process sees every process.
  const hiding =
    'mount -t proc -o hidepid=2 proc /proc && exec setpriv --bounding-set=-sys_ptrace --inh-caps=-sys_ptrace "$@"';
  const second = await hold(lab, 'unshare', '--mount', 'sh', '-c', hiding, 'sh');
  t.deepEqual(await tables(lab.host), [`table inet ${first.name}`, `table inet ${second.name}`]);
  await first.end();
  await second.end();
  await open(lab).close();
  t.deepEqual(await tables(lab.host), []);
});

copiesTest(
  'numbers of processes are not looked up in a /proc of another process namespace',
  async (t, lab) => {
    const first = spawn('unshare', ['--pid', '--fork', '--kill-child', 'cat'], { stdio: 'pipe' });
    // It answers once it runs in its namespace.
    await new Promise((done) => {
      first.stdout.once('data', done);
      first.stdin.write('.');
    });
    try {
      const pid = fs.readFileSync(`/proc/${first.pid}/task/${first.pid}/children`, 'latin1').trim();
      const inside = ['nsenter', '--target', pid, '--pid', '--'];
      const held = [await hold(lab, ...inside), await hold(lab, ...inside)];
      const outside = open(lab);
      t.deepEqual(
        (await tables(lab.host)).sort(),
        [...held, outside.table].map(({ name }) => `table inet ${name}`).sort(),
      );
      await outside.close();
    } finally {
      // And with it all that runs in its namespace.
      first.kill('SIGKILL');
    }
  },
);

copiesTest('where the table cannot be removed, all else is closed, and it is said', async (t, lab) => {
  const source = open(lab, { mayOwn: false });
  const frames = collect(source, () => false);
  process.seteuid!(65534);
  const closed = source.close();
  process.seteuid!(0);
  await closed;
  t.deepEqual(await frames, []);
  t.deepEqual(await tables(lab.host), [`table inet ${source.table.name}`]);
  t.deepEqual(
    source.events.map(({ kind }) => kind),
    ['left'],
  );
  t.regex(
    source.events[0].text,
    /^copies: the nftables table .* could not be removed: .*nft delete table inet loscope-/,
  );
});

copiesTest('only its owner can remove the table; of one without an owner it is said', async (t, lab) => {
  const owned = open(lab);
  await lab.host.run(nft, 'flush', 'ruleset');
  t.deepEqual(await tables(lab.host), [`table inet ${owned.table.name}`]);
  await owned.close();
  t.deepEqual(owned.events, []);
  const plain = open(lab, { mayOwn: false });
  await lab.host.run(nft, 'flush', 'ruleset');
  await plain.close();
  t.is(plain.events[0].kind, 'removed');
  t.regex(plain.events[0].text, /^copies: somebody removed the nftables table/);
});

copiesTest('a group that is taken is left to who has it', async (t, lab) => {
  const group = 5000;
  const sources = [open(lab, { group }), open(lab, { group })];
  t.deepEqual(
    sources.map(({ table }) => table.name.split('-').at(-1)),
    ['5000', '5001'],
  );
  const both = sources.map((source) => collect(source, (frames) => frames.length === 2));
  await script(lab.host, 'udp.py --to 10.77.0.3 --receive 0.0.0.0 --count 2');
  for (const frames of await Promise.all(both)) t.is(frames.length, 2);
});

copiesTest('what was dropped is counted to the packet', async (t, lab) => {
  const sent = 5000;
  const source = open(lab, { bufferBytes: 4096 });
  const flood =
    'import socket\ns=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)\n' +
    's.setsockopt(socket.SOL_SOCKET,socket.SO_BROADCAST,1)\n' +
    `for i in range(${sent}): s.sendto(bytes(100),("10.77.0.3",9))`;
  // Nobody reads meanwhile.
  await lab.host.run('python3', '-c', flood);
  let isRead = (): void => {};
  const read = new Promise<void>((resolve) => {
    isRead = resolve;
  });
  const frames = collect(source, (seen) => {
    isRead();
    return seen.at(-1)?.bytes.includes('LAST') ?? false;
  });
  // Its number tells how many were lost before it.
  await read.then(() => sendLast(lab));
  const seen = (await frames).length;
  const { dropped } = source.stats();
  t.true(seen > 1 && dropped! > 0);
  t.is(seen + dropped!, sent + 1);
  t.is(source.interfaces[0].dropped, dropped);
});

copiesTest('a snaplen cuts the packet and says how long it was; a filter selects', async (t, lab) => {
  const sieve = copiesSieve('udp and dst host 10.77.0.3');
  const source = open(lab, { snapLen: 48, sieve });
  const frames = collect(source, (seen) => seen.length === 1);
  await script(lab.host, 'udp.py --device eth0 --to 255.255.255.255 --receive 0.0.0.0');
  await script(lab.host, 'udp.py --to 10.77.0.3 --receive 0.0.0.0 --size 1000');
  const [frame, ...more] = await frames;
  t.deepEqual(more, []);
  t.is(destinationOf(frame), '10.77.0.3');
  t.is(frame.origLen - frame.bytes.length, 1028 - 48);
});

copiesTest('a close while copies are held back still delivers them', async (t, lab) => {
  const source = open(lab);
  const frames = collect(source, () => false);
  await script(lab.host, 'udp.py --to 10.77.0.3 --receive 0.0.0.0 --count 3');
  await source.close();
  t.is((await frames).length, 3);
  t.is(source.stats().dropped, 0);
});

liveTest('a namespace that is none is said', async (t) => {
  const error = t.throws(() => openCopies({ netns: 'loscope-none', snapLen: 0, bufferBytes: 1 << 20 }), {
    instanceOf: CaptureError,
  });
  t.is((error as CaptureError).code, 'interface');
});
