/**
 * A machine of its own as far as namespaces go: what walks "every network namespace of the host" sees there those that
 * the test made, and no others. It has a network, a mount and a process namespace of its own (unshare(1)) and /run to
 * itself, so that `ip netns` works inside; it ends, with all that runs in it, when its first process reads the end of
 * its input: with the test, whatever ends that.
 */
import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import fs from 'node:fs';
import { Namespace } from './netns.js';

const first = 'mount -t tmpfs tmpfs /run && mkdir /run/netns && ip link set lo up && echo ready && exec cat';
const unshare = ['--net', '--mount', '--pid', '--fork', '--mount-proc', '--kill-child'];

export class Machine extends Namespace {
  constructor(
    readonly process: ChildProcess,
    readonly pid: number,
  ) {
    super(`machine-${pid}`);
  }

  /** Starts a command in the machine's own network namespace. */
  override spawn(argv: readonly string[]): ChildProcessWithoutNullStreams {
    const words = ['--target', `${this.pid}`, '--net', '--mount', '--pid', '--', ...argv];
    const child = spawn('nsenter', words, { stdio: 'pipe' });
    child.stdout.setEncoding('utf8');
    child.stderr.setEncoding('utf8');
    return child;
  }

  /** Ends the machine and everything in it. */
  override remove(): void {
    this.process.kill('SIGKILL');
  }

  /** A network namespace of the machine, under a name, with `lo` up. */
  async namespace(name: string): Promise<Inner> {
    await this.sh(`ip netns add ${name}`);
    const inner = new Inner(this, name);
    await inner.sh('sysctl -qw net.ipv6.conf.default.accept_dad=0');
    await inner.sh('ip link set lo up');
    return inner;
  }
}

/** A network namespace of a machine. */
class Inner extends Namespace {
  constructor(
    readonly machine: Machine,
    name: string,
  ) {
    super(name);
  }

  override spawn(argv: readonly string[]): ChildProcessWithoutNullStreams {
    return this.machine.spawn(['ip', 'netns', 'exec', this.name, ...argv]);
  }

  override remove(): void {}
}

export async function makeMachine(): Promise<Machine> {
  const child = spawn('unshare', [...unshare, 'sh', '-c', first], { stdio: 'pipe' });
  await new Promise<void>((resolve, reject) => {
    let said = '';
    child.stdout.on('data', () => resolve());
    child.stderr.setEncoding('utf8').on('data', (text) => (said += text));
    child.once('close', (code) => reject(new Error(`unshare: ended with ${code}: ${said}`)));
  });
  const children = fs.readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'latin1');
  return new Machine(child, Number(children.trim()));
}

/** A veth pair between two namespaces of a machine, with addresses, both ends up; no ARP is needed. */
export async function joinInner(a: Namespace, b: Namespace, net = '10.88.0'): Promise<void> {
  await a.sh(
    `ip link add eth0 address 02:00:00:00:00:01 type veth peer name eth0 address 02:00:00:00:00:02 netns ${b.name}`,
  );
  for (const [each, n, other] of [[a, 1, 2] as const, [b, 2, 1] as const]) {
    await each.sh(`ip address add ${net}.${n}/24 brd + dev eth0`);
    await each.sh('ip link set eth0 up');
    await each.sh(`ip neigh replace ${net}.${other} lladdr 02:00:00:00:00:0${other} dev eth0 nud permanent`);
  }
}
