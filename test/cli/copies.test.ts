/**
 * `loscope live --observe-copies` in a lab: what it prints and writes, and that its table goes with it, however it ends.
 */
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { type Lab, script, startScript } from '../lab/lab.js';
import { ruleset } from '../lab/nft.js';
import { copiesTest } from './copies-lab.js';
import { bin, finished, printed, run, start } from './run.js';

/** Starts live in the lab's host; resolves when its table is there, which comes last of all that it opens. */
async function startLive(
  lab: Lab,
  args: readonly string[],
  env = process.env,
): Promise<ChildProcessWithoutNullStreams> {
  const child = start(['live', '--netns', lab.host.name, '-i', 'lo', '-i', 'eth0', ...args], { env });
  while (!(await ruleset(lab.host)).includes(`loscope-${child.pid}-`)) {
    if (child.exitCode !== null) throw new Error(`ended with ${child.exitCode}`);
  }
  return child;
}

type Packet = Readonly<Record<string, unknown>>;

function packetsOf(ndjson: string): Packet[] {
  return ndjson
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Packet);
}

const isCopy = ({ locality }: Packet): boolean => String(locality).endsWith('-copy');

copiesTest(
  'copies are shown with their originals, and the file that is written keeps them',
  async (t, lab) => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'loscope-copies-'));
    const file = path.join(folder, 'written.pcapng');
    try {
      const filter = ['udp', 'port', '5000'];
      const child = await startLive(lab, ['--observe-copies', '--format', 'ndjson', '-w', file, ...filter]);
      const result = finished(child);
      const last = printed(child, '"dst":"ff02::77"');
      await script(lab.host, 'udp.py --to 10.77.0.3 --receive 0.0.0.0 --count 2');
      await script(lab.host, 'udp.py --device eth0 --to 255.255.255.255 --receive 0.0.0.0 --size 4000');
      await script(lab.host, 'udp.py --multicast-device eth0 --to 239.77.0.1 --receive 0.0.0.0');
      await script(lab.neighbour, 'udp.py --to 10.77.0.3 --expect 0');
      await script(lab.host, 'udp.py --multicast-device eth0 --to ff02::77%eth0 --receive ::');
      await last;
      child.kill('SIGINT');
      const { code, stdout, stderr } = await result;
      t.is(code, 130);
      t.regex(stderr, /^\d+ frames, [\d,]+ bytes, 0 dropped\n$/);
      t.is(await ruleset(lab.host), '');

      const packets = packetsOf(stdout);
      const copies = packets.filter(isCopy);
      t.deepEqual(
        copies.map(({ locality, dst, interface: name, evidence }) => [locality, dst, name, evidence]),
        [
          ['broadcast-copy', '10.77.0.3', 'copies', 'observed'],
          ['broadcast-copy', '10.77.0.3', 'copies', 'observed'],
          ['broadcast-copy', '255.255.255.255', 'copies', 'observed'],
          ['multicast-copy', '239.77.0.1', 'copies', 'observed'],
          ['multicast-copy', 'ff02::77', 'copies', 'observed'],
        ],
      );
      const originals = copies.map(({ why }) =>
        Number(/the original is frame (\d+)$/.exec(String(why))?.[1]),
      );
      t.is(new Set(originals).size, copies.length);
      for (const [i, number] of originals.entries()) {
        t.like(packets[number - 1], { locality: 'cast-original', interface: 'eth0', dst: copies[i].dst });
      }

      const again = packetsOf(
        (await run(['read', '--host', '10.77.0.1/30', '--format', 'ndjson', file])).stdout,
      );
      t.deepEqual(
        again.filter(isCopy).map(({ locality, dst, why }) => [locality, dst, why]),
        copies.map(({ locality, dst, why }) => [locality, dst, why]),
      );
      const summary = JSON.parse((await run(['summary', '--format', 'json', file])).stdout);
      t.is(summary.evidence.observed, 5);
      t.deepEqual(summary.inferredCopies, { broadcast: 0, multicast: 0 });
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  },
);

for (const signal of ['SIGINT', 'SIGTERM', 'SIGKILL'] as const) {
  copiesTest(`${signal} takes the table along`, async (t, lab) => {
    const child = await startLive(lab, ['--observe-copies', '--format', 'text']);
    const result = finished(child);
    const isRunning = printed(child, 'broadcast-copy');
    await script(lab.host, 'udp.py --to 10.77.0.3 --receive 0.0.0.0');
    await isRunning;
    child.kill(signal);
    const { code } = await result;
    t.is(code, { SIGINT: 130, SIGTERM: 143, SIGKILL: null }[signal]);
    t.is(await ruleset(lab.host), '');
  });
}

copiesTest(
  'a run that ends by itself leaves no table, and neither does one that could not begin',
  async (t, lab) => {
    const args = ['live', '--netns', lab.host.name, '--observe-copies', '--format', 'none', '--for', '0.2'];
    t.is((await run(args)).code, 0);
    t.is(await ruleset(lab.host), '');
    const refused = await run([...args, '-i', 'nope0']);
    t.is(refused.code, 2);
    t.is(await ruleset(lab.host), '');
    const filtered = await run([...args, 'ether', 'host', '02:00:00:00:00:01']);
    t.is(filtered.code, 2);
    t.regex(filtered.stderr, /^loscope: filter: .*ethernet/i);
    t.is(await ruleset(lab.host), '');
  },
);

copiesTest('it goes on as the user who invoked sudo, and the table still goes with it', async (t, lab) => {
  const sudo = { SUDO_UID: '65534', SUDO_GID: '65534' };
  const child = await startLive(lab, ['--observe-copies', '--format', 'text'], { ...process.env, ...sudo });
  const result = finished(child);
  const isRunning = printed(child, 'broadcast-copy');
  await script(lab.host, 'udp.py --to 10.77.0.3 --receive 0.0.0.0');
  await isRunning;
  t.regex(fs.readFileSync(`/proc/${child.pid}/status`, 'latin1'), /^Uid:\t65534\t65534\t65534/m);
  child.kill('SIGTERM');
  t.is((await result).code, 143);
  t.is(await ruleset(lab.host), '');
});

copiesTest('who may capture but not change tables is told so, with exit code 2', async (t, lab) => {
  const without = ['setpriv', '--bounding-set', '-net_admin', '--inh-caps', '-net_admin'];
  const args = ['live', '--observe-copies', '--format', 'none', '--for', '0.2'];
  const child = lab.host.spawn([...without, process.execPath, bin, ...args]);
  const { code, stderr } = await finished(child);
  t.is(code, 2);
  t.is(
    stderr,
    'loscope: --observe-copies: this user may not make an nftables table: needs cap_net_admin ' +
      '(run as root, or leave it out: copies are then inferred)\n',
  );
});

copiesTest('without the option copies are inferred, and said to be', async (t, lab) => {
  // A member that is there all the time; what it would hear goes to another port.
  const member = '--multicast-device eth0 --to 239.77.0.1 --receive 0.0.0.0 --port 5999';
  await startScript(lab.host, `udp.py --wait ${member}`);
  const args = ['live', '--netns', lab.host.name, '-i', 'eth0', '--format', 'text', 'udp'];
  const child = start(args);
  const result = finished(child);
  const heard = printed(child, '239.77.0.1:5000');
  const toGroup = 'udp.py --multicast-device eth0 --to 239.77.0.1 --count 3 --expect 0';
  // Sent until it is seen: nothing tells from outside that the capture has begun.
  let isHeard = false;
  void heard.then(() => {
    isHeard = true;
  });
  while (!isHeard) await script(lab.host, toGroup);
  const last = printed(child, '255.255.255.255:5000');
  await script(lab.host, 'udp.py --multicast-device eth0 --to 239.77.0.2 --expect 0');
  await script(lab.host, 'udp.py --to 10.77.0.3 --receive 0.0.0.0');
  await script(lab.host, 'udp.py --device eth0 --to 255.255.255.255 --receive 0.0.0.0');
  await last;
  child.kill('SIGINT');
  const { stdout, stderr } = await result;
  const toMembers = stdout.split('\n').filter((line) => line.includes('239.77.0.1:5000')).length;
  t.regex(
    stderr,
    new RegExp(
      `^\\d+ frames, .*\\nand 2 broadcast copies, ${toMembers} multicast copies that looped back unseen ` +
        '\\(inferred from the originals; --observe-copies shows them\\)\\n$',
    ),
  );
});
