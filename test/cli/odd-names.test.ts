/**
 * Interfaces whose names are not what one expects: the kernel allows any bytes but '/', ':' and its own blanks. Each is
 * listed, watched and captured under its name, and none reaches the terminal as it is.
 */
import { FrameSender } from '../../src/capture/frame-sender.js';
import { textOfBytes } from '../../src/format/kernel-text.js';
import { labTest } from '../capture/ring-lab.js';
import type { Namespace } from '../lab/netns.js';
import { leakyFrames } from '../verify/wrapped-frames.js';
import { finished, printed, run, start } from './run.js';

/** As printf(1) writes them. */
const written = [
  'v\\303\\2510',
  'v\\3510',
  'a"b',
  '$(x)',
  '-x',
  "it's",
  '\\033[31m',
  'e\\342\\200\\203m',
  '\\342\\200\\250x',
];
const names = [
  'vé0',
  textOfBytes(Uint8Array.of(0x76, 0xe9, 0x30)),
  'a"b',
  '$(x)',
  '-x',
  "it's",
  '\u001b[31m',
  'e\u2003m',
  '\u2028x',
];

async function makeInterfaces(lab: Namespace): Promise<void> {
  const make =
    'n=$(printf -- "$1"); ip link add name "$n" type veth peer name "$2" && ip link set "$n" up && ip link set "$2" up';
  for (const [i, name] of written.entries()) await lab.run('sh', '-c', make, 'sh', name, `p${i}`);
}

labTest('interfaces of any name are watched, and a leak is found on each', async (t, lab) => {
  await makeInterfaces(lab);
  const child = start(['verify', '--netns', lab.name, '--format', 'json', '--for', '1']);
  const result = finished(child);
  await printed(child, 'watching');
  for (const name of names) {
    const sender = new FrameSender(lab.name, name);
    t.true(sender.send(leakyFrames[0].bytes));
    sender.close();
  }
  const { code, stdout, stderr } = await result;
  t.is(code, 1);
  const record = JSON.parse(stdout) as {
    watched: { interface: string; framesMatched: number; dropped: number; blindBecause: string | null }[];
    findings: { id: string; interface: string; count: number }[];
  };
  for (const name of names) {
    const watched = record.watched.find((each) => each.interface === name);
    t.like(watched, { dropped: 0, blindBecause: null }, name);
    t.true(watched!.framesMatched > 0, 'by its own ring');
    const found = record.findings.filter(
      ({ id, interface: where }) => id === 'leak-egress' && where === name,
    );
    t.deepEqual(
      found.map(({ count }) => count),
      [1],
      name,
    );
  }
  t.false(stderr.includes('\u001b') || stderr.includes('\u2028'));
});

labTest('a leak on such an interface is told in text without its control characters', async (t, lab) => {
  await makeInterfaces(lab);
  const child = start(['verify', '--netns', lab.name, '--for', '0.5', '-i', 'vé0', '-i', '\u001b[31m']);
  const result = finished(child);
  await printed(child, 'watching vé0, \\x1b[31m for');
  const sender = new FrameSender(lab.name, '\u001b[31m');
  sender.send(leakyFrames[0].bytes);
  sender.close();
  const { code, stdout } = await result;
  t.is(code, 1);
  t.regex(stdout, /left by \\x1b\[31m/);
  t.false(stdout.includes('\u001b'));
});

labTest('they are listed, captured by name, and selected by the filter word', async (t, lab) => {
  await makeInterfaces(lab);
  const listed = await run(['interfaces', '--netns', lab.name, '--format', 'json']);
  const { interfaces } = JSON.parse(listed.stdout) as { interfaces: { name: string }[] };
  t.deepEqual(
    names.filter((name) => !interfaces.some((each) => each.name === name)),
    [],
  );
  const table = await run(['interfaces', '--netns', lab.name]);
  t.regex(table.stdout, /^v\\xe90 +up/m);
  t.regex(table.stdout, /^\\x1b\[31m +up/m);

  const capture = ['live', '--netns', lab.name, '--format', 'ndjson', '-c', '1', '-i', 'a"b', '-i', 'vé0'];
  const senders = ['a"b', 'vé0'].map((name) => new FrameSender(lab.name, name));
  // What is sent before the capture has begun is not seen.
  const timer = setInterval(() => {
    for (const sender of senders) sender.send(leakyFrames[0].bytes);
  }, 20);
  try {
    for (const [name, filter] of [
      ['vé0', 'interface "vé0" and udp'],
      ['a"b', `interface 'a"b' and udp`],
    ]) {
      const { code, stdout, stderr } = await run([...capture, filter]);
      t.is(code, 0, stderr);
      t.is((JSON.parse(stdout) as { interface: string }).interface, name);
    }
  } finally {
    clearInterval(timer);
    for (const sender of senders) sender.close();
  }
});

labTest('a way out by such an interface names it', async (t, lab) => {
  await makeInterfaces(lab);
  await lab.sh('ip address add 10.79.0.1/24 dev vé0');
  const { code, stdout } = await run(['path', '--netns', lab.name, '10.79.0.2']);
  t.is(code, 0);
  t.regex(stdout, /dev vé0 table main/);
});
