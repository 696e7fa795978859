/**
 * Whatever ends a program that changes something while it runs, the machine is afterwards as it was: a dozen ends always,
 * all of them with LOSCOPE_EXITS_ALL=1.
 */
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import test, { type ExecutionContext } from 'ava';
import { cannot } from '../capture/ring-lab.js';
import { joinInner, type Machine, makeMachine } from '../lab/machine.js';
import { changes, stateOf } from '../lab/machine-state.js';
import type { Namespace } from '../lab/netns.js';
import { cannotNft, ruleset } from '../lab/nft.js';
import { bin, finished, type Result } from './run.js';

/** The kernel takes a namespace apart in its own time. */
const deadlineMs = 10_000;

interface Program {
  readonly name: string;
  readonly args: readonly string[];
  /** When nothing ends it before its time; bound to a device, the probe's datagrams do leave. */
  readonly code: number;
  /** Ends it with exit code 2. */
  readonly mistake: readonly string[];
}

const programs: readonly Program[] = [
  { name: 'verify', args: ['verify', '--netns', 'host'], code: 0, mistake: ['-i', 'nope0'] },
  {
    name: 'copies',
    args: ['verify', '--netns', 'host', '--observe-copies'],
    code: 0,
    mistake: ['-i', 'nope0'],
  },
  { name: 'probe', args: ['verify', '--netns', 'host', '--probe'], code: 1, mistake: ['-i', 'nope0'] },
  { name: 'all', args: ['verify', '--all-netns'], code: 0, mistake: ['--except', 'port eighty'] },
  {
    name: 'live',
    args: ['live', '--netns', 'host', '--observe-copies', '--format', 'none'],
    code: 0,
    mistake: ['port', 'eighty'],
  },
];

/** When a signal comes: with its first socket; while there is a canary's namespace; when it has begun; at its end. */
const moments = ['opening', 'canary', 'running', 'closing'] as const;
type Moment = (typeof moments)[number];
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'] as const;
type Ending = 'success' | 'mistake' | `${(typeof signals)[number]} ${Moment}`;

const endings: readonly Ending[] = [
  'success',
  'mistake',
  ...signals.flatMap((signal) => moments.map((moment): Ending => `${signal} ${moment}`)),
];
const always: Record<string, readonly Ending[]> = {
  verify: ['success', 'SIGKILL canary', 'SIGHUP running'],
  copies: ['mistake', 'SIGTERM running', 'SIGKILL running', 'SIGINT closing'],
  probe: ['SIGINT running', 'SIGKILL running'],
  all: ['SIGTERM canary', 'SIGKILL running'],
  live: ['SIGHUP running', 'SIGKILL closing'],
};
const codes: Partial<Record<Ending, number>> = {
  mistake: 2,
  'SIGINT running': 130,
  'SIGTERM running': 143,
};

interface Site {
  readonly machine: Machine;
  readonly host: Namespace;
  readonly namespaces: readonly Namespace[];
  /** TMPDIR of the program. */
  readonly folder: string;
  /** As it was when it was looked at last. */
  state: string[];
}

/** One for all ends: what one leaves, the next finds there. */
async function makeSite(): Promise<Site> {
  const machine = await makeMachine();
  const [host, neighbour] = [await machine.namespace('host'), await machine.namespace('neighbour')];
  await joinInner(host, neighbour);
  for (const each of [host, neighbour]) {
    while (!(await each.sh('ip -6 address show dev eth0')).includes('fe80::'));
  }
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'loscope-exits-'));
  const namespaces = [machine, host, neighbour];
  return { machine, host, namespaces, folder, state: await stateOf(machine, namespaces) };
}

class Run {
  readonly child: ChildProcessWithoutNullStreams;
  readonly result: Promise<Result>;
  isOver = false;
  said = '';

  constructor(
    readonly site: Site,
    args: readonly string[],
  ) {
    const { machine, folder } = site;
    this.child = machine.spawn(['env', `TMPDIR=${folder}`, process.execPath, bin, ...args]);
    this.child.stderr.on('data', (text: string) => {
      this.said += text;
    });
    this.result = finished(this.child).finally(() => {
      this.isOver = true;
    });
  }

  /** Of the program as this process counts; null as long as nsenter(1), which waits for it, has not begun it. */
  get pid(): number | null {
    const { pid } = this.child;
    return Number(read(`/proc/${pid}/task/${pid}/children`)) || null;
  }

  /** What its descriptors are. */
  get descriptors(): string[] {
    try {
      const folder = `/proc/${this.pid}/fd`;
      return fs.readdirSync(folder).map((fd) => fs.readlinkSync(path.join(folder, fd)));
    } catch {
      return []; // It has ended, or closed one meanwhile.
    }
  }

  /** Resolves when it is so, or when it is too late for it. */
  async reaches(isThere: () => boolean | Promise<boolean>): Promise<void> {
    while (!this.isOver && !(await isThere())) await new Promise((resolve) => setImmediate(resolve));
  }

  kill(signal: NodeJS.Signals): void {
    if (this.pid !== null) process.kill(this.pid, signal);
  }
}

function read(file: string): string {
  try {
    return fs.readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

const isSocket = (link: string): boolean => link.startsWith('socket:');
/** A namespace that was opened by name has a path. */
const isNamespace = (link: string): boolean => link.startsWith('net:');

async function reach(run: Run, moment: Moment): Promise<void> {
  const own = fs.readlinkSync(`/proc/${run.site.machine.pid}/ns/net`);
  // Standard input, output and errors are sockets.
  if (moment === 'opening') return run.reaches(() => run.descriptors.filter(isSocket).length > 3);
  if (moment === 'canary')
    return run.reaches(
      () => run.descriptors.some((link) => isNamespace(link) && link !== own) || hasBegun(run),
    );
  await run.reaches(() => hasBegun(run));
  if (moment === 'closing') run.kill('SIGINT');
}

async function hasBegun({ child, said, site }: Run): Promise<boolean> {
  const { spawnargs: words } = child;
  if (words.includes('verify') && !said.includes('watching')) return false;
  return !words.includes('--observe-copies') || (await ruleset(site.host)).includes('loscope-');
}

/** What is different from before, once nothing is or after so long. */
async function leftBehind(site: Site): Promise<string[]> {
  const { machine, namespaces, folder, state: before } = site;
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    site.state = await stateOf(machine, namespaces);
    const left = changes(before, site.state);
    if (left.length === 0 || performance.now() > deadline) return [...left, ...fs.readdirSync(folder)];
  }
}

async function end(t: ExecutionContext, site: Site, program: Program, ending: Ending): Promise<void> {
  const { args, code: usual, mistake } = program;
  const [signal, moment] = ending.split(' ') as [NodeJS.Signals, Moment | undefined];
  const words = { success: ['--for', '0.3'], mistake }[ending as string] ?? [];
  const run = new Run(site, [...args, ...words]);
  if (moment !== undefined) {
    await reach(run, moment);
    if (moment === 'running') t.false(run.isOver, run.said);
    run.kill(signal);
  }
  const { code, stdout, stderr } = await run.result;
  const expected = ending === 'success' ? usual : codes[ending];
  if (expected !== undefined) t.is(code, expected, stdout + stderr);
  t.deepEqual(await leftBehind(site), []);
  if (signal !== 'SIGKILL') return;
  const next = await new Run(site, [...args, '--for', '0.3']).result;
  t.is(next.code, usual, next.stdout + next.stderr);
  t.deepEqual(await leftBehind(site), []);
}

let site: Site | null = null;
const cannotHere = cannot || cannotNft;
test.before(async () => {
  if (cannotHere === '') site = await makeSite();
});
test.after.always(() => {
  if (site === null) return;
  site.machine.remove();
  fs.rmSync(site.folder, { recursive: true });
});

for (const program of programs) {
  for (const ending of endings) {
    if (process.env.LOSCOPE_EXITS_ALL === undefined && !always[program.name].includes(ending)) continue;
    test.serial(`${program.args.join(' ')}, ended by ${ending}, leaves the machine as it was`, async (t) => {
      if (site !== null) return end(t, site, program, ending);
      t.log(`skipped: ${cannotHere}`);
      t.pass();
    });
  }
}
