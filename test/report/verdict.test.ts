import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import AjvModule from 'ajv-draft-04';
import test from 'ava';
import { InterfaceRole } from '../../src/capture/source.js';
import { plain } from '../../src/format/color.js';
import { ruleDescription } from '../../src/report/rule-descriptions.js';
import { verdictJson } from '../../src/report/verdict-json.js';
import { verdictJunit } from '../../src/report/verdict-junit.js';
import { verdictSarif } from '../../src/report/verdict-sarif.js';
import { verdictText } from '../../src/report/verdict-text.js';
import type { Finding } from '../../src/verify/finding.js';
import { judge, type Verdict, type Watched } from '../../src/verify/verdict.js';
import { root } from '../corpus.js';
import { compareGolden } from '../golden.js';
import { parseXml, type XmlElement } from './xml.js';

const watched: Watched = {
  interface: 'eth0',
  file: '',
  role: InterfaceRole.wire,
  framesSeen: 1234567,
  framesMatched: 12,
  dropped: 0,
  excepted: 0,
  isDown: false,
  blindBecause: null,
};

const timeNs = 1_764_000_000_123_456_789n;
const leak: Finding = {
  id: 'leak-egress',
  severity: 'error',
  title: 'a datagram with a loopback address left by eth0',
  interface: 'eth0',
  evidence: [
    {
      text: 'in VLAN 7, from 02:00:00:00:00:01',
      timeNs,
      src: '127.0.0.1',
      dst: '10.9.0.77',
      frame: 0,
      file: '',
    },
  ],
  count: 3,
  advice: 'Its source is a loopback address, which a setting lets out.',
  fix: 'sysctl -w net.ipv4.conf.all.route_localnet=0\nsysctl -w net.ipv4.conf.eth0.route_localnet=0',
};
const setting: Finding = {
  id: 'setting-route-localnet',
  severity: 'warning',
  title: 'eth0 takes loopback addresses',
  interface: 'eth0',
  evidence: [
    { text: 'net.ipv4.conf.eth0.route_localnet = 1', timeNs: null, src: '', dst: '', frame: 0, file: '' },
  ],
  count: 1,
  fix: 'sysctl -w net.ipv4.conf.eth0.route_localnet=0',
};

/** Whatever an interface, a file or a frame brings, which must not get out of where it stands. */
const nasty = `e"0'<b>&]]>\u001b[31m\u0000\n\u202e\ud800\ufffe`;

const seen = { seconds: 10.0042, blindBecause: null, canary: 'seen', copies: null, probe: null } as const;
const verdicts: Record<string, Verdict> = {
  clean: judge({ ...seen, watched: [watched], findings: [setting] }),
  leak: judge({
    ...seen,
    watched: [
      watched,
      { ...watched, interface: 'eth1', framesSeen: 0, framesMatched: 0, dropped: null, isDown: true },
    ],
    findings: [setting, leak],
  }),
  blind: judge({
    ...seen,
    watched: [
      watched,
      { ...watched, interface: 'eth1', dropped: 5, blindBecause: 'the kernel dropped 5 frames' },
    ],
    findings: [],
  }),
  'blind-altogether': judge({
    ...seen,
    canary: null,
    watched: [],
    findings: [],
    blindBecause: 'not compiled',
  }),
  captures: judge({
    ...seen,
    canary: null,
    watched: [
      { ...watched, interface: 'lo', file: 'a b.pcapng', role: InterfaceRole.loopback, dropped: null },
      { ...watched, file: 'a b.pcapng', excepted: 2 },
    ],
    findings: [{ ...leak, id: 'leak', evidence: [{ ...leak.evidence[0], frame: 12, file: 'a b.pcapng' }] }],
  }),
};
const ways = { protocol: 'udp', to: '127.0.0.1', from: '', device: 'eth0', error: '', seenOn: [] } as const;
verdicts.probe = judge({
  ...seen,
  watched: [watched],
  findings: [leak],
  probe: {
    attempts: [
      { ...ways, device: '', outcome: 'stayed' },
      { ...ways, from: '127.0.0.1', outcome: 'refused', error: 'sendto EINVAL' },
      { ...ways, outcome: 'leaked', seenOn: ['eth0'] },
      { ...ways, to: '192.0.2.7', outcome: 'lost' },
      { ...ways, protocol: 'icmp', outcome: 'unmade', error: 'socket EACCES' },
    ],
    leftOut: 2,
    unmadeBecause: null,
  },
});
/** Two network namespaces of three, of which one leaks to the other, and one that vanished. */
const copies = {
  observed: true,
  broadcast: 2,
  multicast: 1,
  originals: { broadcast: 2, multicast: 3 },
  atLeastBecause: null,
};
const inner = { inode: 4026532001, pid: 0, command: '', container: null, copies };
const pod = { runtime: 'containerd', id: '0123456789ab', pod: '11111111-2222-3333-4444-555555555555' };
verdicts.namespaces = judge({
  ...seen,
  copies,
  namespaces: [
    { ...inner, netns: 'this namespace', path: '/proc/self/ns/net', pid: 7, command: 'bash' },
    { ...inner, netns: 'blue', path: '/run/netns/blue' },
    {
      ...inner,
      netns: 'containerd 0123456789ab',
      path: '/proc/42/ns/net',
      pid: 42,
      command: 'x',
      container: pod,
    },
  ],
  watched: [
    { ...watched, netns: 'blue' },
    { ...watched, netns: 'containerd 0123456789ab' },
    {
      ...watched,
      netns: 'containerd 0123456789ab',
      interface: '',
      framesSeen: null,
      blindBecause: 'it vanished',
    },
  ],
  findings: [
    { ...leak, netns: 'blue' },
    { ...leak, id: 'leak-ingress', netns: 'containerd 0123456789ab' },
    { ...setting, interface: '', netns: 'blue' },
  ],
});
const nastyVerdict = judge({
  ...seen,
  copies: { ...copies, atLeastBecause: nasty },
  namespaces: [{ ...inner, netns: nasty, path: nasty, pid: 1, command: nasty }],
  probe: {
    attempts: [{ ...ways, device: nasty, outcome: 'leaked', seenOn: [nasty] }],
    leftOut: 0,
    unmadeBecause: nasty,
  },
  watched: [
    { ...watched, interface: nasty, file: `dir/${nasty}` },
    { ...watched, interface: 'x', blindBecause: nasty },
    { ...watched, interface: 'x', netns: nasty },
    { ...watched, interface: '', netns: nasty, blindBecause: nasty },
  ],
  findings: [
    {
      ...leak,
      title: nasty,
      interface: nasty,
      netns: nasty,
      advice: nasty,
      fix: nasty,
      evidence: [{ ...leak.evidence[0], text: nasty, file: `dir/${nasty}` }],
    },
  ],
});

for (const [name, verdict] of Object.entries(verdicts)) {
  test(`the ${name} verdict as text and as json is its golden`, (t) => {
    compareGolden(t, `goldens/report/verdict-${name}.txt`, verdictText(verdict, plain));
    compareGolden(t, `goldens/report/verdict-${name}.json`, verdictJson(verdict));
  });
}

test('a leak outweighs blindness, and warnings alone stay clean', (t) => {
  const isBlind = { ...watched, blindBecause: 'it went down' };
  t.is(judge({ ...seen, watched: [isBlind], findings: [leak] }).exitCode, 1);
  t.is(judge({ ...seen, watched: [isBlind], findings: [setting] }).exitCode, 3);
  t.is(judge({ ...seen, watched: [watched], findings: [setting] }).exitCode, 0);
  const interrupted = judge({ ...seen, watched: [watched], findings: [leak] }, 130);
  t.like(interrupted, { verdict: 'leak', exitCode: 130 });
});

test('every format for people has the advice, and each command on a line of its own', (t) => {
  const { leak: verdict } = verdicts;
  const [suite] = parseXml(verdictJunit(verdict)).children;
  const failure = suite.children.flatMap(({ children }) => children).find(({ name }) => name === 'failure')!;
  const [{ results }] = JSON.parse(verdictSarif(verdict, '1')).runs;
  for (const text of [verdictText(verdict, plain), failure.text, results[0].message.text as string]) {
    const lines = text.split('\n').map((line) => line.trim());
    const told = lines.filter((line) => /^(advice|fix): /.test(line)).slice(0, 3);
    t.deepEqual(told, [
      'advice: Its source is a loopback address, which a setting lets out.',
      'fix: sysctl -w net.ipv4.conf.all.route_localnet=0',
      'fix: sysctl -w net.ipv4.conf.eth0.route_localnet=0',
    ]);
  }
});

test('nothing from the wire gets out of the text', (t) => {
  const text = verdictText(nastyVerdict, plain);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
  t.notRegex(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  t.is(text.split('\n').filter((line) => line.startsWith('[31m')).length, 0);
});

const schema = JSON.parse(fs.readFileSync(path.join(root, 'test/schemas/sarif-2.1.0.json'), 'utf8'));
const Ajv = AjvModule.default;
const validate = new Ajv({
  strict: false,
  validateFormats: false,
  unicodeRegExp: false,
  allErrors: true,
}).compile(schema);

for (const [name, verdict] of Object.entries({ ...verdicts, nasty: nastyVerdict })) {
  test(`the ${name} verdict as SARIF is valid against its schema`, (t) => {
    const log = JSON.parse(verdictSarif(verdict, '1.2.3'));
    t.true(validate(log), JSON.stringify(validate.errors));
    const [{ results, invocations }] = log.runs;
    const reasons = [...verdict.watched, verdict].flatMap(({ blindBecause }) => blindBecause ?? []);
    const blind = results.filter(({ ruleId }: { ruleId: string }) => ruleId === 'blind');
    t.is(blind.length, reasons.length);
    for (const [i, { message }] of blind.entries())
      t.true(message.text.endsWith(`not seen in whole: ${reasons[i]}`));
    t.is(results.length, verdict.findings.length + reasons.length);
    t.is(invocations[0].executionSuccessful, reasons.length === 0);
    for (const { locations } of results)
      t.notThrows(() => new URL(locations[0].physicalLocation.artifactLocation.uri, 'file:///'));
  });
}

test('every kind of finding has a rule that says in a sentence what it is', (t) => {
  const folder = path.join(root, 'src', 'verify');
  const sources = fs.readdirSync(folder).map((name) => fs.readFileSync(path.join(folder, name), 'utf8'));
  const ids = sources.flatMap(
    (text) => text.match(/(?<=['`])(setting|probe|hairpin)-[a-z0-9-]+(?=['`$])/g) ?? [],
  );
  const noted = sources.flatMap((text) => text.match(/(?<=\bid: ')[a-z0-9-]+(?=')/g) ?? []);
  // Doctor's checks are no findings of a check for leaks.
  const all = new Set(
    [...ids, ...noted, 'leak-egress', 'leak-ingress', 'hairpin'].filter(
      (id) => !/^(program|capture)-/.test(id),
    ),
  );
  t.true(all.size > 30);
  for (const id of all) t.not(ruleDescription(id), id.replaceAll('-', ' '), id);
});

/** Elements, attributes and children as junit-10.xsd of the xunit plugin has them. */
const shape: Record<string, { attributes: string[]; children: string[] }> = {
  testsuites: { attributes: ['name', 'tests', 'failures', 'errors', 'time'], children: ['testsuite'] },
  testsuite: {
    attributes: ['name', 'tests', 'failures', 'errors', 'time', 'skipped'],
    children: ['testcase'],
  },
  testcase: {
    attributes: ['classname', 'name', 'time'],
    children: ['failure', 'error', 'skipped', 'system-out'],
  },
  failure: { attributes: ['type', 'message'], children: [] },
  error: { attributes: ['type', 'message'], children: [] },
  skipped: { attributes: ['message'], children: [] },
  'system-out': { attributes: [], children: [] },
};

function misshapen({ name, attributes, children }: XmlElement): string[] {
  const known = shape[name];
  if (known === undefined) return [`<${name}>`];
  return [
    ...Object.keys(attributes).filter((each) => !known.attributes.includes(each)),
    ...children
      .filter((child) => !known.children.includes(child.name))
      .map((child) => `${name}/${child.name}`),
    ...children.flatMap(misshapen),
  ];
}

for (const [name, verdict] of Object.entries({ ...verdicts, nasty: nastyVerdict })) {
  test(`the ${name} verdict as JUnit has the schema’s shape, and its counts are right`, (t) => {
    const suites = parseXml(verdictJunit(verdict));
    t.is(suites.name, 'testsuites');
    t.deepEqual(misshapen(suites), []);
    const [suite] = suites.children;
    const cases = suite.children;
    const having = (kind: string): number =>
      cases.filter(({ children }) => children.some((child) => child.name === kind)).length;
    t.like(suite.attributes, {
      tests: `${cases.length}`,
      failures: `${having('failure')}`,
      errors: `${having('error')}`,
      skipped: `${having('skipped')}`,
    });
    t.is(having('failure') > 0, verdict.verdict === 'leak');
    t.is(having('error') > 0, suites.attributes.errors !== '0');
    if (verdict.verdict === 'blind') t.true(having('error') > 0);
  });
}

const junitSchema = path.join(root, 'test', 'schemas', 'junit.xsd');

test('every verdict as JUnit is valid', (t) => {
  if (spawnSync('xmllint', ['--version']).error !== undefined) {
    t.log('skipped: needs xmllint');
    t.pass();
    return;
  }
  for (const [name, verdict] of Object.entries({ ...verdicts, nasty: nastyVerdict })) {
    const input = verdictJunit(verdict);
    const { status, stderr } = spawnSync('xmllint', ['--noout', '--nonet', '--schema', junitSchema, '-'], {
      input,
      encoding: 'utf8',
    });
    t.is(status, 0, `${name}: ${stderr}`);
  }
});
