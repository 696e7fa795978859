import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import type { BatchObserver } from '../../src/analysis/batch-observer.js';
import { planLiveFilter } from '../../src/analysis/live-filter.js';
import { openLive } from '../../src/analysis/open-live.js';
import { type AnalysisSpec, Session } from '../../src/analysis/session.js';
import type { FrameBatch } from '../../src/capture/frame-batch.js';
import { openCapture } from '../../src/capture/open-capture.js';
import { liveTest } from '../capture/ring-lab.js';
import { type Lab, makeLab, script } from '../lab/lab.js';
import { makeNamespace, type Namespace } from '../lab/netns.js';

/**
 * The frames that a session's filter selected, as text: bytes on the link, and bytes. Not the time, which the kernel takes
 * for each socket anew as long as no socket has asked for it for longer.
 */
class Frames implements BatchObserver {
  readonly seen: string[] = [];

  onBatch(_source: number, { count, origLen, capLen, offset, bytes }: FrameBatch): void {
    for (let i = 0; i < count; i++) {
      const frame = bytes.subarray(offset[i], offset[i] + capLen[i]);
      this.seen.push(`${origLen[i]} ${Buffer.from(frame).toString('hex')}`);
    }
  }

  onEnd(): void {}
}

const plain: AnalysisSpec = {
  hostAddresses: [],
  roles: new Map(),
  retainBytes: 0,
  maxFrames: Number.POSITIVE_INFINITY,
  record: null,
};

async function openSession(
  namespace: Namespace,
  name: string,
  filter: string,
  file: string | null,
): Promise<Session> {
  const spec = {
    kind: 'live',
    interfaces: [name],
    engine: 'fast',
    filter,
    snapLen: 0,
    bufferBytes: 8 << 20,
    netns: namespace.name,
  } as const;
  const record = file === null ? null : { path: file, application: 'test' };
  return new Session(await openLive(spec), { ...plain, filter, record });
}

/**
 * Captures once with each filter and once without, all at the same time, and asks the same filters of what was written.
 */
async function compare(
  t: ExecutionContext,
  namespace: Namespace,
  name: string,
  texts: readonly string[],
  send: () => Promise<unknown>,
) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'loscope-live-filter-'));
  const file = path.join(folder, 'all.pcapng');
  try {
    const sessions = await Promise.all(
      ['', ...texts].map((text, i) => openSession(namespace, name, text, i === 0 ? file : null)),
    );
    const live = sessions.map(() => new Frames());
    for (const session of sessions) session.openRecorder();
    const runs = sessions.map((session, i) => session.run([live[i]]));
    await send();
    await Promise.all(sessions.map(({ analyzer }) => analyzer.close()));
    for (const { errors } of await Promise.all(runs)) t.deepEqual(errors, []);
    t.true(live[0].seen.length > 10);
    for (const [i, text] of texts.entries()) {
      const session = new Session([await openCapture(file, 'fast')], { ...plain, filter: text });
      const frames = new Frames();
      await session.run([frames]);
      t.deepEqual(live[i + 1].seen, frames.seen, text);
      t.log(`${frames.seen.length} of ${live[0].seen.length}: ${text}`);
    }
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

/** Nothing but what is sent by a test may come: captures do not end at the very same moment. */
async function silence({ host, neighbour }: Lab): Promise<void> {
  for (const [end, n] of [[host, 2] as const, [neighbour, 1] as const]) {
    await end.sysctl('net.ipv6.conf.eth0.disable_ipv6', 1);
    await end.sh(`ip neighbour replace 10.77.0.${n} lladdr 02:00:00:00:00:0${n} dev eth0 nud permanent`);
  }
}

liveTest('a filter selects the same frames of lo live as of the file that was written', async (t) => {
  const namespace = await makeNamespace();
  try {
    const texts = [
      'icmp',
      'udp port 5000 or tcp',
      'tcp[tcpflags] & (tcp-syn|tcp-fin) != 0',
      'greater 100',
      'not ip6 and less 90',
      'dst net 127.0.0.0/8',
      'locality loopback and udp',
      'locality self-addressed',
      'state established',
      'flow 2',
      'frame 3-6 or frame 9',
      'tcp and (state closing or locality leak)',
      'ip6 or protochain 1',
      'inbound and udp',
      'outbound',
      'interface lo and not tcp',
    ];
    await namespace.sh('ip address add 10.77.0.9/32 dev lo');
    await compare(t, namespace, 'lo', texts, async () => {
      await script(namespace, 'udp.py --to 127.0.0.87 --receive 127.0.0.87 --count 3');
      await namespace.sh('ping -c 3 -i 0.05 127.0.0.1');
      await script(namespace, 'udp.py --to 10.77.0.9 --receive 10.77.0.9 --size 400');
      await script(namespace, 'tcp.py exchange 127.0.0.87 127.0.0.88');
      await namespace.sh('ping -c 2 -i 0.05 ::1');
    });
  } finally {
    namespace.remove();
  }
});

liveTest(
  'frames with VLAN tags, which the kernel keeps beside them, are selected as those of a file',
  async (t) => {
    const lab = await makeLab();
    try {
      await silence(lab);
      const texts = [
        'vlan',
        'vlan 5 and udp',
        'icmp',
        'not icmp',
        'greater 100',
        'vlan 6 or icmp',
        'ether[14:2] & 0xfff = 5',
        'ip and not vlan',
        'vlan and locality external',
        'tcp or udp or vlan and udp[4:2] > 60',
      ];
      t.is(planLiveFilter('vlan 5 and udp').hereText, '');
      await compare(t, lab.host, 'eth0', texts, async () => {
        await script(lab.neighbour, 'inject.py tagged eth0 02:00:00:00:00:01');
        await lab.host.sh('ping -c 3 -i 0.05 10.77.0.2');
      });
    } finally {
      lab.remove();
    }
  },
);

liveTest(
  'on every interface at once the same frames are selected, though the kernel has other headers there',
  async (t) => {
    const lab = await makeLab();
    try {
      await silence(lab);
      const texts = [
        'greater 140',
        'udp',
        'not ip',
        'icmp and not udp',
        'ether[0:2] = 0x8100',
        'outbound',
        'locality loopback and icmp',
        'ip[8] < 100',
      ];
      await compare(t, lab.host, 'any', texts, async () => {
        await script(lab.neighbour, 'inject.py tagged eth0 02:00:00:00:00:01');
        await lab.host.sh('ping -c 3 -i 0.05 10.77.0.2');
        await lab.host.sh('ping -c 3 -i 0.05 127.0.0.9');
      });
    } finally {
      lab.remove();
    }
  },
);
