/**
 * The way to an address as the kernel of a namespace tells it, and as packet sockets there see a real datagram go.
 */

import { type PathReport, pathReport } from '../../src/classify/path.js';
import { readPathFacts } from '../../src/host/path-facts.js';
import { questionsOf } from '../../src/host/path-question.js';
import type { IpVersion } from '../../src/host/rtnetlink.js';
import { collect, open, type SeenFrame } from '../capture/ring-lab.js';
import { type Lab, script } from '../lab/lab.js';
import type { Namespace } from '../lab/netns.js';

/** Of datagrams that show that everything sent before them was seen. */
const markPort = 5999;
const port = 5000;

/** What `loscope path` reports in that namespace, for an address alone. */
export async function pathIn(namespace: Namespace, address: string): Promise<PathReport> {
  const [question] = await questionsOf(address);
  return pathReport(readPathFacts(question, `/run/netns/${namespace.name}`));
}

/**
 * Sends a datagram to each address, on the host of a lab.
 * @returns for each address the interfaces where packet sockets saw it, in the order in which they did
 */
export async function sightingsOf(lab: Lab, addresses: readonly string[]): Promise<Map<string, string[]>> {
  const names = ['lo', 'eth0'];
  const source = await open(lab.host, { interfaces: names });
  // What is sent before the rings are bound would be missed; openRings returns when they are.
  const frames = collect(source, (seen) => seen.filter((frame) => udpPort(frame) === markPort).length >= 2);
  for (const [i, address] of addresses.entries()) {
    const [question] = await questionsOf(address);
    const zone =
      question.zone === '' || question.bytes[0] !== 0xff ? '' : ` --multicast-device ${question.zone}`;
    await script(lab.host, `udp.py --to ${address} --port ${port} --source-port ${sourcePort(i)}${zone}`);
  }
  await script(lab.host, `udp.py --to 127.0.0.1 --port ${markPort}`);
  await script(lab.host, `udp.py --to 10.77.0.2 --port ${markPort}`);
  const seen = await frames;
  return new Map(
    addresses.map((address, i) => [
      address,
      seen
        .filter((frame) => udpPort(frame) === port && udpPort(frame, 0) === sourcePort(i))
        .map((frame) => names[frame.interfaceId]),
    ]),
  );
}

function sourcePort(index: number): number {
  return 6100 + index;
}

const etherLen = 14;
const headerLen: Record<IpVersion, number> = { 4: 20, 6: 40 };

/** A port of a UDP datagram (of the destination, unless `at` is 0), or -1. */
function udpPort({ bytes }: SeenFrame, at = 2): number {
  const version = bytes[etherLen] >> 4;
  if (version !== 4 && version !== 6) return -1;
  const protocol = bytes[etherLen + (version === 4 ? 9 : 6)];
  return protocol === 17 ? bytes.readUInt16BE(etherLen + headerLen[version] + at) : -1;
}
