/**
 * The lab every scenario starts from: a host and its neighbour, two namespaces joined by one veth pair.
 *
 *     host  eth0 02:00:00:00:00:01  ────────  02:00:00:00:00:02 eth0  neighbour
 *           10.77.0.1/30 fd00:77::1/64        10.77.0.2/30 fd00:77::2/64
 *
 * The directed broadcast is 10.77.0.3. MAC addresses are fixed, so captures made anew differ in little but time.
 */
import { fileURLToPath } from 'node:url';
import { makeNamespace, type Namespace } from './netns.js';

/** Scripts stay in the source tree: the compiler does not copy what is not TypeScript. */
const SCRIPTS = new URL('../../../test/lab/', import.meta.url);

export const HOST_MAC = '02:00:00:00:00:01';
export const NEIGHBOUR_MAC = '02:00:00:00:00:02';

export interface Lab {
  readonly host: Namespace;
  readonly neighbour: Namespace;
  remove(): void;
}

export async function makeLab(): Promise<Lab> {
  const host = await makeNamespace();
  const neighbour = await makeNamespace();
  await host.sh(
    `ip link add eth0 address ${HOST_MAC} type veth peer name eth0 address ${NEIGHBOUR_MAC} netns ${neighbour.name}`,
  );
  for (const [namespace, n] of [[host, 1] as const, [neighbour, 2] as const]) {
    await namespace.sh('ip link set eth0 up');
    await namespace.sh(`ip address add 10.77.0.${n}/30 brd + dev eth0`);
    await namespace.sh(`ip address add fd00:77::${n}/64 dev eth0 nodad`);
  }
  return {
    host,
    neighbour,
    remove: () => {
      host.remove();
      neighbour.remove();
    },
  };
}

/** Runs one of the Python scripts here: `script(host, 'udp.py --to 127.0.0.1')`. */
export function script(namespace: Namespace, line: string): Promise<string> {
  return namespace.run('python3', ...scriptArgv(line));
}

/** Starts a script that says "ready" when others may talk to it. */
export async function startScript(namespace: Namespace, line: string): Promise<void> {
  await namespace.start(/ready/, 'python3', ...scriptArgv(line));
}

export function scriptArgv(line: string): string[] {
  const [name, ...rest] = line.split(' ');
  return [fileURLToPath(new URL(name!, SCRIPTS)), ...rest];
}
