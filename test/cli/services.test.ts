import process from 'node:process';
import test from 'ava';
import { compareGolden } from '../golden.js';
import { bin, finished, type Result, run, start } from './run.js';
import { labTest, listenArgv, reachArgv, type ServicesRecord, servicesOf } from './services-lab.js';

const dropPrivilege = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];

/** 5,000 listeners on addresses of 127/8, held until it is killed. */
const manySockets = `
import signal, socket
held = [socket.create_server((f'127.0.{n >> 8}.{n & 255}', 8000)) for n in range(1, 5001)]
print('ready', flush=True)
signal.pause()`;

/** Listeners that are closed as soon as they are there. */
const restlessSockets = `
import socket
print('ready', flush=True)
while True:
    for port in range(20000, 20100):
        socket.create_server(('127.0.0.1', port)).close()`;

labTest('processes, users, peers and queues are told, and workers are one service', async (t, lab) => {
  const { host, neighbour } = lab;
  const server = await host.start(
    /ready/,
    ...listenArgv('tcp,0.0.0.0,8001,name=server', 'tcp,0.0.0.0,8002,reuseport,idle,backlog=5'),
  );
  const worker = await host.start(/ready/, ...listenArgv('tcp,0.0.0.0,8002,reuseport,idle,backlog=7'));
  const local = await host.start(/reached/, ...reachArgv('tcp 127.0.0.1 8001 hold'));
  await neighbour.start(/reached/, ...reachArgv('tcp 10.77.0.1 8001 hold'));
  await host.start(/reached/, ...reachArgv('tcp 10.77.0.1 8002 hold'));
  const { services } = await servicesOf(t, lab, ['-v']);
  t.deepEqual(
    services.map(({ port }) => port),
    [8001, 8002],
  );
  const [served, queued] = services;
  t.like(served, { protocol: 'tcp', address: '0.0.0.0', processesVisible: true, uids: [0], sockets: 1 });
  t.deepEqual(served.users, ['root']);
  t.like(served.processes[0], { pid: server.pid, name: 'server', container: null });
  t.regex(served.processes[0].commandLine!, /^\S*python3 \S+listen.py tcp,0.0.0.0,8001,name=server tcp,/);
  t.deepEqual(served.connected, { local: 1, remote: 1 });
  const [byLoopback, byWire] = served.peers;
  t.like(byLoopback, { address: '127.0.0.1', local: true });
  t.deepEqual(
    byLoopback.processes.map(({ pid }) => pid),
    [local.pid],
  );
  t.like(byWire, { address: '10.77.0.2', local: false, processes: [] });
  t.is(queued.sockets, 2);
  t.deepEqual(queued.processes.map(({ pid }) => pid).sort(), [server.pid!, worker.pid!].sort());
  // One connection that nobody accepted; the kernel chose whose queue it waits in.
  t.deepEqual(queued.queue, { waiting: 1, most: 12 });
  t.like(queued.peers[0], { address: '10.77.0.1', local: true });
  t.is((await servicesOf(t, lab)).services[0].processes[0].commandLine, undefined);
});

labTest(
  'clients are found of a service on IPv4 in IPv6, and of one that knows no connections',
  async (t, lab) => {
    const { host } = lab;
    await host.start(/ready/, ...listenArgv('tcp,::ffff:0.0.0.0,7001', 'udp,127.0.0.1,7006'));
    const client = await host.start(/reached/, ...reachArgv('tcp 127.0.0.1 7001 hold'));
    await host.start(/reached/, ...reachArgv('udp 127.0.0.1 7006 hold'));
    const { services } = await servicesOf(t, lab, ['-v']);
    const [mapped, connectionless] = services;
    t.like(mapped, { address: '0.0.0.0', port: 7001, connected: { local: 1, remote: 0 } });
    t.is(mapped.peers[0].processes[0].pid, client.pid!);
    t.like(connectionless, { protocol: 'udp', port: 7006, connected: { local: 1, remote: 0 } });
  },
);

labTest('the text has the table of its golden', async (t, lab) => {
  const { host, neighbour } = lab;
  await host.sysctl('net.ipv4.conf.eth0.route_localnet', 1);
  const sockets = [
    'tcp,127.0.0.1,3000',
    'tcp,::,8080',
    'tcp,::1,8081',
    'udp,10.77.0.1,53',
    'udp,0.0.0.0,53,device=lo',
  ];
  await host.start(/ready/, ...listenArgv(...sockets));
  await neighbour.start(/reached/, ...reachArgv('tcp 10.77.0.1 8080 hold'));
  await host.start(/reached/, ...reachArgv('tcp ::1 8080 hold'));
  for (const [name, flags] of [
    ['table', []],
    ['verbose', ['-v']],
  ] as const) {
    const { code, stdout, stderr } = await run(['services', '--netns', host.name, ...flags]);
    t.is(code, 0);
    t.is(stderr, '');
    compareGolden(t, `goldens/services/${name}.txt`, withoutNumbers(stdout));
  }
});

/** Numbers of processes and chosen ports as N, and one width of columns whatever they are. */
function withoutNumbers(text: string): string {
  return text
    .replace(/\[\d+\]/g, '[N]')
    .replace(/(from \S+):\d+/g, '$1:N')
    .replace(/: \S*python3 \S+listen.py .*/g, ': python3 listen.py …')
    .replace(/(\S) {2,}/g, '$1  ');
}

labTest('a process’s name and command line reach the terminal as text only', async (t, lab) => {
  const name = '\u001b[31mred\n\u202e';
  await lab.host.start(/ready/, ...listenArgv(`tcp,127.0.0.1,8001,name=${name}`));
  const { stdout } = await run(['services', '--netns', lab.host.name, '-v']);
  t.regex(stdout, /\\x1b\[31mred/);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none is the point
  t.notRegex(stdout, /[\x00-\x09\x0b-\x1f\u202e]/);
  t.is(stdout.trimEnd().split('\n').length, 3);
});

labTest('--netns takes a name, a path and a process', async (t, { host }) => {
  const inside = await host.start(/ready/, ...listenArgv('tcp,127.0.0.1,8001'));
  for (const netns of [host.name, `/run/netns/${host.name}`, String(inside.pid)]) {
    const { code, stdout } = await run(['services', '--netns', netns, '--format', 'json']);
    t.is(code, 0);
    const record = JSON.parse(stdout) as ServicesRecord;
    t.is(record.schema, 'loscope.services/1');
    t.is(record.netns, netns);
    t.is(record.services[0].processes[0].pid, inside.pid!);
  }
});

labTest('without privilege every socket is told, and whose processes cannot be seen', async (t, { host }) => {
  await host.start(/ready/, ...listenArgv('tcp,127.0.0.1,8001'));
  const asNobody = (...args: string[]): Promise<Result> =>
    finished(host.spawn([...dropPrivilege, process.execPath, bin, 'services', ...args]));
  const text = await asNobody();
  if (/EACCES|Cannot find/.test(text.stderr)) {
    t.log('skipped: nobody may not read this folder');
    t.pass();
    return;
  }
  t.is(text.code, 3);
  t.regex(text.stdout, /^tcp {4}127.0.0.1:8001 {2}this host {3}not visible \(run as root\) {2}root /m);
  // What rules nobody could read matters once route_localnet lets them publish.
  t.notRegex(text.stdout, /not seen/);
  await host.sysctl('net.ipv4.conf.eth0.route_localnet', 1);
  const { code, stdout } = await asNobody('--format', 'json');
  const record = JSON.parse(stdout) as ServicesRecord;
  t.is(code, 3);
  t.is(record.exitCode, 3);
  t.like(record.services[0], { processes: [], processesVisible: false, users: ['root'] });
  t.is(record.unseen[0]?.reason, 'needs cap_net_admin');
  const other = await asNobody('--netns', '1');
  t.is(other.code, 2);
  t.regex(other.stderr, /^loscope: --netns .*may not enter.*\(run as root\)\n$/);
});

labTest('a socket of the kernel’s own has no process, and that is seen', async (t, lab) => {
  try {
    await lab.host.sh('ip link add vx0 type vxlan id 7 dstport 4789 dev eth0');
  } catch (error) {
    t.log(`skipped: ${(error as Error).message}`);
    t.pass();
    return;
  }
  await lab.host.sh('ip link set vx0 up');
  const { services } = await servicesOf(t, lab);
  t.like(services[0], { protocol: 'udp', port: 4789, processes: [], processesVisible: true });
});

labTest('a namespace without services says so', async (t, lab) => {
  const { code, stdout } = await run(['services', '--netns', lab.host.name]);
  t.is(code, 0);
  t.regex(stdout, /\nnothing listens here\n$/);
});

labTest('thousands of sockets, and some that come and go meanwhile, are listed', async (t, lab) => {
  const { host } = lab;
  await host.start(/ready/, 'python3', '-c', manySockets);
  await host.start(/ready/, 'python3', '-c', restlessSockets);
  for (let i = 0; i < 5; i++) {
    const { services } = await servicesOf(t, lab);
    const steady = services.filter(({ port }) => port === 8000);
    t.is(steady.length, 5000);
    t.true(steady.every(({ processes }) => processes.length === 1));
  }
});

test('what cannot be asked ends with 2 and one line', async (t) => {
  const cases: readonly (readonly [args: readonly string[], env: NodeJS.ProcessEnv, message: RegExp])[] = [
    [['--netns', 'loscope-none'], {}, /^loscope: --netns loscope-none: no such network namespace \(/],
    [['--netns', '/etc/passwd'], {}, /^loscope: --netns \/etc\/passwd: is not a network namespace \(/],
    [
      ['--watch', '--netns', '/etc/passwd'],
      {},
      /^loscope: --netns \/etc\/passwd: is not a network namespace/,
    ],
    [['--format', 'xml'], {}, /^loscope: --format xml: not one of text, json/],
    [['lo'], {}, /^loscope: too many arguments/],
    [[], { LOSCOPE_NO_NATIVE: '1' }, /^loscope: services: asks the Linux kernel, .*\(.*\)\n$/],
  ];
  for (const [args, env, message] of cases) {
    const child = start(['services', ...args], { env: { ...process.env, ...env } });
    const { code, stdout, stderr } = await finished(child);
    t.is(code, 2, args.join(' '));
    t.is(stdout, '');
    t.regex(stderr, message);
    t.is(stderr.split('\n').length, 2);
  }
});
