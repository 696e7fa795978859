import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import process from 'node:process';
import test, { type ExecutionContext } from 'ava';
import { Probe } from '../../src/verify/probe.js';
import { type ProbedAttempt, probeBlindness, unmadeProbe } from '../../src/verify/probe-result.js';
import { collect, labTest, liveTest, open } from '../capture/ring-lab.js';
import { capture, finished, printed, run, start } from '../cli/run.js';
import { type Lab, makeLab, NEIGHBOUR_MAC } from '../lab/lab.js';
import type { Namespace } from '../lab/netns.js';
import { loseOwnRoute } from '../lab/scenarios-wire.js';

interface Report {
  verdict: string;
  blindBecause: string | null;
  probe: Record<string, number> & { attempts: ProbedAttempt[] };
  findings: {
    id: string;
    severity: string;
    interface: string;
    title: string;
    fix: string;
    count: number;
    evidence: { text?: string }[];
  }[];
}

async function probe(
  host: Namespace,
  args: readonly string[] = [],
): Promise<{ code: number | null; report: Report; text: string }> {
  const all = ['verify', '--netns', host.name, '--probe', '--for', '0.5', '--format', 'json', '-q', ...args];
  const { code, stdout } = await finished(start(all));
  return { code, report: JSON.parse(stdout), text: stdout };
}

function labScene(title: string, body: (t: ExecutionContext, lab: Lab) => Promise<void>): void {
  liveTest(`probe: ${title}`, async (t) => {
    const lab = await makeLab();
    try {
      await lab.host.run('sysctl', '-qw', 'net.ipv4.ping_group_range=0 2147483647');
      await body(t, lab);
    } finally {
      lab.remove();
    }
  });
}

/** A package of the tests has a program of the same name, which comes first on the path of `npx`. */
const plainPath = 'PATH=/usr/sbin:/sbin:/usr/bin:/bin';
const guard =
  'table inet loopback { chain output { type filter hook output priority 0; oif != "lo" ip daddr 127.0.0.0/8 drop; }; }';

function harden(host: Namespace): Promise<string> {
  return host.run('env', plainPath, 'nft', guard);
}

function outcomes(report: Report, isMeant: (attempt: ProbedAttempt) => boolean): string[] {
  return [...new Set(report.probe.attempts.filter(isMeant).map(({ outcome }) => outcome))].sort();
}

function ofProbe(report: Report): Report['findings'] {
  return report.findings.filter(({ evidence }) =>
    evidence.some(({ text }) => text?.includes('by the probe')),
  );
}

/** Runs what sends while everything is captured that reaches the neighbour. */
async function atNeighbour(lab: Lab, sending: () => Promise<void>): Promise<Buffer[]> {
  const source = await open(lab.neighbour, { interfaces: ['eth0'] });
  const frames = collect(source, () => false);
  await sending();
  await source.close();
  return (await frames).map(({ bytes }) => bytes);
}

const isMarked = (frame: Buffer): boolean => frame.includes('loscope-probe-');
/** Neighbour and listener discovery go on as ever. */
const isIpv4OrArp = (frame: Buffer): boolean => [0x0800, 0x0806].includes(frame.readUInt16BE(12));

labScene(
  'a host that lets none out is clean, and its neighbour sees nothing of the probe',
  async (t, lab) => {
    await harden(lab.host);
    let result: Awaited<ReturnType<typeof probe>> | null = null;
    const frames = await atNeighbour(lab, async () => {
      result = await probe(lab.host);
    });
    const { code, report, text } = result!;
    t.is(code, 0, text);
    t.is(report.verdict, 'clean');
    const { made, stayed, refused, leaked, lost, unmade, leftOut } = report.probe;
    t.true(made > 90);
    t.true(stayed > 60 && refused > 20);
    t.is(made, stayed + refused + lost);
    t.deepEqual([leaked, unmade, leftOut], [0, 0, 0]);
    // The rule drops SYNs without telling TCP.
    const isDropped = ({ protocol, device, to }: ProbedAttempt): boolean =>
      protocol === 'tcp' && device === 'eth0' && to.includes('127.');
    t.deepEqual(
      outcomes(report, (each) => each.outcome === 'lost' && !isDropped(each)),
      [],
    );
    t.deepEqual(
      frames.filter((frame) => isMarked(frame) || isIpv4OrArp(frame)),
      [],
    );
  },
);

labScene(
  'on Linux as it comes, a socket bound to a device leaks, and the fix that is named stops it',
  async (t, lab) => {
    let result: Awaited<ReturnType<typeof probe>> | null = null;
    const frames = await atNeighbour(lab, async () => {
      result = await probe(lab.host);
    });
    const { code, report, text } = result!;
    t.is(code, 1, text);
    t.deepEqual(
      outcomes(report, ({ device }) => device === ''),
      ['refused', 'stayed'],
    );
    t.true(
      outcomes(
        report,
        ({ device, from, to }) => device !== '' && from === '' && to.startsWith('127.'),
      ).includes('leaked'),
    );
    // Without route_localnet the kernel keeps a loopback source at home.
    t.deepEqual(
      outcomes(report, ({ device, from, to }) => device !== '' && from !== '' && to.includes('127.')),
      ['refused'],
    );
    const errors = report.findings.filter(({ severity }) => severity === 'error');
    t.deepEqual(ofProbe(report), errors);
    t.true(errors.every(({ title }) => title.includes('sent by the probe by a socket bound to the device')));
    // Nothing is meant for anybody but the host itself, also where it leaves.
    t.true(frames.some(isMarked));
    for (const frame of frames.filter((each) => each.readUInt16BE(12) === 0x0800)) t.is(frame[30], 127);
    const [{ fix }] = errors;
    await lab.host.run('env', plainPath, 'sh', '-c', fix);
    // What waits for an answer to ARP would be asked for again.
    await lab.host.sh('ip neigh flush dev eth0 nud all');
    t.is((await probe(lab.host)).code, 0);
  },
);

labScene(
  '127/8 routed out, with route_localnet: each way leaks, and each frame names its attempt',
  async (t, lab) => {
    await lab.host.sysctl('net.ipv4.conf.eth0.route_localnet', 1);
    await lab.host.sh(`ip neigh replace 10.77.0.2 lladdr ${NEIGHBOUR_MAC} dev eth0 nud permanent`);
    await lab.host.sh('ip route del local 127.0.0.0/8 table local');
    await lab.host.sh('ip route add 127.0.0.0/8 via 10.77.0.2');
    const { code, report, text } = await probe(lab.host);
    t.is(code, 1, text);
    t.deepEqual(
      outcomes(report, ({ to, from }) => to === '127.77.0.1' && from !== '127.0.0.1'),
      ['leaked'],
    );
    t.deepEqual(
      outcomes(
        report,
        ({ to, from, device }) => to === '127.77.0.1' && from === '127.0.0.1' && device === 'eth0',
      ),
      ['leaked'],
    );
    const said = JSON.stringify(report.findings);
    t.regex(said, /by the probe: UDP to 127\.77\.0\.1"/);
    t.regex(said, /by the probe: UDP to 127\.77\.0\.1 bound to eth0/);
    const unbound = report.findings.find(({ title }) => /sent by the probe$/.test(title));
    t.regex(unbound!.fix, /ip route replace local 127\.0\.0\.0\/8/);
    // IPv6 is as it was.
    t.deepEqual(
      outcomes(report, ({ to }) => to === '::1'),
      ['refused', 'stayed'],
    );
  },
);

labScene(
  '127/8 routed to the link itself: the ARP requests count for every attempt that waits for them',
  async (t, lab) => {
    await lab.host.sh('ip route del local 127.0.0.0/8 table local');
    await lab.host.sh('ip route add 127.0.0.0/8 dev eth0');
    const { code, report, text } = await probe(lab.host);
    t.is(code, 1, text);
    t.deepEqual(
      outcomes(report, ({ to, from, device }) => to === '127.77.0.1' && from === '' && device === ''),
      ['leaked'],
    );
    t.true(ofProbe(report).some(({ title }) => /^ARP .*sent by the probe$/.test(title)));
  },
);

labScene('::1 routed to the link itself: so do the neighbor solicitations', async (t, lab) => {
  await harden(lab.host);
  await lab.host.sh('ip -6 route del local ::1 table local');
  await lab.host.sh('ip -6 route add ::1 dev eth0');
  const { code, report, text } = await probe(lab.host);
  t.is(code, 1, text);
  t.deepEqual(
    outcomes(report, ({ to, from, device }) => to === '::1' && from === '' && device === ''),
    ['leaked'],
  );
  t.true(ofProbe(report).some(({ title }) => /^neighbor discovery .*sent by the probe/.test(title)));
});

labScene('an own address that no table loops turns back on the wire', async (t, lab) => {
  await harden(lab.host);
  await loseOwnRoute(lab);
  const { code, report, text } = await probe(lab.host);
  t.is(code, 1, text);
  const hairpins = report.findings.filter(({ id }) => id === 'hairpin');
  t.deepEqual(
    ofProbe(report).filter(({ id }) => id === 'hairpin'),
    hairpins,
  );
  t.regex(JSON.stringify(hairpins), /by the probe: UDP to 10\.77\.0\.1/);
  t.regex(JSON.stringify(hairpins), /by the probe: TCP to 10\.77\.0\.1/);
  t.deepEqual(
    outcomes(report, ({ to, from }) => to === '10.77.0.1' && from === ''),
    ['leaked'],
  );
  t.deepEqual(
    outcomes(report, ({ to, from, device }) => to === '127.0.0.1' && from === '' && device === ''),
    ['stayed'],
  );
});

labScene(
  'an own address that nobody answers for is neither here nor there, and that is said',
  async (t, lab) => {
    await harden(lab.host);
    await lab.host.sh('ip route del local 10.77.0.1 table local');
    const { report } = await probe(lab.host);
    t.deepEqual(
      outcomes(report, ({ to, from, protocol }) => to === '10.77.0.1' && from === '' && protocol === 'udp'),
      ['lost'],
    );
    t.regex(JSON.stringify(report.findings.find(({ id }) => id === 'probe-lost')), /UDP to 10\.77\.0\.1/);
  },
);

labScene(
  'an own address by a device where nobody answers for it would have left, and no rule is to blame',
  async (t, lab) => {
    const { host, neighbour } = lab;
    await harden(host);
    await host.sh(`ip link add eth1 type veth peer name eth1 netns ${neighbour.name}`);
    await neighbour.sh('ip link set eth1 up');
    await host.sh('ip link set eth1 up');
    await host.sh('ip address add 10.79.0.1/30 dev eth1');
    const { report } = await probe(host);
    t.deepEqual(
      outcomes(report, ({ to, from, device }) => to === '10.77.0.1' && from === '' && device === 'eth1'),
      ['unanswered'],
    );
    const told = report.findings.find(({ id }) => id === 'probe-unanswered');
    t.regex(JSON.stringify(told), /to 10\.77\.0\.1 bound to eth1: no neighbour answered/);
    t.regex(JSON.stringify(told), /where somebody answers, they leave/);
  },
);

labScene('the next run says the same, though the kernel does not ask anew', async (t, lab) => {
  const bound = (report: Report) =>
    report.probe.attempts.filter(({ device }) => device !== '').map(({ outcome }) => outcome);
  const first = bound((await probe(lab.host)).report);
  t.true(first.includes('leaked'));
  for (let i = 0; i < 2; i++) t.deepEqual(bound((await probe(lab.host)).report), first);
});

labScene('what a rule answers is refused, also where the answer comes by loopback', async (t, lab) => {
  const rejecting =
    'table inet loopback { chain output { type filter hook output priority 0; oif "eth0" ip daddr 127.0.0.0/8 tcp dport 1-65535 reject with tcp reset; oif "eth0" ip daddr 127.0.0.0/8 reject with icmp port-unreachable; }; }';
  await lab.host.run('env', plainPath, 'nft', rejecting);
  const { code, report, text } = await probe(lab.host);
  t.is(code, 0, text);
  const isRejected = ({ device, from, to }: ProbedAttempt): boolean =>
    device === 'eth0' && from === '' && to.includes('127.');
  const udp = report.probe.attempts.filter((each) => isRejected(each) && each.protocol === 'udp');
  t.deepEqual(new Set(udp.map(({ outcome }) => outcome)), new Set(['refused']));
  t.false(outcomes(report, (each) => isRejected(each)).includes('stayed'), text);
});

labScene('frames that leak besides are counted apart from the probe’s', async (t, lab) => {
  await lab.host.sysctl('net.ipv4.conf.eth0.route_localnet', 1);
  await lab.host.sh(`ip neigh replace 10.77.0.2 lladdr ${NEIGHBOUR_MAC} dev eth0 nud permanent`);
  const child = start(['verify', '--netns', lab.host.name, '--probe', '--for', '1', '--format', 'json']);
  const result = finished(child);
  await printed(child, 'watching');
  const send = `import socket
s = socket.socket(2, 2)
s.bind(('127.0.0.1', 0))
for i in range(7): s.sendto(b'x', ('10.77.0.2', 9))`;
  await lab.host.run('python3', '-c', send);
  const report: Report = JSON.parse((await result).stdout);
  const others = report.findings.filter(
    (each) => each.id === 'leak-egress' && !ofProbe(report).includes(each),
  );
  t.deepEqual(
    others.map(({ count }) => count),
    [7],
  );
  t.true(ofProbe(report).length > 0);
});

labScene('who may not open ping sockets is told that ICMP was not tried', async (t, lab) => {
  await harden(lab.host);
  await lab.host.run('sysctl', '-qw', 'net.ipv4.ping_group_range=1 0');
  const { code, report } = await probe(lab.host);
  t.is(code, 0);
  t.deepEqual(
    outcomes(report, ({ protocol }) => protocol === 'icmp'),
    ['unmade'],
  );
  t.regex(report.findings.find(({ id }) => id === 'probe-unmade')!.fix, /ping_group_range/);
});

labScene('a host of many addresses is probed in part, within the time, and that is said', async (t, lab) => {
  await harden(lab.host);
  for (let i = 0; i < 40; i++) await lab.host.sh(`ip address add 192.0.2.${i + 1}/32 dev lo`);
  const { code, report } = await probe(lab.host);
  t.is(code, 0);
  t.is(report.probe.attempts.length, 512);
  t.true(report.probe.leftOut > 100);
  t.is(report.findings.find(({ id }) => id === 'probe-left-out')!.count, report.probe.leftOut);
});

labScene('a loopback that is down lets nothing be shown', async (t, lab) => {
  await harden(lab.host);
  await lab.host.sh('ip link set lo down');
  const { report, code, text } = await probe(lab.host);
  t.not(code, 0, text);
  t.is(report.probe.stayed, 0);
});

labScene('interrupted, it makes no more attempts and reports those that it made', async (t, lab) => {
  const child = start(['verify', '--netns', lab.host.name, '--probe', '--for', '60', '--format', 'json']);
  const result = finished(child);
  await printed(child, 'watching');
  child.kill('SIGINT');
  const { code, stdout } = await result;
  t.is(code, 130);
  t.true(JSON.parse(stdout).probe !== null);
});

/** What this process holds open, as the kernel names it. */
function held(): string[] {
  return fs.readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [fs.readlinkSync(`/proc/self/fd/${fd}`).replace(/\d+/g, 'N')];
    } catch {
      return [];
    }
  });
}

labTest('probe: an address that goes is no target any more, and one that comes is', async (t, lab) => {
  const ip = (...args: string[]): unknown => execFileSync('ip', ['-n', lab.name, ...args]);
  ip('address', 'add', '192.0.2.1/32', 'dev', 'lo');
  ip('address', 'add', '192.0.2.2/32', 'dev', 'lo');
  let rounds = 0;
  const change = (): void => {
    if (rounds++ > 0) return;
    ip('address', 'del', '192.0.2.2/32', 'dev', 'lo');
    ip('address', 'add', '192.0.2.3/32', 'dev', 'lo');
  };
  const before = held();
  const prober = new Probe(lab.name, () => [], change);
  await prober.run();
  const { attempts, unmadeBecause } = prober.result();
  t.is(unmadeBecause, null);
  const outcomesTo = (address: string): string[] => [
    ...new Set(
      attempts.filter(({ to, protocol }) => to === address && protocol === 'udp').map((each) => each.outcome),
    ),
  ];
  t.true(outcomesTo('192.0.2.1').includes('stayed'));
  t.deepEqual(outcomesTo('192.0.2.2'), ['unmade']);
  t.true(outcomesTo('192.0.2.3').includes('stayed'));
  t.deepEqual(held(), before);
});

labScene('a probe that is excepted still says what reached a wire', async (t, lab) => {
  const { code, report } = await probe(lab.host, ['--except', 'dst net 127 or arp']);
  t.is(code, 0);
  t.true(report.probe.leaked > 0);
});

test('--probe over captures is a mistake, since nothing is sent there', async (t) => {
  const { code, stderr } = await run(['verify', '--probe', capture('tcp-reset.pcap')]);
  t.is(code, 2);
  t.is(stderr, 'loscope: --probe: is for watching, and files were named (leave one out)\n');
});

test('a probe without the addon is not made, and that is blind', async (t) => {
  const env = { ...process.env, LOSCOPE_NO_NATIVE: '1' };
  const { code, stdout } = await finished(start(['verify', '--probe', '--format', 'json'], { env }));
  t.is(code, 3);
  const { verdict, probe: record } = JSON.parse(stdout);
  t.is(verdict, 'blind');
  t.is(record.unmadeBecause, 'nothing could be watched');
});

test('a probe of which nothing was made is not one that was made in part', (t) => {
  t.is(probeBlindness(unmadeProbe('no right')), 'the probe was not made: no right');
});
