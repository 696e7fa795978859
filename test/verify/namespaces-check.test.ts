/**
 * `loscope verify --all-netns` on a machine of its own, whose network namespaces are those that each test makes.
 */
import type { ChildProcess } from 'node:child_process';
import process from 'node:process';
import test, { type ExecutionContext } from 'ava';
import { listNamespaces } from '../../src/host/namespaces.js';
import { NamespacesCheck } from '../../src/verify/namespaces-check.js';
import { judge } from '../../src/verify/verdict.js';
import { liveTest } from '../capture/ring-lab.js';
import { bin, finished, printed, type Result, run } from '../cli/run.js';
import { makeLab, script } from '../lab/lab.js';
import { joinInner, type Machine, makeMachine } from '../lab/machine.js';
import type { Namespace } from '../lab/netns.js';

interface Finding {
  readonly id: string;
  readonly severity: string;
  readonly interface: string;
  readonly netns?: string;
  readonly fix: string;
}

interface Record {
  readonly verdict: string;
  readonly canary: string;
  readonly blindBecause: string | null;
  readonly namespaces: { readonly netns: string; readonly path: string; readonly pid: number }[];
  readonly watched: {
    readonly interface: string;
    readonly netns: string;
    readonly blindBecause: string | null;
  }[];
  readonly findings: Finding[];
  readonly copies: unknown;
}

function machineTest(title: string, body: (t: ExecutionContext, machine: Machine) => Promise<void>): void {
  liveTest(title, async (t) => {
    t.timeout(60_000);
    const machine = await makeMachine();
    try {
      await body(t, machine);
    } finally {
      machine.remove();
    }
  });
}

interface Run {
  readonly child: ChildProcess;
  /** What it said on standard error by then. */
  readonly said: string;
  readonly result: Promise<Result & { readonly record: Record }>;
}

/** Starts the check in the machine; it has begun when this resolves. */
async function begin(machine: Machine, seconds: number, wrapped: readonly string[] = []): Promise<Run> {
  const args = ['verify', '--all-netns', '--format', 'json', '--for', `${seconds}`];
  const child = machine.spawn([...wrapped, process.execPath, bin, ...args]);
  const result = finished(child).then((ended) => ({ ...ended, record: JSON.parse(ended.stdout) as Record }));
  let said = '';
  child.stderr.on('data', (text: string) => (said += text));
  await printed(child, 'watching');
  return { child, said, result };
}

/** `id interface netns` of what is wrong, settings left out. */
function wrong({ findings }: Record): string[] {
  return findings
    .filter(({ severity, id }) => severity !== 'note' && !id.startsWith('setting-'))
    .map(({ id, interface: name, netns }) => `${id} ${name} ${netns}`)
    .sort();
}

function blindness({ watched }: Record): string[] {
  return watched
    .filter(({ blindBecause }) => blindBecause !== null)
    .map(({ netns, interface: name, blindBecause }) => `${netns} ${name}: ${blindBecause}`);
}

/** Has the program say its number first, as the machine counts. */
const saysItsNumber = ['sh', '-c', 'echo $$ >&2; exec "$@"', 'sh'];

const leakLine = 'udp.py --source 127.0.0.1 --to 10.88.0.2 --count 2';

/** Lets 127/8 out of eth0. */
function allowLeak(namespace: Namespace): Promise<string> {
  return namespace.sysctl('net.ipv4.conf.eth0.route_localnet', 1);
}

/** A process in a network namespace that has no name, which lasts as long as the process. */
async function nameless(machine: Machine): Promise<{ pid: number; namespace: Namespace }> {
  const keeper = ['unshare', '--net', 'sh', '-c', 'echo $$; exec sleep 60'];
  const child = machine.spawn(keeper);
  const pid = Number(await new Promise<string>((resolve) => child.stdout.once('data', resolve)));
  const namespace = Object.create(machine) as Machine;
  namespace.spawn = (argv) => machine.spawn(['nsenter', `--net=/proc/${pid}/ns/net`, ...argv]);
  await namespace.sh('ip link set lo up');
  return { pid, namespace };
}

machineTest(
  'of three namespaces one leaks to another: each end is a finding under its name',
  async (t, machine) => {
    const [blue, green, red] = [
      await machine.namespace('blue'),
      await machine.namespace('green'),
      await machine.namespace('red'),
    ];
    await joinInner(blue, green);
    await red.sh('ip link add quiet0 type veth peer name quiet1');
    await red.sh('ip link set quiet0 up');
    await red.sh('ip link set quiet1 up');
    await allowLeak(blue);
    const { result } = await begin(machine, 2);
    await script(blue, leakLine);
    const { code, record, stderr } = await result;
    t.is(code, 1, stderr);
    t.is(record.verdict, 'leak');
    t.is(record.canary, 'seen');
    t.deepEqual(wrong(record), ['leak-egress eth0 blue', 'leak-ingress eth0 green']);
    t.deepEqual(blindness(record), []);
    const watched = record.watched.map(({ netns, interface: name }) => `${netns} ${name}`);
    t.deepEqual(watched.sort(), ['blue eth0', 'green eth0', 'red quiet0', 'red quiet1']);
    t.deepEqual(
      record.namespaces.map(({ netns }) => netns),
      ['this namespace', 'blue', 'green', 'red'],
    );
    const setting = record.findings.filter(({ id }) => id === 'setting-route-localnet');
    t.deepEqual(
      setting.map(({ netns, fix }) => [netns, fix]),
      [['blue', 'ip netns exec blue sysctl -w net.ipv4.conf.eth0.route_localnet=0']],
    );
    t.regex(stderr, /^watching blue eth0, green eth0, red quiet[01], red quiet[01] for 2 s\n$/);
  },
);

machineTest(
  'namespaces that keep loopback to themselves are clean, also those that have nothing else',
  async (t, machine) => {
    const [blue, green] = [await machine.namespace('blue'), await machine.namespace('green')];
    await machine.namespace('empty');
    await joinInner(blue, green);
    const { result } = await begin(machine, 1);
    await blue.sh('ping -c 1 10.88.0.2');
    await script(green, 'udp.py --to 127.0.0.1 --receive 127.0.0.1');
    const { code, record } = await result;
    t.is(code, 0);
    t.is(record.verdict, 'clean');
    t.deepEqual(wrong(record), []);
  },
);

machineTest('a machine with loopback alone is blind in all', async (t, machine) => {
  await machine.namespace('empty');
  const { result } = await begin(machine, 0.3);
  const { code, record } = await result;
  t.is(code, 3);
  t.regex(
    record.blindBecause ?? '',
    /^there is no interface but loopback that is up, in any network namespace$/,
  );
});

machineTest('an interface that goes down in one namespace makes it blind there', async (t, machine) => {
  const [blue, green] = [await machine.namespace('blue'), await machine.namespace('green')];
  await joinInner(blue, green);
  await machine.sh(`ip link add out0 type veth peer name in0 netns blue`);
  await machine.sh('ip link set out0 up');
  const { result } = await begin(machine, 1.5);
  await machine.sh('ip link set out0 down');
  const { code, record } = await result;
  t.is(code, 3);
  t.is(record.verdict, 'blind');
  t.deepEqual(blindness(record), ['this namespace out0: it went down while it was watched']);
});

machineTest('a namespace that only a process has is named by it, and so is its fix', async (t, machine) => {
  const { pid, namespace } = await nameless(machine);
  const blue = await machine.namespace('blue');
  await blue.sh('ip link set lo up');
  await machine.sh('ip link add t0 type veth peer name t1');
  await machine.sh(`ip link set t0 netns ${pid} name eth0`);
  await machine.sh('ip link set t1 netns blue name eth0');
  await namespace.sh('ip link set eth0 up');
  await blue.sh('ip link set eth0 up');
  await namespace.sh('ip address add 10.88.0.1/24 dev eth0');
  await namespace.sh('ip neigh replace 10.88.0.2 lladdr 02:00:00:00:00:09 dev eth0 nud permanent');
  await allowLeak(namespace);
  const { result } = await begin(machine, 2);
  await script(namespace, leakLine);
  const { code, record } = await result;
  t.is(code, 1);
  t.deepEqual(wrong(record), ['leak-ingress eth0 blue', `leak-egress eth0 sleep[${pid}]`].sort());
  const { fix } = record.findings.find(({ id }) => id === 'leak-egress')!;
  t.regex(
    fix,
    new RegExp(`^nsenter --net=/proc/${pid}/ns/net sysctl -w net.ipv4.conf.eth0.route_localnet=0`),
  );
  t.like(
    record.namespaces.find(({ netns }) => netns.startsWith('sleep')),
    { pid, path: `/proc/${pid}/ns/net`, command: 'sleep', container: null },
  );
});

machineTest(
  'a namespace that is removed during the watch is blind, let go, and what it leaked is told',
  async (t, machine) => {
    const [blue, green] = [await machine.namespace('blue'), await machine.namespace('green')];
    await joinInner(blue, green);
    await allowLeak(blue);
    const { result } = await begin(machine, 4);
    await script(blue, leakLine);
    await machine.sh('ip netns del blue');
    // Its end of the pair goes when nobody holds the namespace any more, and takes the other one along.
    while (/eth0/.test(await green.sh('ip -o link show'))) await machine.sh('sleep 0.1');
    const { code, record } = await result;
    t.is(code, 1);
    t.deepEqual(wrong(record), ['leak-egress eth0 blue', 'leak-ingress eth0 green']);
    t.deepEqual(blindness(record), [
      'green eth0: it was removed while it was watched',
      'blue : it vanished while it was watched',
    ]);
  },
);

machineTest('a namespace that comes during the watch is watched', async (t, machine) => {
  const green = await machine.namespace('green');
  const { said, result } = await begin(machine, 30, saysItsNumber);
  const blue = await machine.namespace('blue');
  await joinInner(blue, green);
  await allowLeak(blue);
  // By its sockets' rings the kernel tells that it is watched.
  while (!/\d/.test((await blue.sh('cat /proc/net/packet')).split('\n')[1] ?? ''))
    await machine.sh('sleep 0.1');
  await script(blue, leakLine);
  await machine.run('kill', '-INT', said.split('\n')[0]);
  const { code, record } = await result;
  t.is(code, 130);
  t.deepEqual(wrong(record), ['leak-egress eth0 blue', 'leak-ingress eth0 green']);
});

/** Stops the program, which said its number first, and starts it again when `work` is done. */
async function whileItSleeps(
  machine: Machine,
  { child, said }: Run,
  work: () => Promise<unknown>,
): Promise<void> {
  await machine.run('kill', '-STOP', said.split('\n')[0]);
  await work();
  // nsenter(1), which stops with its child, continues it.
  child.kill('SIGCONT');
}

machineTest('what a namespace carried before it was watched is blind', async (t, machine) => {
  const begun = await begin(machine, 2, saysItsNumber);
  await whileItSleeps(machine, begun, async () => {
    const [blue, green] = [await machine.namespace('blue'), await machine.namespace('green')];
    await joinInner(blue, green);
    await allowLeak(blue);
    await script(blue, leakLine);
  });
  const { code, record } = await begun.result;
  t.is(code, 3);
  t.is(record.verdict, 'blind');
  const reasons = blindness(record).sort();
  t.is(reasons.length, 2);
  for (const [i, name] of ['blue', 'green'].entries()) {
    const reason = 'it came during the watch, and \\d+ frames passed before it was watched';
    t.regex(reasons[i], new RegExp(`^${name} : ${reason}$`));
  }
});

machineTest('a namespace that comes and has carried nothing is clean, without a note', async (t, machine) => {
  const [blue, green] = [await machine.namespace('blue'), await machine.namespace('green')];
  await joinInner(blue, green);
  const begun = await begin(machine, 2, saysItsNumber);
  await whileItSleeps(machine, begun, async () => {
    const late = await machine.namespace('late');
    await late.sh('ip link add quiet0 type veth peer name quiet1');
  });
  const { code, record } = await begun.result;
  t.is(code, 0);
  t.deepEqual(blindness(record), []);
  t.true(record.namespaces.some(({ netns }) => netns === 'late'));
  t.deepEqual(
    record.findings.filter(({ id }) => id === 'watched-late'),
    [],
  );
});

machineTest('a process whose namespace cannot be seen makes all blind', async (t, machine) => {
  const [blue, green] = [await machine.namespace('blue'), await machine.namespace('green')];
  await joinInner(blue, green);
  await nameless(machine);
  const without = ['setpriv', '--bounding-set', '-sys_ptrace', '--inh-caps', '-sys_ptrace'];
  const { result } = await begin(machine, 0.5, without);
  const { code, record } = await result;
  t.is(code, 3);
  t.regex(record.blindBecause ?? '', /^\d+ network namespaces? of other processes cannot be looked into$/);
});

machineTest('a /proc that hides processes makes all blind', async (t, machine) => {
  await machine.sh('ip link add quiet0 type veth peer name quiet1');
  await machine.sh('ip link set quiet0 up');
  await machine.sh('ip link set quiet1 up');
  await machine.sh('mount -t proc -o hidepid=2 proc /proc');
  const granted = '+net_raw,+net_admin,+sys_admin';
  const user = [
    'setpriv',
    '--reuid',
    '65534',
    '--regid',
    '65534',
    '--clear-groups',
    '--inh-caps',
    granted,
    '--ambient-caps',
    granted,
  ];
  const { result } = await begin(machine, 0.5, user);
  const { code, record } = await result;
  t.is(code, 3);
  const reason =
    '/proc hides processes, and with them their network namespaces (run as root, with cap_sys_ptrace)';
  t.is(record.blindBecause, reason);
});

machineTest('too few descriptors are a reason with advice, however few', async (t, machine) => {
  const [blue, green] = [await machine.namespace('blue'), await machine.namespace('green')];
  await joinInner(blue, green);
  const all = ['verify', '--all-netns', '--for', '0.1'];
  const one = ['verify', '--netns', 'blue', '--for', '0.1'];
  const runs: [most: number, args: string[], code: number][] = [
    [20, all, 3],
    [36, all, 3],
    [64, all, 3],
    [20, one, 3],
    [30, one, 3],
    [20, ['doctor'], 2],
    [20, ['interfaces'], 2],
  ];
  for (const [most, args, code] of runs) {
    const child = machine.spawn(['prlimit', `--nofile=${most}`, process.execPath, bin, ...args]);
    const ended = await finished(child);
    const said = ended.stdout + ended.stderr;
    t.is(ended.code, code, `${most} ${args.join(' ')}: ${said}`);
    t.regex(said, /too many open files.* \(raise `ulimit -n`\)/i);
    t.notRegex(said, /internal error|report it/);
  }
});

liveTest('namespaces are listed every second, however long a list takes', async (t) => {
  const tookMs = 60;
  const times: number[] = [];
  const list = () => {
    const beganMs = performance.now();
    times.push(beganMs);
    while (performance.now() - beganMs < tookMs);
    return { hidden: [], hidesProcesses: false, namespaces: [] };
  };
  const check = new NamespacesCheck({ bufferBytes: 1 << 20, except: null, observesCopies: false, list });
  await check.run(3.5, () => {});
  // The first before all were opened, the last at the end.
  t.true(times.length >= 5, `${times.length} lists in 3.5 s`);
});

machineTest('a namespace that may not be entered is blind with the reason', async (t, machine) => {
  const blue = await machine.namespace('blue');
  await joinInner(machine, blue);
  const without = ['setpriv', '--bounding-set', '-sys_admin', '--inh-caps', '-sys_admin'];
  const { result } = await begin(machine, 0.5, without);
  const { code, record } = await result;
  t.is(code, 3);
  t.is(record.canary, 'seen');
  const [reason, ...further] = blindness(record);
  t.deepEqual(further, []);
  t.regex(reason ?? '', /^blue : this user may not enter the network namespace: .*needs cap_sys_admin/);
  t.true(record.watched.some(({ netns, interface: name }) => `${netns} ${name}` === 'this namespace eth0'));
});

machineTest('copies are observed in every namespace, and no table stays in any', async (t, machine) => {
  const [blue, green] = [await machine.namespace('blue'), await machine.namespace('green')];
  await joinInner(blue, green);
  const args = ['verify', '--all-netns', '--observe-copies', '--for', '1.5', '--format', 'json'];
  const child = machine.spawn([process.execPath, bin, ...args]);
  const result = finished(child);
  await printed(child, 'watching');
  await script(blue, 'udp.py --to 10.88.0.255 --receive 0.0.0.0 --count 2');
  await script(green, 'udp.py --multicast-device eth0 --to 239.77.0.1 --receive 0.0.0.0 --count 3');
  const { code, stdout } = await result;
  t.is(code, 0, stdout);
  const record = JSON.parse(stdout);
  t.like(record.copies, { observed: true, broadcast: 2, multicast: 3, atLeastBecause: null });
  t.is(record.copies.originals.broadcast, 2);
  const of = (name: string): unknown =>
    record.namespaces.find(({ netns }: { netns: string }) => netns === name).copies;
  t.like(of('blue'), { observed: true, broadcast: 2, multicast: 0 });
  t.like(of('green'), { observed: true, broadcast: 0, multicast: 3 });
  t.is(await blue.run('/usr/sbin/nft', 'list', 'ruleset'), '');
  t.is(await green.run('/usr/sbin/nft', 'list', 'ruleset'), '');
});

liveTest('namespaces beyond a number are left out, which is blind and said', async (t) => {
  const lab = await makeLab();
  try {
    const all = listNamespaces();
    const names = [lab.host.name, lab.neighbour.name];
    const list = () => ({
      hidden: ['sleep[7]', 'sleep[8]'],
      hidesProcesses: false,
      namespaces: all.namespaces.filter(({ name }) => names.includes(name)),
    });
    const spec = { bufferBytes: 1 << 20, except: null, observesCopies: false };
    const check = new NamespacesCheck({ ...spec, list, mostAtOnce: 1 });
    await check.run(0.1, () => {});
    const verdict = judge(check.observations());
    t.is(verdict.exitCode, 3);
    t.is(verdict.blindBecause, '1 network namespace left out: 1 are watched at once (name one: --netns)');
    t.true(verdict.findings.some(({ id, count }) => id === 'namespaces-unseen' && count === 2));
  } finally {
    lab.remove();
  }
});

liveTest('a namespace that this user may not see is blind, and named by its process', async (t) => {
  const lab = await makeLab();
  try {
    const { namespaces } = listNamespaces();
    const list = () => ({
      hidden: ['sleep[7]'],
      hidesProcesses: false,
      namespaces: namespaces.filter(({ name }) => name === lab.host.name),
    });
    const spec = { bufferBytes: 1 << 20, except: null, observesCopies: false };
    const check = new NamespacesCheck({ ...spec, list });
    await check.run(0.1, () => {});
    const verdict = judge(check.observations());
    const title = '1 network namespace of other processes cannot be looked into';
    t.like(verdict, { verdict: 'blind', blindBecause: title });
    const note = verdict.findings.find(({ id }) => id === 'namespaces-unseen');
    t.like(note, { severity: 'note', title, count: 1 });
    t.deepEqual(
      note!.evidence.map(({ text }) => text),
      ['sleep[7]'],
    );
    t.is(
      note!.advice,
      process.getuid?.() === 0 ? 'Run with cap_sys_admin and cap_sys_ptrace.' : 'Run as root.',
    );
  } finally {
    lab.remove();
  }
});

const refusals: [args: string[], line: RegExp][] = [
  [['--netns', 'blue'], /^loscope: --all-netns: watches every .*--netns is for one \(leave one out\)\n$/],
  [['-i', 'eth0'], /^loscope: --all-netns: watches every .*-i is for one \(leave one out\)\n$/],
  [['--probe'], /^loscope: --all-netns: watches every .*--probe is for one \(leave one out\)\n$/],
  [['x.pcap'], /^loscope: --all-netns: is for watching, and files were named \(leave one out\)\n$/],
];
for (const [args, line] of refusals) {
  test(`--all-netns ${args.join(' ')} is refused in one line`, async (t) => {
    const { code, stdout, stderr } = await run(['verify', '--all-netns', ...args]);
    t.is(code, 2);
    t.is(stdout, '');
    t.regex(stderr, line);
  });
}
