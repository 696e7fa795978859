/**
 * What lies in a frame of LINKTYPE_NFLOG: a packet that a netfilter rule logged, as the last of several attributes.
 * Reference: LINKTYPE_NFLOG in the tcpdump group's registry; linux/netfilter/nfnetlink_log.h.
 *
 *      0        1         2       4
 *     | family | version | group | len | type | value … | len | type | value … |    each attribute aligned to 4
 *
 * Lengths and types are in the order of the host that captured, the values in network order. Read on the hot path too:
 * allocates nothing, and no byte beyond `end`.
 */

/** NFULA_ numbers. */
export const NflogAttribute = {
  packetHeader: 1,
  mark: 2,
  timestamp: 3,
  inputInterface: 4,
  outputInterface: 5,
  physicalInput: 6,
  physicalOutput: 7,
  hardwareAddress: 8,
  payload: 9,
  prefix: 10,
  userId: 11,
  sequence: 12,
  globalSequence: 13,
  groupId: 14,
  hardwareType: 15,
  hardwareHeader: 16,
  hardwareLen: 17,
} as const;

/** How the reading of a frame ended. `withoutPayload` is a whole frame that holds no packet. */
export const NflogEnd = { payload: 0, withoutPayload: 1, truncated: 2, malformed: 3 } as const;
export type NflogEnd = (typeof NflogEnd)[keyof typeof NflogEnd];

/** What our own rule writes before each packet that it logs: the mark of an observed copy, also in a file. */
export const copyPrefix = 'loscope copy';
const prefixBytes = new TextEncoder().encode(copyPrefix);

export const nflogHeaderLen = 4;
const attributeHeaderLen = 4;
/** Bits of the type that say how the value is coded. */
const typeMask = 0x3fff;

/** One frame as read last; reused. Offsets are into the view that was read; 0 where the attribute is missing. */
export class NflogFrame {
  /** NFPROTO_ number; that of IPv4 and IPv6 is their address family's. */
  family = 0;
  /** EtherType and netfilter hook; hook -1 where nothing tells. */
  protocol = 0;
  hook = -1;
  payloadOffset = 0;
  /** Bytes of the packet that are there. */
  payloadLen = 0;
  /** Interface indices; 0 is none. */
  inputInterface = 0;
  outputInterface = 0;
  timestampOffset = 0;
  sequenceOffset = 0;
  /** Attribute that was read last, and the bytes that its header or value asks for, from its start. */
  attributeOffset = 0;
  attributeLen = 0;
  isLittleEndian = true;
  #hasCopyPrefix = false;
  #hardwareHeaderOffset = 0;
  #hardwareHeaderLen = 0;

  /**
   * @param offset of the frame
   * @param end one past its last byte that was captured
   * @param limit one past its last byte
   */
  read(view: DataView, offset: number, end: number, limit: number): NflogEnd {
    this.#reset(offset);
    if (end - offset < nflogHeaderLen) return NflogEnd.truncated;
    this.family = view.getUint8(offset);
    let at = offset + nflogHeaderLen;
    if (end - at >= attributeHeaderLen) this.isLittleEndian = isLittleEndian(view, at);
    while (at < limit) {
      this.attributeOffset = at;
      this.attributeLen = attributeHeaderLen;
      if (end - at < attributeHeaderLen) return end < limit ? NflogEnd.truncated : NflogEnd.malformed;
      const len = view.getUint16(at, this.isLittleEndian);
      this.attributeLen = len;
      if (len < attributeHeaderLen || at + len > limit) return NflogEnd.malformed;
      const type = view.getUint16(at + 2, this.isLittleEndian) & typeMask;
      if (type === NflogAttribute.payload) return this.#takePayload(at + attributeHeaderLen, at + len, end);
      if (at + len > end) return NflogEnd.truncated;
      this.#take(view, type, at + attributeHeaderLen, len - attributeHeaderLen);
      at += (len + 3) & ~3;
    }
    return NflogEnd.withoutPayload;
  }

  /**
   * Is it a copy of an own broadcast or multicast, logged by our own rule? One that loops back has no link header: where
   * a frame from the wire has one, there the packet itself lies, twice. So a neighbour that forges the host's address,
   * or a network that sends the host's frames back to it, makes none.
   */
  isObservedCopy(view: DataView): boolean {
    if (!this.#hasCopyPrefix || this.payloadLen === 0) return false;
    const len = Math.min(this.#hardwareHeaderLen, this.payloadLen);
    for (let i = 0; i < len; i++) {
      if (view.getUint8(this.#hardwareHeaderOffset + i) !== view.getUint8(this.payloadOffset + i))
        return false;
    }
    return true;
  }

  #reset(offset: number): void {
    this.family = 0;
    this.protocol = 0;
    this.hook = -1;
    this.payloadOffset = 0;
    this.payloadLen = 0;
    this.inputInterface = 0;
    this.outputInterface = 0;
    this.timestampOffset = 0;
    this.sequenceOffset = 0;
    this.attributeOffset = offset;
    this.attributeLen = nflogHeaderLen;
    this.isLittleEndian = true;
    this.#hasCopyPrefix = false;
    this.#hardwareHeaderOffset = 0;
    this.#hardwareHeaderLen = 0;
  }

  /** What is cut of the packet is the packet's affair. */
  #takePayload(from: number, to: number, end: number): NflogEnd {
    this.payloadOffset = from;
    this.payloadLen = Math.max(0, Math.min(to, end) - from);
    return NflogEnd.payload;
  }

  /** Values that are shorter than they must be tell nothing. */
  #take(view: DataView, type: number, at: number, len: number): void {
    switch (type) {
      case NflogAttribute.packetHeader:
        if (len < 4) return;
        this.protocol = view.getUint16(at);
        this.hook = view.getUint8(at + 2);
        return;
      case NflogAttribute.timestamp:
        if (len >= 16) this.timestampOffset = at;
        return;
      case NflogAttribute.inputInterface:
        if (len >= 4) this.inputInterface = view.getUint32(at);
        return;
      case NflogAttribute.outputInterface:
        if (len >= 4) this.outputInterface = view.getUint32(at);
        return;
      case NflogAttribute.sequence:
        if (len >= 4) this.sequenceOffset = at;
        return;
      case NflogAttribute.prefix:
        this.#hasCopyPrefix = isCopyPrefix(view, at, len);
        return;
      case NflogAttribute.hardwareHeader:
        this.#hardwareHeaderOffset = at;
        this.#hardwareHeaderLen = len;
    }
  }
}

/** Types are below 256 and not 0, so the byte that is 0 tells the order. */
function isLittleEndian(view: DataView, attribute: number): boolean {
  return view.getUint8(attribute + 2) !== 0 || view.getUint8(attribute + 3) === 0;
}

/** Up to its NUL. */
function isCopyPrefix(view: DataView, at: number, len: number): boolean {
  if (
    len < prefixBytes.length ||
    (len > prefixBytes.length && view.getUint8(at + prefixBytes.length) !== 0)
  ) {
    return false;
  }
  for (let i = 0; i < prefixBytes.length; i++) if (view.getUint8(at + i) !== prefixBytes[i]) return false;
  return true;
}
