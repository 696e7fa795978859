/**
 * Cuts the frames of one TPACKET_V3 block into batches, in place. Everything read from the block is checked against
 * its bounds: the kernel wrote it, and a view that is wrong all the same must not reach outside.
 *
 * Per packet this allocates nothing. The VLAN tag that the kernel took out of a frame is put back in front of its
 * EtherType, and a frame of `any` gets its SLL2 header, both in the room that PACKET_RESERVE leaves before it.
 */
import { isVlanTag, protocolAtStart } from './cooked-protocol.js';
import { Direction, type FrameBatchBuffer, FrameFlag, mostOrigLen } from './frame-batch.js';
import { Block, Frame, FrameStatus, Hardware, PacketType } from './ring-layout.js';
import { TimestampWriter } from './timestamp.js';

/** What stands at the start of the frames that a ring's socket gives. */
export const FrameKind = {
  /** An Ethernet header. */
  ethernet: 0,
  /** An IP header: tunnels. */
  ip: 1,
  /** Nothing yet: `any`, which gets an SLL2 header. */
  any: 2,
} as const;
export type FrameKind = (typeof FrameKind)[keyof typeof FrameKind];

const vlanTagLen = 4;
const sll2Len = 20;
const etherTypeOffset = 12;
const defaultTpid = 0x8100;

/** Direction of a PACKET_ type: host, broadcast, multicast, other host, outgoing. */
const directions = [Direction.in, Direction.broadcast, Direction.multicast, Direction.other, Direction.out];

export class RingFrames {
  /** Frames of the block in hand that were not delivered. */
  left = 0;
  /** Time of the next one. */
  seconds = 0;
  nanoseconds = 0;
  #bytes: Uint8Array = new Uint8Array(0);
  #view: DataView = new DataView(this.#bytes.buffer);
  #at = 0;
  #end = 0;
  readonly #time = new TimestampWriter();

  /**
   * @param snapLen most bytes kept of a frame
   * @param skipOutgoing the kernel delivers outgoing copies on loopback (`any`, or a kernel before 4.20)
   */
  constructor(
    readonly kind: FrameKind,
    readonly snapLen: number,
    readonly skipOutgoing: boolean,
  ) {}

  /** Takes the block of `len` bytes at `base` in hand. */
  enter(bytes: Uint8Array, view: DataView, base: number, len: number): void {
    this.#bytes = bytes;
    this.#view = view;
    const used = view.getUint32(base + Block.usedLen, true);
    this.#end = base + Math.min(used, len);
    this.#at = base + view.getUint32(base + Block.firstFrame, true);
    this.left = view.getUint32(base + Block.frames, true);
    this.#peek();
  }

  /** Notes the next frame's time; a header outside the block ends it. */
  #peek(): void {
    if (this.left === 0) return;
    if (this.#at + Frame.headerLen > this.#end) {
      this.left = 0;
      return;
    }
    this.seconds = this.#view.getUint32(this.#at + Frame.seconds, true);
    this.nanoseconds = this.#view.getUint32(this.#at + Frame.nanoseconds, true);
  }

  /**
   * Adds frames to the batch until it holds `limit`, the block ends, or a frame is later than the time given.
   * @param untilSeconds Infinity for no such time
   */
  fill(batch: FrameBatchBuffer, limit: number, untilSeconds: number, untilNs: number): void {
    const { kind, snapLen, skipOutgoing } = this;
    const { offset, capLen, origLen, tsWords, direction, flags, position } = batch;
    const view = this.#view;
    const end = this.#end;
    let at = this.#at;
    let left = this.left;
    let count = 0;
    while (left > 0 && count < limit) {
      if (at + Frame.headerLen > end) {
        left = 0;
        break;
      }
      const seconds = view.getUint32(at + Frame.seconds, true);
      const ns = view.getUint32(at + Frame.nanoseconds, true);
      if (seconds >= untilSeconds && (seconds > untilSeconds || ns > untilNs)) break;
      const status = view.getUint32(at + Frame.status, true);
      const packetType = view.getUint8(at + Frame.addressPacketType);
      let start = at + view.getUint16(at + Frame.mac, true);
      let captured = view.getUint32(at + Frame.capLen, true);
      let original = view.getUint32(at + Frame.origLen, true);
      const next = view.getUint32(at + Frame.next, true);
      const isWithin = start >= at + Frame.headerLen && start + captured <= end;
      if (isWithin && !(skipOutgoing && packetType === PacketType.outgoing && this.#isLoopback(at))) {
        if (kind !== FrameKind.ethernet || (status & FrameStatus.vlanValid) !== 0) {
          const added = this.#addHeader(at, start, captured, status);
          start -= added;
          captured += added;
          original += added;
        }
        this.#time.write(tsWords, count, seconds, ns);
        offset[count] = start;
        capLen[count] = captured < snapLen ? captured : snapLen;
        origLen[count] = original < mostOrigLen ? original : mostOrigLen;
        direction[count] = packetType < directions.length ? directions[packetType] : Direction.unknown;
        flags[count] = (status & FrameStatus.checksumNotReady) === 0 ? 0 : FrameFlag.checksumNotReady;
        position[count] = -1;
        count++;
      }
      left--;
      if (left > 0 && next < Frame.headerLen) left = 0;
      at += next;
    }
    batch.count = count;
    this.#at = at;
    this.left = left;
    this.#peek();
  }

  /** On `any` the frame's own device type tells; elsewhere only a loopback interface has copies skipped at all. */
  #isLoopback(at: number): boolean {
    return (
      this.kind !== FrameKind.any ||
      this.#view.getUint16(at + Frame.addressHardware, true) === Hardware.loopback
    );
  }

  /** Writes what belongs in front of the frame at `start`. @returns bytes added there */
  #addHeader(at: number, start: number, captured: number, status: number): number {
    const isTagged = (status & FrameStatus.vlanValid) !== 0;
    if (this.kind === FrameKind.ip) return 0;
    const room = start - at - Frame.headerLen;
    if (this.kind === FrameKind.ethernet) {
      return captured >= etherTypeOffset && room >= vlanTagLen ? this.#addVlanTag(at, start, status) : 0;
    }
    const added = isTagged ? sll2Len + vlanTagLen : sll2Len;
    if (room < added) return 0;
    this.#addSll2(at, start - added, isTagged, status, this.#protocol(at, start, captured, isTagged));
    return added;
  }

  /** Both addresses move to the front; the tag comes before the EtherType. */
  #addVlanTag(at: number, start: number, status: number): number {
    const view = this.#view;
    this.#bytes.copyWithin(start - vlanTagLen, start, start + etherTypeOffset);
    view.setUint16(start - vlanTagLen + etherTypeOffset, this.#tpid(at, status));
    view.setUint16(start - vlanTagLen + etherTypeOffset + 2, view.getUint16(at + Frame.vlanTci, true));
    return vlanTagLen;
  }

  #tpid(at: number, status: number): number {
    const isGiven = (status & FrameStatus.vlanTpidValid) !== 0;
    return isGiven ? this.#view.getUint16(at + Frame.vlanTpid, true) : defaultTpid;
  }

  #protocol(at: number, start: number, captured: number, isTagged: boolean): number {
    const view = this.#view;
    const protocol = view.getUint16(at + Frame.addressProtocol);
    if (!isTagged && !isVlanTag(protocol)) return protocol;
    const packetType = view.getUint8(at + Frame.addressPacketType);
    const end = start + captured;
    const originalEnd = start + view.getUint32(at + Frame.origLen, true);
    return protocolAtStart({ protocol, packetType, isTagged, view, start, end, originalEnd });
  }

  /** LINKTYPE_LINUX_SLL2, then the VLAN tag if there is one. */
  #addSll2(at: number, to: number, isTagged: boolean, status: number, protocol: number): void {
    const view = this.#view;
    view.setUint16(to, isTagged ? this.#tpid(at, status) : protocol);
    view.setUint16(to + 2, 0);
    view.setUint32(to + 4, view.getUint32(at + Frame.addressIndex, true));
    view.setUint16(to + 8, view.getUint16(at + Frame.addressHardware, true));
    view.setUint8(to + 10, view.getUint8(at + Frame.addressPacketType));
    view.setUint8(to + 11, view.getUint8(at + Frame.addressLen));
    for (let i = 0; i < 8; i++) view.setUint8(to + 12 + i, view.getUint8(at + Frame.address + i));
    if (!isTagged) return;
    view.setUint16(to + sll2Len, view.getUint16(at + Frame.vlanTci, true));
    view.setUint16(to + sll2Len + 2, protocol);
  }
}
