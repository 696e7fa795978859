/**
 * A verdict outlives what happens to its report: a reader that goes away, a file that cannot be written.
 */
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import test, { type ExecutionContext } from 'ava';
import { liveTest } from '../capture/ring-lab.js';
import { bin, capture, finished, run, start } from './run.js';

const leak = capture('leak-ingress-ipv6.pcap');

function temporaryFolder(t: ExecutionContext): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'loscope-report-'));
  t.teardown(() => fs.rmSync(folder, { recursive: true }));
  return folder;
}

/** How the program ends whose reader has gone before it writes. */
async function codeWithoutReader(args: readonly string[], input: Uint8Array): Promise<number | null> {
  const child = start(args);
  const result = finished(child);
  child.stdout.destroy();
  child.stdin.end(input);
  const { code, stderr } = await result;
  return stderr.includes('EPIPE') ? Number.NaN : code;
}

const whole = fs.readFileSync(leak);
const cut = whole.subarray(0, 24 + 7);
for (const [title, args, input, expected] of [
  ['a leak', ['verify', '-'], whole, 1],
  ['a leak as JSON', ['verify', '-', '--format', 'json'], whole, 1],
  ['a blind check', ['verify', '-'], cut, 3],
  ['a summary', ['summary', '-q', '-'], whole, 0],
  ['packets', ['read', '-q', '-'], whole, 0],
] as const) {
  test(`a reader that goes away leaves ${title} its exit code, ${expected}`, async (t) => {
    t.is(await codeWithoutReader(args, input), expected);
  });
}

for (const [title, link] of [
  ['itself', (file: string) => file],
  ['itself by a link', (file: string) => symbolic(file)],
  ['itself by another name', (file: string) => hard(file)],
] as const) {
  for (const command of ['verify', 'summary']) {
    test(`${command} does not write its report over the capture ${title}`, async (t) => {
      const file = path.join(temporaryFolder(t), 'x.pcap');
      fs.copyFileSync(leak, file);
      const { code, stderr } = await run([command, file, '-o', link(file)]);
      t.is(code, 2);
      t.regex(stderr, /^loscope: -o .*: is the capture .*x\.pcap itself \(name a file .*\)\n$/);
      t.deepEqual(fs.readFileSync(file), whole);
    });
  }
}

function symbolic(file: string): string {
  fs.symlinkSync(file, `${file}.link`);
  return `${file}.link`;
}

function hard(file: string): string {
  fs.linkSync(file, `${file}.name`);
  return `${file}.name`;
}

test('a report does not go over the capture that is standard input', (t) => {
  const file = path.join(temporaryFolder(t), 'x.pcap');
  fs.copyFileSync(leak, file);
  const input = fs.openSync(file, 'r');
  const { status } = spawnSync(process.execPath, [bin, 'verify', '-', '-o', file], {
    stdio: [input, 'ignore', 'ignore'],
  });
  fs.closeSync(input);
  t.is(status, 2);
  t.deepEqual(fs.readFileSync(file), whole);
});

for (const [title, file, reason] of [
  ['a folder that is not there', 'nope/report.json', 'the folder does not exist'],
  ['a folder', '.', 'is a folder'],
] as const) {
  liveTest(`${title} is refused before the watch begins`, async (t) => {
    const output = path.join(temporaryFolder(t), file);
    const { code, stderr } = await run(['verify', '--for', '5', '-o', output]);
    t.is(code, 2);
    t.is(stderr, `loscope: -o ${output}: ${reason} (name a file that can be written)\n`);
  });
}

liveTest('a full disk leaves the report of before, nothing beside it, and the verdict is said', async (t) => {
  const folder = temporaryFolder(t);
  const commands = [
    `mount -t tmpfs -o size=4k disk ${folder}`,
    `echo before > ${folder}/r.json`,
    `${process.execPath} ${bin} verify ${leak} ${leak} --format sarif -o ${folder}/r.json`,
    'echo $?',
    `ls -A ${folder}`,
    `cat ${folder}/r.json`,
  ];
  const { stdout, stderr } = spawnSync('unshare', ['-m', 'sh', '-c', commands.join('; ')], {
    encoding: 'utf8',
  });
  t.is(stdout, '2\nr.json\nbefore\n');
  t.regex(stderr, /^loscope: LEAK: 6 frames that .*\nloscope: -o .*r\.json: ENOSPC: no space left.*\n$/);
});

test('a report takes the place of another as a whole, by a link too, and keeps its mode', async (t) => {
  const folder = temporaryFolder(t);
  const file = path.join(folder, 'r.json');
  fs.writeFileSync(file, 'x'.repeat(100_000), { mode: 0o640 });
  const { code } = await run(['verify', leak, '--format', 'json', '-o', symbolic(file)]);
  t.is(code, 1);
  t.is(JSON.parse(fs.readFileSync(file, 'utf8')).verdict, 'leak');
  t.is(fs.statSync(file).mode & 0o777, 0o640);
  t.deepEqual(fs.readdirSync(folder), ['r.json', 'r.json.link']);
});

test('a pipe takes a report and stays a pipe', async (t) => {
  const pipe = path.join(temporaryFolder(t), 'pipe');
  spawnSync('mkfifo', [pipe]);
  const reader = spawn('cat', [pipe], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [{ code }, text] = await Promise.all([
    run(['verify', leak, '-o', pipe]),
    reader.stdout.setEncoding('utf8').toArray(),
  ]);
  t.is(code, 1);
  t.regex(text.join(''), /^LEAK: /);
  t.true(fs.statSync(pipe).isFIFO());
});
