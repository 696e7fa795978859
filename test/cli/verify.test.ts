import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import test from 'ava';
import { liveTest } from '../capture/ring-lab.js';
import { type Lab, makeLab } from '../lab/lab.js';
import { bin, capture, finished, printed, run, start } from './run.js';

const nobody = 65534;
const program = [process.execPath, bin, 'verify'] as const;

async function inLab(body: (lab: Lab) => Promise<void>): Promise<void> {
  const lab = await makeLab();
  try {
    await body(lab);
  } finally {
    lab.remove();
  }
}

for (const [signal, expected] of [['SIGINT', 130] as const, ['SIGTERM', 143] as const]) {
  liveTest(
    `verify that ${signal} ends says that it was interrupted, with the same exit code in its report`,
    (t) =>
      inLab(async (lab) => {
        for (const format of ['json', 'sarif']) {
          const child = lab.host.spawn([...program, '--format', format]);
          const result = finished(child);
          await printed(child, 'watching');
          child.kill(signal);
          const { code, stdout } = await result;
          t.is(code, expected);
          const record = JSON.parse(stdout);
          if (format === 'json')
            t.like(record, { verdict: 'blind', exitCode: expected, blindBecause: 'it was interrupted' });
          else t.is(record.runs[0].invocations[0].exitCode, expected);
        }
      }),
  );
}

/** Whether that user can reach the program at all. */
function canRead(uid: number): boolean {
  try {
    execFileSync(process.execPath, [bin, '--version'], { uid, gid: uid, stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

liveTest('a user who may not capture gets a blind verdict that says how to get the right', async (t) => {
  if (!canRead(nobody)) {
    t.log('skipped: nobody may not read this folder');
    t.pass();
    return;
  }
  await inLab(async ({ host }) => {
    const child = host.spawn([
      'setpriv',
      `--reuid=${nobody}`,
      '--clear-groups',
      ...program,
      '--format',
      'json',
      '--for',
      '0.2',
    ]);
    const { code, stdout } = await finished(child);
    const record = JSON.parse(stdout);
    t.is(code, 3);
    t.is(record.verdict, 'blind');
    t.is(record.canary, 'unmade');
    // Not what else could not be done for the same reason.
    t.regex(record.blindBecause, /^this user may not capture packets: .*needs cap_net_raw \(run as root/);
    t.is(record.watched[0].blindBecause, record.blindBecause);
    t.is(record.exitCode, 3);
  });
});

liveTest('a check whose canary cannot be made is blind, and says why', (t) =>
  inLab(async ({ host }) => {
    await host.sh('ip link set lo down');
    // Packet sockets and nothing else, as root in a container usually has.
    const capturing = ['setpriv', '--bounding-set', '-sys_admin,-net_admin'];
    const child = host.spawn([...capturing, ...program, '--format', 'json', '--for', '0.2']);
    const { code, stdout } = await finished(child);
    const { verdict, blindBecause, watched } = JSON.parse(stdout);
    t.is(code, 3);
    t.is(verdict, 'blind');
    t.regex(blindBecause, /^that a leak would be seen could not be tried: no veth pair .* and lo: /);
    t.is(watched[0].blindBecause, null);
  }),
);

liveTest('without any permission the text says that first, and once', async (t) => {
  if (!canRead(nobody)) {
    t.log('skipped: nobody may not read this folder');
    t.pass();
    return;
  }
  await inLab(async ({ host }) => {
    const user = ['setpriv', `--reuid=${nobody}`, '--clear-groups'];
    const { stdout } = await finished(host.spawn([...user, ...program, '--for', '0.2']));
    t.regex(stdout, /^BLIND: this user may not capture packets: .*\); nothing was seen\n/);
    const every = await finished(host.spawn([...user, ...program, '--for', '0.2', '--all-netns']));
    t.regex(
      every.stdout,
      /^BLIND: \d+ places not seen in whole, the first .*: this user may not .*; nothing was seen\n/,
    );
  });
});

const refusals: [title: string, args: string[], line: RegExp][] = [
  [
    'a loopback interface',
    ['-i', 'lo'],
    /^loscope: lo: is a loopback interface: nothing on it can leak \(.*\)\n$/,
  ],
  [
    'an interface that is not there',
    ['-i', 'nope0'],
    /^loscope: nope0: no such interface \(there are: .*\)\n$/,
  ],
  [
    'a format of another command',
    ['--format', 'ndjson'],
    /^loscope: --format ndjson: not one of text, json, junit, sarif\n$/,
  ],
  ['a namespace that is not there', ['--netns', 'nope'], /^loscope: --netns nope: no such network namespace/],
  [
    'an interface beside files',
    ['-i', 'lo', capture('tcp-reset.pcap')],
    /^loscope: -i: is for watching, and files were named \(leave one out\)\n$/,
  ],
  ['addresses of a host that it can ask', ['--host', '10.0.0.1/8'], /^loscope: --host: is for captures;/],
  ['a file that is not there', ['nope.pcap'], /^loscope: nope\.pcap: .*\n$/],
  ['standard input twice', ['-', '-'], /^loscope: - is named twice/],
];
for (const [title, args, line] of refusals) {
  liveTest(`verify refuses ${title} in one line with exit code 2`, async (t) => {
    const { code, stdout, stderr } = await run(['verify', ...args]);
    t.is(code, 2);
    t.is(stdout, '');
    t.regex(stderr, line);
  });
}

test('a filter with a mistake is shown with a caret, also over files', async (t) => {
  const { code, stderr } = await run(['verify', capture('tcp-reset.pcap'), '--except', 'port eighty']);
  t.is(code, 2);
  t.regex(stderr, /^loscope: filter: .*\nport eighty\n {5}\^\n$/);
});

for (const [text, word] of [
  ['locality leak', 'locality'],
  ['host 10.0.0.1 or flow 12', 'flow'],
] as const) {
  test(`--except says of ${word} that it is not for it`, async (t) => {
    const { code, stderr } = await run(['verify', capture('tcp-reset.pcap'), '--except', text]);
    t.is(code, 2);
    t.regex(
      stderr,
      new RegExp(`^loscope: filter: loscope’s own words, as \`${word}\`, are not for --except`),
    );
    t.is(stderr.split('\n')[2].indexOf('^'), text.indexOf(word));
  });
}

test('-o writes the report, leaves standard output empty, and says the verdict on standard error', async (t) => {
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'loscope-verify-')), 'report.json');
  const args = ['verify', capture('leak-ingress-ipv6.pcap'), '--format', 'json', '-o', file];
  const { code, stdout, stderr } = await run(args);
  t.is(code, 1);
  t.is(stdout, '');
  t.regex(stderr, /^LEAK: \d+ frames? that should have stayed on loopback\n$/);
  t.is((await run([...args, '-q'])).stderr, '');
  t.is(JSON.parse(fs.readFileSync(file, 'utf8')).verdict, 'leak');
  fs.rmSync(path.dirname(file), { recursive: true });
});

test('a capture that comes by a pipe is checked', async (t) => {
  const child = start(['verify', '-', '--format', 'json']);
  child.stdin.end(fs.readFileSync(capture('leak-ingress-ipv6.pcap')));
  const { code, stdout } = await finished(child);
  t.is(code, 1);
  t.is(JSON.parse(stdout).findings[0].evidence[0].file, '-');
});
