import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import test, { type ExecutionContext } from 'ava';
import { loadNative } from '../../src/capture/native.js';
import { liveTest } from '../capture/ring-lab.js';
import { compareGolden } from '../golden.js';
import { type Lab, makeLab } from '../lab/lab.js';
import { bin, finished, type Result, run, start } from './run.js';

const nativeTest = 'reason' in loadNative() ? test.skip : test;
const nobody = 65534;
/** What the drawing depends on. */
const environment = { ...process.env, LC_ALL: 'C.UTF-8', NO_COLOR: '1' };

interface PathRecord {
  schema: string;
  asked: string;
  netns: string | null;
  paths: { address: string; way: string; wayNumber: number | null; locality: string; notes: string[] }[];
}

function pathOf(args: readonly string[], env: NodeJS.ProcessEnv = environment): Promise<Result> {
  return finished(start(['path', ...args], { env }));
}

/** The program inside the host of a lab with a default route. */
function labGoldens(title: string, body: (t: ExecutionContext, lab: Lab) => Promise<void>): void {
  liveTest(title, async (t) => {
    const lab = await makeLab();
    try {
      await lab.host.sh('ip route add default via 10.77.0.2');
      await body(t, lab);
    } finally {
      lab.remove();
    }
  });
}

nativeTest('an address may stand behind --', async (t) => {
  const { code, stdout } = await pathOf(['--', '127.0.0.1']);
  t.is(code, 0);
  t.regex(stdout, /^127\.0\.0\.1: way/);
});

labGoldens(
  'each way has the text and the drawing of its golden, in Unicode and in ASCII',
  async (t, { host }) => {
    await host.sh('ip route add blackhole 203.0.113.2');
    await host.sh('ip route del local 127.0.0.0/8 dev lo table local');
    await host.sh('ip rule add pref 9 fwmark 1 lookup 77');
    const addresses = {
      loopback: '127.0.0.1',
      own: 'fd00:77::1',
      broadcast: '10.77.0.3',
      multicast: '224.0.0.1',
      'no-copy': '239.77.0.1',
      'interface-scope': 'ff01::1%eth0',
      'interface-scope-dropped': 'ff01::77%eth0',
      wire: '203.0.113.9',
      blackhole: '203.0.113.2',
      leak: '127.0.0.5',
    };
    for (const [name, address] of Object.entries(addresses)) {
      for (const [ending, flags] of [
        ['txt', []],
        ['ascii.txt', ['--ascii']],
      ] as const) {
        const { code, stdout, stderr } = await pathOf([address, '--netns', host.name, ...flags]);
        t.is(code, 0, stderr);
        t.is(stderr, '');
        compareGolden(t, `goldens/path/${name}.${ending}`, stdout);
        const lines = stdout.split('\n');
        t.deepEqual(
          lines.filter((line) => [...line].length > 80 || line !== line.trimEnd()),
          [],
        );
        // biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none is the point
        if (ending === 'ascii.txt') t.regex(stdout, /^[\x0a\x20-\x7e]*$/);
      }
    }
  },
);

labGoldens('the json record has the fields of its golden', async (t, { host }) => {
  const child = host.spawn([process.execPath, bin, 'path', '10.77.0.3', '--format', 'json']);
  const { code, stdout, stderr } = await finished(child);
  t.is(code, 0, stderr);
  compareGolden(t, 'goldens/path/broadcast.json', stdout);
});

labGoldens('--netns takes a name, a path and a process', async (t, { host }) => {
  const inside = await host.start(/ready/, 'sh', '-c', 'echo ready; exec cat');
  for (const netns of [host.name, `/run/netns/${host.name}`, String(inside.pid)]) {
    const { stdout } = await pathOf(['10.77.0.1', '--netns', netns, '--format', 'json']);
    const record = JSON.parse(stdout) as PathRecord;
    t.is(record.netns, netns);
    t.like(record.paths[0], { way: 'own-address', wayNumber: 3, locality: 'self-addressed' });
  }
});

nativeTest(
  'without privilege the own namespace is told of, and another one is refused with the reason',
  async (t) => {
    if (process.getuid?.() !== 0) {
      const { code, stdout } = await pathOf(['127.0.0.1', '--format', 'json']);
      t.is(code, 0);
      t.is((JSON.parse(stdout) as PathRecord).paths[0].way, 'loopback');
      return;
    }
    const as = { uid: nobody, gid: nobody, env: environment };
    const own = await finished(start(['path', '127.0.0.1', '--format', 'json'], as));
    if (/EACCES|Cannot find/.test(own.stderr)) {
      t.log('skipped: nobody may not read this folder');
      t.pass();
      return;
    }
    t.is(own.code, 0, own.stderr);
    t.is((JSON.parse(own.stdout) as PathRecord).paths[0].way, 'loopback');
    const other = await finished(start(['path', '127.0.0.1', '--netns', '1'], as));
    t.is(other.code, 2);
    t.regex(other.stderr, /^loscope: --netns 1: needs .*root\)\n$/);
  },
);

nativeTest('localhost shows every address of it, in the resolver’s order', async (t) => {
  const { code, stdout } = await pathOf(['localhost', '--format', 'json']);
  t.is(code, 0);
  const record = JSON.parse(stdout) as PathRecord;
  t.is(record.schema, 'loscope.path/1');
  t.is(record.asked, 'localhost');
  t.true(record.paths.length > 0);
  for (const { locality } of record.paths) t.is(locality, 'loopback');
  const text = await pathOf(['localhost']);
  t.true(
    text.stdout.startsWith(`localhost is ${record.paths.map(({ address }) => address).join(', then ')}\n`),
  );
});

labGoldens(
  'a name with addresses of both families shows each way, one after the other',
  async (t, { host }) => {
    const hosts = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'loscope-path-')), 'hosts');
    t.teardown(() => fs.rmSync(path.dirname(hosts), { recursive: true }));
    fs.writeFileSync(hosts, '::1 both.test\n127.0.0.7 both.test\n10.77.0.1 both.test\n');
    // `ip netns exec` gives the command a mount namespace of its own: the binding ends with it.
    const inside = (format: string): string[] => [
      'sh',
      '-c',
      `mount --bind ${hosts} /etc/hosts && LC_ALL=C.UTF-8 exec ${process.execPath} ${bin} path both.test --format ${format}`,
    ];
    const json = await finished(host.spawn(inside('json')));
    t.is(json.code, 0, json.stderr);
    const { paths } = JSON.parse(json.stdout) as PathRecord;
    const ways = paths.map(({ address, way }) => `${address} ${way}`);
    t.deepEqual([...ways].sort(), ['10.77.0.1 own-address', '127.0.0.7 loopback', '::1 loopback']);
    const { stdout } = await finished(host.spawn(inside('text')));
    t.true(stdout.startsWith(`both.test is ${paths.map(({ address }) => address).join(', then ')}\n`));
    t.deepEqual(
      [...stdout.matchAll(/^(\S+): way/gm)].map(([, address]) => address),
      paths.map(({ address }) => address),
    );
  },
);

nativeTest('a locale without UTF-8 draws in ASCII', async (t) => {
  const { stdout } = await pathOf(['127.0.0.1'], { ...environment, LC_ALL: 'C' });
  t.regex(stdout, /send ->\| IP output \+-1->/);
});

const refused = test.macro({
  async exec(t, args: readonly string[], message: RegExp) {
    const { code, stdout, stderr } = await pathOf(args);
    t.is(code, 2);
    t.is(stdout, '');
    t.regex(stderr, message);
    t.is(stderr.split('\n').length, 2);
  },
  title: (_title, args: readonly string[]) =>
    `loscope path ${args.join(' ').slice(0, 40)} ends with 2 and one line`,
});

nativeTest(
  refused,
  ['fe80::1'],
  /^loscope: path fe80::1: means another host on each link \(name the interface: fe80::1%eth0\)/,
);
nativeTest(refused, ['fe80::1%loscope-no'], /^loscope: path fe80::1%loscope-no: no interface loscope-no \(/);
test(
  refused,
  ['127.0.0.1', '--netns', 'loscope-none'],
  /^loscope: --netns loscope-none: no such network namespace \(/,
);
test(refused, ['127.0.0.1', '--netns', '/etc/passwd'], /^loscope: /);
test(refused, ['x'.repeat(300)], /^loscope: path x+: neither an address nor a name/);
test(refused, [''], /^loscope: path : neither an address nor a name/);
test(refused, ['127.0.0.1', '--format', 'xml'], /^loscope: --format xml: not one of text, json/);

test('without an address the usage is said', async (t) => {
  const { code, stderr } = await run(['path']);
  t.is(code, 2);
  t.regex(stderr, /missing required argument 'address'/);
});

test('where the kernel cannot be asked, one line says so and what to do', async (t) => {
  const { code, stderr } = await pathOf(['127.0.0.1'], { ...environment, LOSCOPE_NO_NATIVE: '1' });
  t.is(code, 2);
  t.regex(stderr, /^loscope: path: asks the Linux kernel, .*\(.*\)\n$/);
});
