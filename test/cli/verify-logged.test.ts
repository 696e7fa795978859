/**
 * `loscope verify` over captures of the packet log: our own, with observed copies, and tcpdump's, with a leak in it.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import { type Lab, NEIGHBOUR_MAC, script } from '../lab/lab.js';
import { nft, ruleset } from '../lab/nft.js';
import { startTap } from '../lab/tap.js';
import { copiesTest } from './copies-lab.js';
import { finished, printed, run, start } from './run.js';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'loscope-logged-'));
test.after.always(() => fs.rmSync(folder, { recursive: true, force: true }));

interface Found {
  readonly id: string;
  readonly severity: string;
  readonly evidence: readonly { readonly frame: number }[];
}

/** The numbers of the frames that verify finds, and of those that `read` calls leaks. */
async function framesOf(
  file: string,
): Promise<{ verdict: string; found: number[]; read: number[]; text: string }> {
  const { stdout } = await run(['verify', '--format', 'json', file]);
  const { verdict, findings } = JSON.parse(stdout);
  const errors = (findings as Found[]).filter(({ severity }) => severity === 'error');
  const lines = (await run(['read', '--format', 'ndjson', file])).stdout.trimEnd().split('\n');
  const packets = lines.map((line) => JSON.parse(line));
  return {
    verdict,
    found: errors.flatMap(({ evidence }) => evidence.map(({ frame }) => frame)).sort((a, b) => a - b),
    read: packets.filter(({ locality }) => locality === 'leak').map(({ number }) => number),
    text: stdout,
  };
}

/** With 127.0.0.1 as source to the neighbour. */
async function leak({ host }: Lab): Promise<void> {
  await script(host, 'udp.py --source 127.0.0.1 --to 10.77.0.2');
}

async function letOut({ host }: Lab): Promise<void> {
  await host.sysctl('net.ipv4.conf.eth0.route_localnet', 1);
  await host.sh(`ip neigh replace 10.77.0.2 lladdr ${NEIGHBOUR_MAC} dev eth0 nud permanent`);
}

copiesTest(
  'a capture with observed copies is clean without a leak, and has the one that there is',
  async (t, lab) => {
    await letOut(lab);
    for (const leaks of [false, true]) {
      const file = path.join(folder, `copies-${leaks}.pcapng`);
      const args = [
        'live',
        '--netns',
        lab.host.name,
        '-i',
        'eth0',
        '--observe-copies',
        '--format',
        'ndjson',
        '-w',
        file,
      ];
      const child = start([...args, 'udp', 'port', '5000']);
      const result = finished(child);
      while (!(await ruleset(lab.host)).includes(`loscope-${child.pid}-`)) {
        if (child.exitCode !== null) throw new Error(`ended with ${child.exitCode}`);
      }
      const last = printed(child, '"locality":"broadcast-copy"');
      if (leaks) await leak(lab);
      await script(lab.host, 'udp.py --to 10.77.0.3 --receive 0.0.0.0');
      await last;
      child.kill('SIGINT');
      await result;
      const { verdict, found, read, text } = await framesOf(file);
      t.is(verdict, leaks ? 'leak' : 'clean', text);
      t.deepEqual(found, read);
      t.is(read.length, leaks ? 1 : 0);
      t.regex(text, /"interface": "copies",\s+"file": "[^"]*",\s+"role": "loopback"/);
    }
  },
);

copiesTest(
  'a capture of a group of the packet log has the leaks that read shows, and no others',
  async (t, lab) => {
    await letOut(lab);
    for (const hook of ['prerouting', 'postrouting']) {
      await lab.host.sh(`${nft} add table inet lab`);
      const base = `{ type filter hook ${hook} priority -300; }`;
      await lab.host.run(nft, 'add', 'chain', 'inet', 'lab', hook, base);
      await lab.host.run(
        nft,
        'add',
        'rule',
        'inet',
        'lab',
        hook,
        'udp',
        'dport',
        '5000',
        'log',
        'group',
        '5',
      );
    }
    const file = path.join(folder, 'group.pcap');
    const tap = await startTap(lab.host, file, { devices: ['nflog:5'] });
    await script(lab.host, 'udp.py --to 127.0.0.1 --receive 127.0.0.1');
    await script(lab.host, 'udp.py --to 10.77.0.2');
    await leak(lab);
    await script(lab.host, 'udp.py --to ::1 --receive ::1');
    await tap.settled(6);
    await tap.stop();
    const { verdict, found, read, text } = await framesOf(file);
    t.is(verdict, 'leak', text);
    t.is(found.length, 1);
    t.deepEqual(found, read);
    t.regex(text, /"id": "leak-egress"/);
  },
);
