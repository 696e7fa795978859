/**
 * What a program watches, asked of the kernel, which lists the packet sockets of a namespace: so that a test can wait
 * until it does.
 */
import { parseIpv4 } from '../../src/format/address.js';
import type { Namespace } from './netns.js';

/** Resolves when a ring is bound to the interface, for every protocol: the kernel lists packet sockets (packet(7)). */
export async function isWatched(namespace: Namespace, device: string): Promise<void> {
  const { ifindex } = JSON.parse(await namespace.sh(`ip -j link show ${device}`))[0];
  await untilListed(
    namespace,
    'cat /proc/net/packet',
    new RegExp(`^(\\S+\\s+){3}0003\\s+${ifindex}\\s`, 'm'),
  );
}

/** Resolves when a packet socket's program asks for the address, which it names as a number (packet_diag). */
export async function isLookedFor(namespace: Namespace, address: string): Promise<void> {
  await untilListed(namespace, 'ss --packet --bpf', new RegExp(`\\b${parseIpv4(address)! >>> 0}\\b`));
}

async function untilListed(namespace: Namespace, command: string, wanted: RegExp): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!wanted.test(await namespace.sh(command))) {
    if (performance.now() > deadline) throw new Error(`${command}: ${wanted} does not come`);
  }
}
