/**
 * Which flow the later fragments of a datagram belong to: the ports are in the first fragment only.
 * A direct-mapped table: a newer datagram takes the place of an older one, so memory is fixed and a look-up is
 * one comparison. A fragment whose first was not seen counts for a flow without ports.
 * Reference: RFC 791 3.2 and RFC 8200 4.5: addresses and identification (and protocol, IPv4) name a datagram.
 *
 *     slot   | source | destination | identification | network, protocol | flow | sent by the high end |
 *
 * IPv6 addresses stand there by their hash.
 */
import { Network, type PacketBatch } from '../decode/packet-batch.js';
import { hashWords } from '../host/ipv6-table.js';

const slots = 1024;
const wordsPerSlot = 6;
/** Of the protocol in the IPv4 header. */
const protocolOffset = 9;

export class FragmentFlows {
  /** After flowOf: whether the high end of the flow sent the first fragment, as FlowKeys.isSrcHigh. */
  isSrcHigh = 0;
  readonly #words = new Int32Array(slots * wordsPerSlot);
  /** The key of the packet in hand. */
  #src = 0;
  #dst = 0;
  #identification = 0;
  #network = 0;

  /** Remembers that packet i, a first fragment, belongs to `flow`, and which end sent it. */
  note(packets: PacketBatch, i: number, flow: number, isSrcHigh: number): void {
    const at = this.#slotOf(packets, i);
    const words = this.#words;
    words[at] = this.#src;
    words[at + 1] = this.#dst;
    words[at + 2] = this.#identification;
    words[at + 3] = this.#network;
    words[at + 4] = flow;
    words[at + 5] = isSrcHigh;
  }

  /** The flow of packet i, a later fragment, or 0. */
  flowOf(packets: PacketBatch, i: number): number {
    const at = this.#slotOf(packets, i);
    const words = this.#words;
    const isSame =
      words[at] === this.#src &&
      words[at + 1] === this.#dst &&
      words[at + 2] === this.#identification &&
      words[at + 3] === this.#network;
    if (!isSame) return 0;
    this.isSrcHigh = words[at + 5];
    return words[at + 4];
  }

  /** Takes packet i in hand and gives the slot of its key. */
  #slotOf(packets: PacketBatch, i: number): number {
    this.#network = packets.network[i];
    this.#identification = packets.fragmentId[i];
    if (this.#network === Network.ipv6) {
      const at = packets.networkOffset[i];
      this.#src = hashIpv6(packets.frames.view, at + 8);
      this.#dst = hashIpv6(packets.frames.view, at + 24);
    } else {
      this.#src = packets.srcIpv4[i];
      this.#dst = packets.dstIpv4[i];
      this.#network |= packets.frames.view.getUint8(packets.networkOffset[i] + protocolOffset) << 8;
    }
    const hash = hashWords(this.#src, this.#dst, this.#identification, this.#network);
    return (hash & (slots - 1)) * wordsPerSlot;
  }
}

function hashIpv6(view: DataView, offset: number): number {
  return hashWords(
    view.getInt32(offset),
    view.getInt32(offset + 4),
    view.getInt32(offset + 8),
    view.getInt32(offset + 12),
  );
}
