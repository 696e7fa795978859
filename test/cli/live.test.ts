import { execFileSync } from 'node:child_process';
import dgram from 'node:dgram';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import test, { type ExecutionContext } from 'ava';
import { isCapInstalled } from '../../src/capture/cap-source.js';
import { loadNative } from '../../src/capture/native.js';
import { makeLab } from '../lab/lab.js';
import { makeNamespace } from '../lab/netns.js';
import { bin, finished, printed, run, start } from './run.js';

const isRoot = process.getuid?.() === 0;
/** Why live tests cannot run here, or ''. */
const cannot = !isRoot ? 'needs root' : 'reason' in loadNative() ? 'needs the addon' : '';
const port = 18888;
const nobody = 65534;

/** A live test; skipped aloud where this user may not capture. */
function liveTest(title: string, body: (t: ExecutionContext) => Promise<void>): void {
  test.serial(title, async (t) => {
    if (cannot === '') return body(t);
    t.log(`skipped: ${cannot}`);
    t.pass();
  });
}

/** Sends datagrams to 127.0.0.87 until stopped: what is captured cannot be missed by being sent too early. */
function keepSending(): () => void {
  const socket = dgram.createSocket('udp4');
  const timer = setInterval(() => socket.send('hello', port, '127.0.0.87'), 20);
  return () => {
    clearInterval(timer);
    socket.close();
  };
}

liveTest('live shows a datagram sent on lo, with the kernel’s time and drops counted', async (t) => {
  const stop = keepSending();
  const filter = ['udp', 'port', String(port), 'and', 'dst', 'host', '127.0.0.87'];
  const { code, stdout, stderr } = await run(['live', '--format', 'ndjson', '-c', '3', ...filter]);
  stop();
  t.is(code, 0);
  const packets = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  t.is(packets.length, 3);
  t.like(packets[0], {
    interface: 'lo',
    protocol: 'udp',
    dst: '127.0.0.87',
    dstPort: port,
    info: 'len 5',
    locality: 'loopback',
  });
  t.false('timeApproximate' in packets[0]);
  t.is(stderr, '3 frames, 141 bytes, 0 dropped\n');
});

liveTest('live --for ends by itself, and SIGTERM ends it with what was seen', async (t) => {
  const timed = await run(['live', '--format', 'none', '--for', '0.2', 'port', '1']);
  t.is(timed.code, 0);
  t.regex(timed.stderr, /^0 frames, 0 bytes, 0 dropped\n$/);
  const stop = keepSending();
  const child = start(['live', '--format', 'text', 'udp', 'port', String(port)]);
  const result = finished(child);
  await printed(child, '127.0.0.87');
  child.kill('SIGTERM');
  const { code, stderr } = await result;
  stop();
  t.is(code, 143);
  t.regex(stderr, /^\d+ frames, \d+ bytes, 0 dropped\n$/);
});

const refusals: [title: string, args: string[], line: RegExp][] = [
  [
    'an interface that is not there',
    ['-i', 'nope0'],
    /^loscope: nope0: no such interface \(there are: .*lo.*\)\n$/,
  ],
  [
    'a filter that is none',
    ['port', 'eighty'],
    /^loscope: filter: unknown service `eighty`, expected .*\nport eighty\n {5}\^\n$/,
  ],
];
for (const [title, args, line] of refusals) {
  liveTest(`${title} is refused in one line with exit code 2`, async (t) => {
    const { code, stderr } = await run(['live', '--format', 'text', ...args]);
    t.is(code, 2);
    t.regex(stderr, line);
  });
}

liveTest('a user who may not capture is told how to get the right', async (t) => {
  const child = start(['live', '--format', 'text'], { uid: nobody, gid: nobody });
  const { code, stderr } = await finished(child);
  if (!canRead(nobody)) {
    t.log('skipped: nobody may not read this folder');
    t.pass();
    return;
  }
  t.is(code, 2);
  t.regex(
    stderr,
    /^loscope: lo: this user may not capture packets: this process: needs cap_net_raw; .*\(run as root, or once: sudo .*grant\.mjs\)\n$/,
  );
});

/** Whether that user can reach the program at all. */
function canRead(uid: number): boolean {
  try {
    execFileSync(process.execPath, [bin, '--version'], { uid, gid: uid, stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

liveTest('an interface that went down for a time is said and picked up again', async (t) => {
  const namespace = await makeNamespace();
  try {
    const child = namespace.spawn([process.execPath, bin, 'live', '--format', 'text', 'icmp']);
    const result = finished(child);
    const ping = namespace.spawn(['ping', '-i', '0.2', '127.0.0.1']);
    await printed(child, 'echo reply');
    const down = printed(child, 'went down');
    await namespace.sh('ip link set lo down');
    await down;
    ping.kill();
    const up = printed(child, 'up again');
    await namespace.sh('ip link set lo up');
    await up;
    const again = printed(child, '127.0.0.99');
    await namespace.sh('ping -c 1 127.0.0.99');
    await again;
    child.kill('SIGINT');
    const { code, stderr } = await result;
    t.is(code, 130);
    t.regex(
      stderr,
      /^loscope: lo: the interface went down \(.*\)\nloscope: lo: the interface is up again\n\d+ frames, .* 0 dropped\n$/,
    );
  } finally {
    namespace.remove();
  }
});

/** With libpcap, by the package that may not be there. */
function referenceTest(title: string, body: (t: ExecutionContext) => Promise<void>): void {
  liveTest(title, async (t) => {
    if (isCapInstalled()) return body(t);
    t.log('skipped: needs the package cap');
    t.pass();
  });
}

referenceTest('the reference engine has approximate times and knows no drops', async (t) => {
  const stop = keepSending();
  const args = [
    'live',
    '--engine',
    'reference',
    '--format',
    'ndjson',
    '-c',
    '3',
    'udp',
    'port',
    String(port),
  ];
  const { code, stdout, stderr } = await run(args);
  stop();
  t.is(code, 0);
  t.like(JSON.parse(stdout.split('\n')[0]), { info: 'len 5', locality: 'loopback', timeApproximate: true });
  t.is(stderr, '3 frames, 141 bytes, drops unknown\n');
});

referenceTest('the reference engine ends with exit code 3 when its interface goes down', async (t) => {
  const namespace = await makeNamespace();
  try {
    const args = ['live', '--engine', 'reference', '--format', 'text'];
    const child = namespace.spawn([process.execPath, bin, ...args]);
    const result = finished(child);
    const ping = namespace.spawn(['ping', '-i', '0.2', '127.0.0.1']);
    await printed(child, 'echo reply');
    ping.kill();
    await namespace.sh('ip link set lo down');
    const { code, stderr } = await result;
    t.is(code, 3);
    t.regex(
      stderr,
      /^loscope: lo: the interface went down (or vanished )?during the capture \(.*\)\n\d+ frames, /,
    );
  } finally {
    namespace.remove();
  }
});

liveTest('live that was blind for a time ends with exit code 3', async (t) => {
  const namespace = await makeNamespace();
  try {
    const child = namespace.spawn([process.execPath, bin, 'live', '--format', 'text', '--for', '2']);
    const result = finished(child);
    const ping = namespace.spawn(['ping', '-i', '0.2', '127.0.0.1']);
    await printed(child, 'echo reply');
    ping.kill();
    await namespace.sh('ip link set lo down');
    const { code, stderr } = await result;
    t.is(code, 3);
    t.regex(stderr, /^loscope: lo: the interface went down \(.*\)\n\d+ frames, /);
  } finally {
    namespace.remove();
  }
});

liveTest('drops are said when they begin, and each frame is seen or counted', async (t) => {
  const filter = `udp dst port ${port}`;
  const child = start(['live', '--format', 'text', '-B', '1', '-i', 'lo', filter]);
  const result = finished(child);
  const stop = keepSending();
  await printed(child, '127.0.0.87');
  stop();
  // A program that is stopped reads nothing: the buffer of 1 MiB is full after two blocks.
  child.kill('SIGSTOP');
  const socket = dgram.createSocket('udp4');
  for (let i = 0; i < 3000; i++) {
    await new Promise<void>((done) => socket.send(Buffer.alloc(1000), port, '127.0.0.1', () => done()));
  }
  socket.close();
  child.kill('SIGCONT');
  await printed(child, 'dropped so far');
  setTimeout(() => child.kill('SIGTERM'), 300);
  const { stdout, stderr } = await result;
  const [, said, frames, dropped] =
    /^loscope: lo: ([\d,]+) frames dropped so far \(a larger buffer may help: -B 256\)\n([\d,]+) frames, .* bytes, ([\d,]+) dropped\n$/.exec(
      stderr,
    ) ?? [];
  t.truthy(said, stderr);
  const number = (text: string): number => Number(text.replaceAll(',', ''));
  const before = stdout.match(/127\.0\.0\.87/g)!.length;
  t.is(number(frames) - before + number(dropped), 3000);
});

liveTest('root that sudo started writes the file as the user who asked for it', async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'loscope-live-'));
  t.teardown(() => fs.rmSync(folder, { recursive: true }));
  fs.chownSync(folder, nobody, nobody);
  const file = path.join(folder, 'lo.pcapng');
  const stop = keepSending();
  const env = { PATH: process.env.PATH, SUDO_UID: String(nobody), SUDO_GID: String(nobody) };
  const { code, stderr } = await finished(
    start(['live', '-w', file, '-c', '3', 'udp', 'port', String(port)], { env }),
  );
  stop();
  if (!canRead(nobody)) {
    t.log('skipped: nobody may not read this folder');
    t.pass();
    return;
  }
  t.is(stderr, '3 frames, 141 bytes, 0 dropped\n');
  t.is(code, 0);
  t.deepEqual([fs.statSync(file).uid, fs.statSync(file).gid], [nobody, nobody]);
});

liveTest('several interfaces are kept in one file, each under its name', async (t) => {
  const namespace = await makeNamespace();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'loscope-live-'));
  t.teardown(() => fs.rmSync(folder, { recursive: true }));
  try {
    await namespace.sh('ip link add a0 type veth peer name b0');
    await namespace.sh('ip address add 192.0.2.7/24 dev a0');
    await namespace.sh('ip link set a0 up');
    await namespace.sh('ip link set b0 up');
    const file = path.join(folder, 'both.pcapng');
    const args = ['live', '-i', 'lo', '-i', 'a0', '-w', file, '--for', '2', 'arp or icmp'];
    const child = namespace.spawn([process.execPath, bin, ...args]);
    const result = finished(child);
    namespace.spawn(['ping', '-i', '0.1', '127.0.0.1']);
    namespace.spawn(['ping', '-i', '0.1', '192.0.2.9']);
    t.is((await result).code, 0);
    const { stdout } = await run(['summary', '--format', 'json', file]);
    const { sources } = JSON.parse(stdout) as {
      sources: { interfaces: { name: string; frames: number }[] }[];
    };
    const frames = new Map(sources[0].interfaces.map((each) => [each.name, each.frames]));
    t.true(frames.get('lo')! >= 2);
    t.true(frames.get('a0')! >= 1);
  } finally {
    namespace.remove();
  }
});

liveTest('a network that is local for marked packets alone is not the host’s own', async (t) => {
  const lab = await makeLab();
  try {
    await lab.host.sh('ip route add local 10.0.0.0/8 dev lo table 100');
    await lab.host.sh('ip rule add fwmark 1 lookup 100');
    const args = ['live', '-i', 'eth0', '--format', 'ndjson', '-c', '2', 'icmp'];
    const result = finished(lab.host.spawn([process.execPath, bin, ...args]));
    const sender = lab.host.spawn(['ping', '-i', '0.3', '10.77.0.2']);
    const { stdout } = await result;
    sender.kill();
    const packets = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { locality: string });
    t.deepEqual(
      packets.map(({ locality }) => locality),
      ['external', 'external'],
    );
  } finally {
    lab.remove();
  }
});

liveTest('live judges by the routing table of this host, AnyIP routes included', async (t) => {
  const namespace = await makeNamespace();
  try {
    await namespace.sh('ip address add 192.0.2.7/32 dev lo');
    await namespace.sh('ip route add local 203.0.113.0/24 dev lo');
    await namespace.sh('ip route add 198.51.100.0/24 dev lo');
    const child = namespace.spawn([
      process.execPath,
      bin,
      'live',
      '--format',
      'ndjson',
      '-c',
      '3',
      'icmp[0] == 8',
    ]);
    const result = finished(child);
    const pings = ['192.0.2.7', '203.0.113.99', '198.51.100.9'];
    const senders = pings.map((address) => namespace.spawn(['ping', '-i', '0.3', address]));
    const { stdout } = await result;
    for (const sender of senders) sender.kill();
    const verdicts = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { dst: string; locality: string; evidence: string });
    for (const { dst, locality, evidence } of verdicts) {
      t.is(locality, dst === '198.51.100.9' ? 'stray' : 'self-addressed', dst);
      t.is(evidence, 'live');
    }
  } finally {
    namespace.remove();
  }
});
