/**
 * Datagrams that this host sent to itself by way of a wire, for long enough to know them again: its peer sends them
 * back with a TTL that is lower by one or more, and that return is the same datagram and no second one.
 *
 * What stays the same: addresses, protocol, identification (IPv4) or flow label (IPv6), and the first bytes behind
 * the header. RFC 791 3.2: the identification tells the datagrams of one source, destination and protocol apart.
 */
import { Network, type PacketBatch } from '../decode/packet-batch.js';

/** Datagrams that are remembered; the oldest are forgotten first. */
const mostRemembered = 4096;
const payloadKept = 16;
/** Version, traffic class and flow label; then both addresses. */
const ipv6Words = [0, 8, 12, 16, 20, 24, 28, 32, 36];

export class HairpinMemory {
  /** TTL by datagram, oldest first. */
  readonly #ttlOf = new Map<string, number>();

  /**
   * Notes packet i.
   * @returns the TTL it was sent with when this is its return, else null
   */
  returnOf(packets: PacketBatch, i: number): { sentTtl: number; ttl: number } | null {
    const { key, ttl } = identify(packets, i);
    const sentTtl = this.#ttlOf.get(key);
    if (sentTtl !== undefined && ttl < sentTtl) return { sentTtl, ttl };
    if (this.#ttlOf.size >= mostRemembered) {
      const [oldest] = this.#ttlOf.keys();
      this.#ttlOf.delete(oldest);
    }
    this.#ttlOf.set(key, ttl);
    return null;
  }
}

function identify(packets: PacketBatch, i: number): { key: string; ttl: number } {
  const { view, offset, capLen } = packets.frames;
  const at = packets.networkOffset[i];
  const end = offset[i] + capLen[i];
  const isIpv4 = packets.network[i] === Network.ipv4;
  const headerLen = isIpv4 ? 4 * (view.getUint8(at) & 15) : 40;
  const fields: number[] = isIpv4
    ? [view.getUint32(at + 4), view.getUint8(at + 9), view.getUint32(at + 12), view.getUint32(at + 16)]
    : ipv6Words.map((word) => view.getUint32(at + word));
  for (let byte = at + headerLen; byte < Math.min(end, at + headerLen + payloadKept); byte++) {
    fields.push(view.getUint8(byte));
  }
  return { key: fields.join(), ttl: view.getUint8(at + (isIpv4 ? 8 : 7)) };
}
