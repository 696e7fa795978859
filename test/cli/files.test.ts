import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import { capture, finished, printed, run, start } from './run.js';

const handshake = capture('tcp-handshake-127.0.0.88-to-87.pcap');
const twoInterfaces = capture('two-interfaces-lo-and-eth0.pcapng');

function scratchFolder(): string {
  return fs.mkdtempSync(path.join(os.tmpdir(), 'loscope-test-'));
}

test('read prints a line a packet and the closing line', async (t) => {
  const { code, stdout, stderr } = await run(['read', handshake]);
  t.is(code, 0);
  t.is(stdout.trimEnd().split('\n').length, 8);
  t.regex(stdout, /loopback +tcp +127\.0\.0\.88:\d+ → 127\.0\.0\.87:8087 +SYN seq 0 win 65495/);
  t.is(stderr, '8 frames, 551 bytes, 0 dropped\n');
});

test('read --format ndjson prints loscope.packet/1', async (t) => {
  const { stdout } = await run(['read', '--format', 'ndjson', '-q', handshake]);
  const [first] = stdout.split('\n');
  t.like(JSON.parse(first), {
    schema: 'loscope.packet/1',
    number: 1,
    capLen: 74,
    origLen: 74,
    protocol: 'tcp',
    src: '127.0.0.88',
    dst: '127.0.0.87',
    dstPort: 8087,
    info: 'SYN seq 0 win 65495',
    locality: 'loopback',
    why: '127.0.0.87 is in 127.0.0.0/8',
    flow: 1,
  });
  t.regex(first, /"time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z"/);
});

test('read --format json prints one array, an empty one for an empty capture', async (t) => {
  const { stdout } = await run(['read', '--format', 'json', handshake]);
  t.is((JSON.parse(stdout) as unknown[]).length, 8);
  const headerOnly = fs.readFileSync(handshake).subarray(0, 24);
  const empty = await run(['read', '--format', 'json', '-'], headerOnly);
  t.is(empty.code, 0);
  t.deepEqual(JSON.parse(empty.stdout), []);
});

test('summary --format json is loscope.summary/1 with every member in its place', async (t) => {
  const { code, stdout } = await run(['summary', '--format', 'json', twoInterfaces]);
  t.is(code, 0);
  const summary = JSON.parse(stdout) as Record<string, unknown>;
  t.deepEqual(Object.keys(summary).slice(0, 13), [
    'schema',
    'sources',
    'frames',
    'capturedBytes',
    'originalBytes',
    'firstTime',
    'lastTime',
    'protocols',
    'localities',
    'evidence',
    'stops',
    'flows',
    'addresses',
  ]);
  t.deepEqual(Object.keys(summary.localities as object), [
    'loopback',
    'broadcast-copy',
    'multicast-copy',
    'self-addressed',
    'stray',
    'leak',
    'hairpin',
    'cast-original',
    'external',
    'not-ip',
    'undecoded',
  ]);
  t.deepEqual(Object.keys(summary.stops as object), [
    'complete',
    'truncated',
    'malformed',
    'unsupported',
    'fragment',
  ]);
  t.like(summary, { schema: 'loscope.summary/1', frames: 10 });
  const [source] = summary.sources as Record<string, unknown>[];
  t.like(source, { format: 'pcapng', engine: 'fast', complete: true, error: null });
  t.like((source.interfaces as unknown[])[1], { id: 1, name: 'eth0', linkType: 1, role: 'wire', frames: 5 });
});

test('several files are merged by time', async (t) => {
  const { stdout } = await run([
    'read',
    '--format',
    'ndjson',
    capture('tcp-reset.pcap'),
    handshake,
    twoInterfaces,
  ]);
  const times = stdout
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { time: string }).time);
  t.is(times.length, 24);
  t.deepEqual(times, times.toSorted());
});

test('a capture comes from standard input, plain or compressed', async (t) => {
  const bytes = fs.readFileSync(handshake);
  for (const input of [bytes, gzipSync(bytes)]) {
    const { code, stdout } = await run(['read', '-'], input);
    t.is(code, 0);
    t.is(stdout.trimEnd().split('\n').length, 8);
  }
});

test('a capture comes from a FIFO, and Ctrl-C ends the wait for one', async (t) => {
  const fifo = path.join(scratchFolder(), 'fifo');
  execFileSync('mkfifo', [fifo]);
  const child = start(['summary', '--format', 'json', fifo]);
  const result = finished(child);
  fs.writeFileSync(fifo, fs.readFileSync(handshake));
  t.like(JSON.parse((await result).stdout), { frames: 8 });
  const waiting = start(['read', '-']);
  const interrupted = finished(waiting);
  waiting.stdin.write(fs.readFileSync(handshake));
  await printed(waiting, '     8');
  waiting.kill('SIGINT');
  const { code, stderr } = await interrupted;
  t.is(code, 130);
  t.is(stderr, '8 frames, 551 bytes, 0 dropped\n');
});

test('a file cut short is read up to the cut, says where, and exits with 3', async (t) => {
  const { code, stdout, stderr } = await run(['summary', '--format', 'json', capture('truncated-file.pcap')]);
  t.is(code, 3);
  const summary = JSON.parse(stdout) as { frames: number; sources: { complete: boolean; error: string }[] };
  t.is(summary.frames, 4);
  t.false(summary.sources[0].complete);
  t.regex(summary.sources[0].error, /cut short: the record at byte 375 has 72 of its 82 bytes/);
  t.regex(stderr, /^loscope: .*truncated-file\.pcap: cut short.*\n4 frames, 287 bytes, 0 dropped\n$/);
});

const refusals: [title: string, args: string[], line: RegExp][] = [
  [
    'a file that is not there',
    ['read', '/nowhere/x.pcap'],
    /^loscope: \/nowhere\/x\.pcap: no such file \(.*\)\n$/,
  ],
  ['a directory', ['read', '/tmp'], /^loscope: \/tmp: is a directory \(.*\)\n$/],
  [
    'a file that is no capture',
    ['read', '/etc/passwd'],
    /^loscope: \/etc\/passwd: neither a pcap nor a pcapng/,
  ],
  [
    'a format that is none',
    ['read', '--format', 'xml', handshake],
    /^loscope: --format xml: not one of text, ndjson/,
  ],
  [
    'a host that is no address',
    ['read', '--host', '1.2.3', handshake],
    /^loscope: --host 1\.2\.3: not an address/,
  ],
  [
    'a role that is none',
    ['read', '--interface-role', 'lo=x', handshake],
    /^loscope: --interface-role lo=x: /,
  ],
  ['a missing file operand', ['summary'], /^loscope: missing required argument 'file' \(.*\)\n$/],
  ['an unknown option', ['read', '--nope', handshake], /^loscope: unknown option '--nope'/],
  ['an unknown command', ['sniff'], /^loscope: unknown command sniff \(.*\)\n$/],
  ['standard input twice', ['read', '-', '-'], /^loscope: - is named twice/],
  [
    'a longer time than a timer has',
    ['read', '--for', '3000000', handshake],
    /^loscope: --for 3000000: not a number of seconds above 0 and up to 2000000\n$/,
  ],
];

for (const [title, args, line] of refusals) {
  test(`${title} is refused in one line with exit code 2`, async (t) => {
    const { code, stdout, stderr } = await run(args);
    t.is(code, 2);
    t.is(stdout, '');
    t.regex(stderr, line);
    t.is(stderr.split('\n').length, 2);
  });
}

test('a filter that is none is refused with a caret under its place', async (t) => {
  const { code, stdout, stderr } = await run(['read', handshake, 'tcp', 'port', 'eighty']);
  t.is(code, 2);
  t.is(stdout, '');
  t.regex(stderr, /^loscope: filter: unknown service `eighty`, expected .*\ntcp port eighty\n {9}\^\n$/);
});

test('a filter over a file leaves its frames their numbers', async (t) => {
  const { code, stdout, stderr } = await run([
    'read',
    '--format',
    'ndjson',
    handshake,
    'tcp[tcpflags] & tcp-fin != 0',
  ]);
  t.is(code, 0);
  const numbers = stdout
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { number: number }).number);
  t.deepEqual(numbers, [6, 7]);
  t.regex(stderr, /^2 frames, /);
});

test('--dump-bpf shows the program for the link type of the file', async (t) => {
  const { code, stdout } = await run(['read', '--dump-bpf', handshake, 'ip']);
  t.is(code, 0);
  t.is(stdout.split('\n')[1], '(001) jeq      #0x800           jt 2\tjf 3');
  const asData = await run(['read', '--dump-bpf=json', handshake, 'ip']);
  const { linkType, instructions } = JSON.parse(asData.stdout) as {
    linkType: number;
    instructions: unknown[];
  };
  t.deepEqual([linkType, instructions.length], [1, 4]);
});

test('a summary is of the frames that its filter selects', async (t) => {
  const { code, stdout } = await run([
    'summary',
    '--format',
    'json',
    handshake,
    'tcp[tcpflags] & tcp-syn != 0',
  ]);
  t.is(code, 0);
  const { frames, protocols } = JSON.parse(stdout) as { frames: number; protocols: { tcp: number } };
  t.deepEqual([frames, protocols.tcp], [2, 2]);
});

test('a closed pipe ends the program quietly', async (t) => {
  const child = start(['read', ...Array.from({ length: 200 }, () => handshake)]);
  const result = finished(child);
  child.stdout.once('data', () => child.stdout.destroy());
  const { stderr } = await result;
  t.notRegex(stderr, /EPIPE|Error|at /);
});

test('--host settles what is own, --interface-role what is a wire', async (t) => {
  const file = capture('hairpin-router-pings-itself.pcap');
  const { stdout } = await run([
    'summary',
    '--format=json',
    '--host=10.77.0.1/30',
    '--interface-role',
    'hairpin-router-pings-itself.pcap=wire',
    file,
  ]);
  const { localities, evidence } = JSON.parse(stdout) as Record<string, Record<string, unknown>>;
  t.like(localities, { hairpin: { frames: 8 }, external: { frames: 2 } });
  t.like(evidence, { given: 8, none: 2 });
});

test('-c stops after so many packets, over all files', async (t) => {
  const { code, stdout, stderr } = await run(['read', '-c', '10', handshake, twoInterfaces]);
  t.is(code, 0);
  t.is(stdout.trimEnd().split('\n').length, 10);
  t.regex(stderr, /^10 frames, /);
});

test('hostile names in a path do not reach the terminal', async (t) => {
  const { stderr } = await run(['read', '/nowhere/\u001b[31mred\u202e']);
  t.true(stderr.includes('\\x1b[31mred\\u{202e}'));
});

test('read --follow prints what is added to a file, and ends by -c', async (t) => {
  const folder = scratchFolder();
  const file = path.join(folder, 'growing.pcap');
  const bytes = fs.readFileSync(handshake);
  fs.writeFileSync(file, bytes.subarray(0, 24 + 16 + 74));
  const child = start(['read', '--follow', '-c', '8', file]);
  const result = finished(child);
  await printed(child, 'SYN seq 0');
  for (let at = 24 + 16 + 74; at < bytes.length; at += 50)
    fs.appendFileSync(file, bytes.subarray(at, at + 50));
  const { code, stdout, stderr } = await result;
  t.is(code, 0);
  t.is(stdout.trimEnd().split('\n').length, 8);
  t.is(stderr, '8 frames, 551 bytes, 0 dropped\n');
  fs.rmSync(folder, { recursive: true });
});

test('read --follow ends by --for and by SIGINT, with what was read', async (t) => {
  const timed = await run(['read', '--follow', '--for', '.3', '--format', 'none', handshake]);
  t.like(timed, { code: 0, stderr: '8 frames, 551 bytes, 0 dropped\n' });
  const child = start(['read', '--follow', handshake]);
  const result = finished(child);
  await printed(child, 'FIN');
  child.kill('SIGINT');
  t.like(await result, { code: 130, stderr: '8 frames, 551 bytes, 0 dropped\n' });
});

test('a followed file that is cut short is said and ends with exit code 3', async (t) => {
  const folder = scratchFolder();
  const file = path.join(folder, 'cut.pcap');
  fs.copyFileSync(handshake, file);
  const child = start(['read', '--follow', file]);
  const result = finished(child);
  await printed(child, 'FIN');
  fs.truncateSync(file, 10);
  const { code, stderr } = await result;
  t.is(code, 3);
  t.regex(stderr, /cut\.pcap: the file was cut to 10 bytes while it was followed/);
  fs.rmSync(folder, { recursive: true });
});

test('what cannot be followed is refused with exit code 2', async (t) => {
  t.like(await run(['read', '--follow', '-']), { code: 2 });
  const packed = capture('big-tcp-ipv6.pcap.gz');
  const { code, stderr } = await run(['read', '--follow', packed]);
  t.is(code, 2);
  t.regex(stderr, /gzip data cannot be followed, only a plain file \(leave --follow out\)\n$/);
});
