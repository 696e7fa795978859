import process from 'node:process';
import test from 'ava';
import { systemPath } from '../../src/host/host-command.js';
import { labTest, liveTest } from '../capture/ring-lab.js';
import type { Namespace } from '../lab/netns.js';
import { bin, finished, type Result, run, start } from './run.js';

const nobody = 65534;
// npm puts another program named nft in front.
process.env.PATH = `${systemPath}:${process.env.PATH}`;

interface Doctor {
  schema: string;
  exitCode: number;
  netns: string | null;
  checks: { theme: string; state: string; id: string | null; interface: string; title: string }[];
  findings: {
    id: string;
    severity: string;
    interface: string;
    evidence: { text: string }[];
    advice?: string;
    fix: string;
  }[];
}

/** The doctor, as run inside of a namespace. */
function inside(namespace: Namespace, ...before: string[]): Promise<Result> {
  return finished(namespace.spawn([...before, process.execPath, bin, 'doctor', '--format', 'json']));
}

labTest(
  'doctor finds a sound namespace sound: it captures loopback once, and only notes are left',
  async (t, lab) => {
    const { code, stdout, stderr } = await inside(lab);
    t.is(stderr, '');
    t.is(code, 0);
    const doctor = JSON.parse(stdout) as Doctor;
    t.like(doctor, { schema: 'loscope.doctor/1', exitCode: 0, netns: null });
    const titles = doctor.checks.filter(({ state }) => state === 'ok').map(({ title }) => title);
    for (const title of [
      'the fast live engine is compiled and loads',
      'live captures use the fast engine: this process may open packet sockets',
      'datagrams to 127.0.0.1 are captured, each once',
      'the loopback interface is up',
      'its MTU is 65536',
      '127.0.0.0/8 is LOCAL in the table local',
      'route_localnet is off: 127/8 neither enters nor leaves by another interface',
      'no firewall rule rewrites addresses to or from loopback’s',
    ]) {
      t.true(titles.includes(title), title);
    }
    t.deepEqual(
      doctor.findings.filter(({ severity }) => severity !== 'note'),
      [],
    );
  },
);

labTest('doctor --netns looks into another namespace: a line and a fix for each finding', async (t, lab) => {
  await lab.sh('ip link add a0 type veth peer name b0');
  await lab.sh('sysctl -qw net.ipv4.conf.a0.route_localnet=1');
  const { code, stdout } = await run(['doctor', '--netns', lab.name, '--color', 'never']);
  t.is(code, 0);
  t.true(stdout.startsWith(`network namespace /run/netns/${lab.name}\n\nprogram\n  ok `));
  t.regex(stdout, /\n {2}warning a0: neighbours can reach services .*\n(?: {10}.*\n)+/);
  t.true(stdout.includes('\n            net.ipv4.conf.a0.route_localnet = 1\n'));
  const fix = `ip netns exec ${lab.name} sysctl -w net.ipv4.conf.a0.route_localnet=0`;
  t.true(stdout.includes(`\n          fix: ${fix}\n`));
  t.regex(stdout, /\n\n\d+ ok, 1 warning, \d+ notes?\n$/);
  t.true(stdout.split('\n').every((line) => line.length <= 100 || line.includes('fix: ')));
});

labTest('doctor names a namespace whose loopback is down, and what brings it up', async (t, lab) => {
  await lab.sh('ip link set lo down');
  const { code, stdout } = await run(['doctor', '--format', 'json']);
  t.true(code === 0 || code === 3);
  const { findings } = JSON.parse(stdout) as Doctor;
  const path = `/run/netns/${lab.name}`;
  const down = findings.find(({ evidence }) => evidence.some(({ text }) => text === `lo: not UP (${path})`));
  t.like(down, { id: 'setting-loopback-down', fix: `ip netns exec ${lab.name} ip link set lo up` });
});

labTest(
  'rules of a firewall whose tool cannot be run are said not to be looked at: exit code 3',
  async (t, lab) => {
    try {
      await lab.sh('nft add table ip web');
    } catch {
      t.log('skipped: nft is not installed');
      t.pass();
      return;
    }
    const withoutNft = 'mount --bind /dev/null "$(readlink -f "$(command -v nft)")" && exec "$@"';
    const { code, stdout, stderr } = await inside(lab, 'unshare', '-m', 'sh', '-c', withoutNft, 'sh');
    t.is(code, 3, stderr);
    const doctor = JSON.parse(stdout) as Doctor;
    t.is(doctor.exitCode, 3);
    const blind = doctor.checks.filter(({ state }) => state === 'blind');
    t.deepEqual(
      blind.map(({ id, title }) => [id, title]),
      [['setting-unseen', 'not looked at: nftables rules in ip web']],
    );
    t.false(doctor.checks.some(({ theme, state }) => theme === 'firewall' && state === 'ok'));
  },
);

liveTest('doctor tells a user without privilege that it is blind, and how to see', async (t) => {
  const child = start(['doctor', '--format', 'json'], { uid: nobody, gid: nobody });
  const { code, stdout, stderr } = await finished(child);
  if (/EACCES|Cannot find/.test(stderr)) {
    t.log('skipped: nobody may not read this folder');
    t.pass();
    return;
  }
  t.is(code, 3);
  const { findings } = JSON.parse(stdout) as Doctor;
  const privilege = findings.find(({ id }) => id === 'program-privilege')!;
  t.is(privilege.evidence[0].text, 'this process: needs cap_net_raw');
  t.regex(privilege.fix, /^sudo .*grant\.mjs$/);
  const unseen = findings.find(({ id }) => id === 'setting-unseen')!;
  t.like(unseen, { severity: 'note', advice: 'run as root', fix: '' });
});

labTest(
  'namespaces that may not be entered make doctor blind, also of root, who is told which capability it lacks',
  async (t, lab) => {
    const { code, stdout } = await inside(lab, 'setpriv', '--bounding-set', '-sys_admin');
    t.is(code, 3);
    const { checks, findings } = JSON.parse(stdout) as Doctor;
    t.is(checks.find(({ id }) => id === 'namespaces-unseen')?.state, 'blind');
    const { evidence, ...unseen } = findings.find(({ id }) => id === 'namespaces-unseen')!;
    t.regex(evidence[0].text, /: this user may not enter$/);
    t.is(unseen.advice, 'Run with cap_sys_admin and cap_sys_ptrace.');
  },
);

test('doctor without the addon says what it cannot see, and does not fail', async (t) => {
  const child = start(['doctor', '--format', 'json'], { env: { ...process.env, LOSCOPE_NO_NATIVE: '1' } });
  const { code, stdout, stderr } = await finished(child);
  t.is(stderr, '');
  t.is(code, 3);
  const { findings } = JSON.parse(stdout) as Doctor;
  t.like(
    findings.find(({ id }) => id === 'program-engine'),
    { severity: 'warning', evidence: [{ text: 'LOSCOPE_NO_NATIVE is set' }], fix: 'unset LOSCOPE_NO_NATIVE' },
  );
});

test('doctor refuses what is no namespace, and operands', async (t) => {
  const none = await run(['doctor', '--netns', 'no-such']);
  t.is(none.code, 2);
  t.regex(none.stderr, /^loscope: --netns no-such: no such network namespace \(`ip netns` lists names\)\n$/);
  const operand = await run(['doctor', 'lo']);
  t.is(operand.code, 2);
});
