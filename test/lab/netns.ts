/**
 * Throw-away network namespaces. Every setting, route and socket of a lab lives in one, so nothing of the real host
 * changes; they are removed when this process ends, whatever ends it, short of SIGKILL: names carry the process id so
 * that `removeLeftovers` finds what a killed run left behind.
 *
 * The commands are those of iproute2 (ip-netns(8)); `ip netns exec` replaces itself by the command, so a child's
 * process id is the command's own.
 */
import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { threadId } from 'node:worker_threads';

/** No command of a lab may take longer; the longest scene waits for retransmissions for about five seconds. */
const COMMAND_SECONDS = 30;
const SIGNAL_EXIT = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

const alive = new Set<Namespace>();
let counter = 0;

export class Namespace {
  readonly #children = new Set<ChildProcess>();

  constructor(readonly name: string) {}

  /** Runs a command inside to its end and returns its standard output. @throws with its errors if it fails */
  async run(...argv: string[]): Promise<string> {
    const child = this.spawn(argv);
    const timer = setTimeout(() => child.kill('SIGKILL'), COMMAND_SECONDS * 1000);
    let out = '';
    let errors = '';
    child.stdout!.on('data', (text) => (out += text));
    child.stderr!.on('data', (text) => (errors += text));
    child.stdin!.end();
    const code = await new Promise<number | null>((done) => child.once('close', done));
    clearTimeout(timer);
    if (code !== 0) throw new Error(`${argv.join(' ')}: exit ${code}: ${errors.trim() || out.trim()}`);
    return out;
  }

  /** `run` for a command line without quoting: words are what spaces separate. */
  sh(line: string): Promise<string> {
    return this.run(...line.split(' '));
  }

  sysctl(key: string, value: string | number): Promise<string> {
    return this.run('sysctl', '-qw', `${key}=${value}`);
  }

  /** Starts a command inside and returns once its output or its errors match `ready`. */
  async start(ready: RegExp, ...argv: string[]): Promise<ChildProcess> {
    const child = this.spawn(argv);
    let said = '';
    await new Promise<void>((done, fail) => {
      const timer = setTimeout(() => {
        child.kill('SIGKILL');
        fail(new Error(`${argv.join(' ')}: not ready: ${said}`));
      }, COMMAND_SECONDS * 1000);
      const settle = (then: () => void) => {
        clearTimeout(timer);
        then();
      };
      const hear = (text: string) => {
        said += text;
        if (ready.test(said)) settle(done);
      };
      child.stdout!.on('data', hear);
      child.stderr!.on('data', hear);
      child.once('close', (code) =>
        settle(() => fail(new Error(`${argv.join(' ')}: ended with ${code} before it was ready: ${said}`))),
      );
    });
    return child;
  }

  /** Kills what still runs inside and removes the namespace, and with it its end of every veth pair. */
  remove(): void {
    if (!alive.delete(this)) return;
    for (const child of this.#children) child.kill('SIGKILL');
    spawnSync('ip', ['netns', 'del', this.name]);
  }

  /** Starts a command inside; it is killed with the namespace. */
  spawn(argv: readonly string[]): ChildProcessWithoutNullStreams {
    const child = spawn('ip', ['netns', 'exec', this.name, ...argv], { stdio: 'pipe' });
    child.stdout.setEncoding('utf8');
    child.stderr.setEncoding('utf8');
    this.#children.add(child);
    child.once('close', () => this.#children.delete(child));
    return child;
  }
}

/** Makes an empty namespace with `lo` up; a fresh one has it down, and every send fails with ENETUNREACH. */
export async function makeNamespace(): Promise<Namespace> {
  if (counter === 0) removeOnExit();
  counter += 1;
  const namespace = new Namespace(`loscope-${process.pid}-${threadId}${counter}`);
  const made = spawnSync('ip', ['netns', 'add', namespace.name], { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`ip netns add: ${made.stderr.trim()} (needs root)`);
  alive.add(namespace);
  // Addresses are usable at once and no router is asked for: less to wait for, less noise on the wire.
  await namespace.sh(
    'sysctl -qw net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.default.router_solicitations=0',
  );
  await namespace.sh('ip link set lo up');
  return namespace;
}

/** Removes namespaces whose maker no longer lives. Call it before making new ones. */
export function removeLeftovers(): void {
  const { stdout } = spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' });
  for (const [name, pid] of (stdout ?? '').matchAll(/^loscope-(\d+)-\d+/gm)) {
    try {
      process.kill(Number(pid), 0);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ESRCH') spawnSync('ip', ['netns', 'del', name]);
    }
  }
}

function removeOnExit(): void {
  process.once('exit', () => {
    for (const namespace of alive) namespace.remove();
  });
  for (const [signal, code] of Object.entries(SIGNAL_EXIT)) process.once(signal, () => process.exit(code));
}
