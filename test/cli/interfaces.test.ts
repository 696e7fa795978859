import process from 'node:process';
import test from 'ava';
import { liveTest } from '../capture/ring-lab.js';
import { makeNamespace } from '../lab/netns.js';
import { bin, finished, run, start } from './run.js';

const nobody = 65534;

interface Survey {
  schema: string;
  netns: string | null;
  interfaces: {
    name: string;
    up: boolean;
    role: string;
    linkType: number;
    mtu: number;
    addresses: string[];
    engine: string;
  }[];
  attempts: { by: string; ok: boolean; reason: string | null }[];
  fix: string | null;
}

liveTest('interfaces lists what can be captured, in a namespace of its own', async (t) => {
  const namespace = await makeNamespace();
  try {
    await namespace.sh('ip link add a0 type veth peer name b0');
    await namespace.sh('ip address add 192.0.2.7/24 dev a0');
    const child = namespace.spawn([process.execPath, bin, 'interfaces', '--format', 'json']);
    const { code, stdout, stderr } = await finished(child);
    t.is(code, 0);
    t.is(stderr, '');
    const survey = JSON.parse(stdout) as Survey;
    t.is(survey.schema, 'loscope.interfaces/1');
    const byName = new Map(survey.interfaces.map((each) => [each.name, each]));
    t.like(byName.get('lo'), { up: true, role: 'loopback', linkType: 1, mtu: 65536, engine: 'fast' });
    t.like(byName.get('a0'), { up: false, role: 'wire', linkType: 1, mtu: 1500, engine: 'fast' });
    t.deepEqual(
      survey.attempts.map(({ by }) => by),
      ['this process', 'loscope-open', 'reference engine'],
    );
    t.like(survey.attempts[0], { ok: true, reason: null });
    t.is(survey.fix, null);
  } finally {
    namespace.remove();
  }
});

liveTest('interfaces --netns lists those of another namespace, with their addresses', async (t) => {
  const namespace = await makeNamespace();
  try {
    await namespace.sh('ip link add a0 type veth peer name b0');
    await namespace.sh('ip address add 192.0.2.7/24 dev a0');
    const { code, stdout } = await run(['interfaces', '--netns', namespace.name, '--format', 'json']);
    t.is(code, 0);
    const survey = JSON.parse(stdout) as Survey;
    t.is(survey.netns, namespace.name);
    const byName = new Map(survey.interfaces.map((each) => [each.name, each]));
    t.deepEqual([...byName.keys()].sort(), ['a0', 'b0', 'lo']);
    t.deepEqual(byName.get('lo')!.addresses, ['127.0.0.1/8', '::1/128']);
    t.like(byName.get('a0'), { up: false, role: 'wire', addresses: ['192.0.2.7/24'], engine: 'fast' });
    t.like(survey.attempts[2], { ok: false, reason: 'cannot enter a network namespace' });
  } finally {
    namespace.remove();
  }
});

liveTest('interfaces tells a user without privilege what is missing and what to do', async (t) => {
  const child = start(['interfaces'], { uid: nobody, gid: nobody });
  const { code, stdout, stderr } = await finished(child);
  if (/EACCES|Cannot find/.test(stderr)) {
    t.log('skipped: nobody may not read this folder');
    t.pass();
    return;
  }
  t.is(code, 0);
  t.regex(stdout, /^interface +state +role +link type +mtu +engine +addresses\n/);
  t.regex(stdout, /^lo +up +loopback +EN10MB +65536 +none /m);
  t.regex(stdout, /1\. this process +no: needs cap_net_raw\n/);
  t.regex(stdout, /\ncapture without being root: sudo .*grant\.mjs\n$/);
});

test('interfaces takes no operands', async (t) => {
  const { code, stderr } = await run(['interfaces', 'lo']);
  t.is(code, 2);
  t.regex(stderr, /^loscope: too many arguments/);
});
