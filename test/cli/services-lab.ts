/**
 * The lab of `loscope services`: a host with sockets, and a neighbour that tries to reach them.
 */
import type { ExecutionContext } from 'ava';
import { liveTest } from '../capture/ring-lab.js';
import { type Lab, makeLab, scriptArgv } from '../lab/lab.js';
import { run } from './run.js';

export interface ServiceRecord {
  protocol: string;
  address: string;
  port: number;
  interface: string | null;
  dualStack: boolean;
  exposure: { kind: string; through: string[]; because: string[] };
  processes: { pid: number; name: string; commandLine?: string; container?: object | null }[];
  processesVisible: boolean;
  uids: number[];
  users: string[];
  sockets: number;
  queue: { waiting?: number; most?: number; waitingBytes?: number };
  connected: { local: number; remote: number };
  peers: { address: string; port: number; local: boolean; processes: { pid: number; name: string }[] }[];
}

export interface ServicesRecord {
  schema: string;
  netns: string | null;
  exitCode: number;
  services: ServiceRecord[];
  unseen: { what: string; reason: string; fix: string | null }[];
}

/** A test in a lab of its own, whose neighbour sends to 127/8 and takes answers from there. */
export function labTest(title: string, body: (t: ExecutionContext, lab: Lab) => Promise<void>): void {
  liveTest(title, async (t) => {
    const lab = await makeLab();
    try {
      for (const setting of ['route_localnet', 'accept_local']) {
        await lab.neighbour.sysctl(`net.ipv4.conf.eth0.${setting}`, 1);
      }
      await lab.neighbour.sh('ip route add default via 10.77.0.1');
      await body(t, lab);
    } finally {
      lab.remove();
    }
  });
}

export function listenArgv(...sockets: string[]): string[] {
  return ['python3', ...scriptArgv(`listen.py ${sockets.join(' ')}`)];
}

export function reachArgv(attempt: string): string[] {
  return ['python3', ...scriptArgv(`reach.py ${attempt}`)];
}

export async function servicesOf(
  t: ExecutionContext,
  { host }: Lab,
  args: readonly string[] = [],
): Promise<ServicesRecord> {
  const { code, stdout, stderr } = await run(['services', '--netns', host.name, '--format', 'json', ...args]);
  t.is(stderr, '');
  t.is(code, 0);
  return JSON.parse(stdout) as ServicesRecord;
}
