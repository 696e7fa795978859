/**
 * Batches in memory for the micro-benchmarks: one shape of frame each, in many flows, as a reader would lend them.
 */
import { batchCapacity, FrameBatchBuffer } from '../../src/capture/frame-batch.js';
import { LinkType } from '../../src/capture/link-type.js';
import { TimestampWriter } from '../../src/capture/timestamp.js';
import { decode } from '../../src/decode/decode.js';
import { Fact, Network, PacketBatch } from '../../src/decode/packet-batch.js';
import { fragment, ipv4, ipv6 } from '../decode/build-ip.js';
import { ethernet, vlan } from '../decode/build-link.js';
import { icmp, tcp, udp } from '../decode/build-transport.js';

/** Batches of one shape. */
export interface Shape {
  readonly name: string;
  readonly frames: readonly FrameBatchBuffer[];
}

/** Enough that frames and columns leave the second-level cache between two visits, as those of a file do. */
const batchesPerShape = 8;
const flows = 28_000;
const ack = 0x10;
const payload = new Uint8Array(12);
const source = '10.1.0.1';
const destination = '10.2.0.1';
const macs = { source: '02:00:00:00:00:01', destination: '02:00:00:00:00:02' };

const overIpv4 = (bytes: Uint8Array, protocol: number): Uint8Array =>
  ethernet({ ...macs, payload: ipv4({ source, destination, protocol, payload: bytes }) });
const overIpv6 = (bytes: Uint8Array, nextHeader: number): Uint8Array =>
  ethernet({
    ...macs,
    etherType: 0x86dd,
    payload: ipv6({ source: '2001:db8::1', destination: '2001:db8::2', nextHeader, payload: bytes }),
  });
const laterFragment = { fragmentOffset: 1480, payload };

/** One frame of each shape. */
const templates: Readonly<Record<string, Uint8Array>> = {
  'IPv4 TCP': overIpv4(tcp({ flags: ack, payload }), 6),
  'IPv4 UDP': overIpv4(udp({ payload }), 17),
  'IPv4 ICMP': overIpv4(icmp({ payload }), 1),
  'IPv4 fragment': ethernet({ ...macs, payload: ipv4({ source, destination, ...laterFragment }) }),
  'VLAN IPv4 UDP': ethernet({
    ...macs,
    etherType: 0x8100,
    payload: vlan({ payload: ipv4({ source, destination, payload: udp({ payload }) }) }),
  }),
  'IPv6 TCP': overIpv6(tcp({ flags: ack, payload }), 6),
  'IPv6 UDP': overIpv6(udp({ payload }), 17),
  'IPv6 fragment': overIpv6(fragment(laterFragment), 44),
};

/** Every shape, and one in which they take turns. */
export function makeShapes(): Shape[] {
  const all = Object.values(templates);
  const single = Object.entries(templates).map(([name, template]) => ({
    name,
    frames: makeBatches([template]),
  }));
  return [...single, { name: 'all in turn', frames: makeBatches(all) }];
}

function makeBatches(turns: readonly Uint8Array[]): FrameBatchBuffer[] {
  const patches = turns.map(flowField);
  let random = 0x2545f491;
  return Array.from({ length: batchesPerShape }, (_, number) => {
    const longest = Math.max(...turns.map((frame) => frame.length));
    const bytes = new Uint8Array(batchCapacity * longest);
    const view = new DataView(bytes.buffer);
    const batch = new FrameBatchBuffer(batchCapacity);
    const time = new TimestampWriter();
    batch.rebind(bytes, view, 0, LinkType.ethernet);
    let at = 0;
    for (let i = 0; i < batchCapacity; i++) {
      const frame = turns[i % turns.length];
      bytes.set(frame, at);
      random ^= random << 13;
      random ^= random >>> 17;
      random ^= random << 5;
      view.setUint16(at + patches[i % turns.length], (random >>> 0) % flows);
      batch.offset[i] = at;
      batch.capLen[i] = frame.length;
      batch.origLen[i] = frame.length;
      time.write(batch.tsWords, i, 1_700_000_000 + number, i * 1000);
      at += frame.length;
    }
    batch.count = batchCapacity;
    return batch;
  });
}

/** Where two bytes of a frame lie that make it another flow: a port, an ICMP identifier, else half a source address. */
function flowField(frame: Uint8Array): number {
  const batch = new FrameBatchBuffer(1);
  batch.rebind(frame, new DataView(frame.buffer, frame.byteOffset, frame.length), 0, LinkType.ethernet);
  batch.count = 1;
  batch.capLen[0] = batch.origLen[0] = frame.length;
  const packets = new PacketBatch(1);
  decode(batch, packets);
  if (packets.srcPort[0] !== 0) {
    const isIcmp = packets.srcPort[0] === packets.dstPort[0];
    return packets.transportOffset[0] + (isIcmp ? 4 : 0);
  }
  if ((packets.facts[0] & Fact.addresses) === 0) throw new Error('a shape without addresses has no flow');
  return packets.networkOffset[0] + (packets.network[0] === Network.ipv6 ? 22 : 14);
}
