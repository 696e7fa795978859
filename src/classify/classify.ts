/**
 * One Locality per packet, from the columns and the host: the verdict table of the design, rule by rule.
 * The hot path: reads columns, writes two, allocates nothing.
 *
 *     interface role   loopback    what the destination is decides
 *                      wire        loopback addresses leak, own to own is a hairpin, own casts are originals
 *                      unknown     each frame speaks for itself, evidence `inferred`
 *
 * Reference: Stevens, TCP/IP Illustrated vol. 1, 2.7; RFC 1122 3.2.1.3; RFC 4291 2.5.3.
 */
import { Direction, FrameFlag } from '../capture/frame-batch.js';
import { InterfaceRole } from '../capture/source.js';
import { Layer, Stop } from '../decode/layer.js';
import { Fact, Network, type PacketBatch } from '../decode/packet-batch.js';
import type { HostLookup } from '../host/host-lookup.js';
import type { HostOrigin } from '../host/host-model.js';
import {
  isBroadcastIpv4,
  isLoopbackIpv4,
  isLoopbackIpv6,
  isMulticastIpv4,
  isMulticastIpv6,
  isUnicastIpv4,
  isUnspecifiedIpv6,
  sameIpv6,
} from './address-scope.js';
import { Evidence, Locality } from './locality.js';

const ipv6SrcOffset = 8;
const ipv6DstOffset = 24;

const evidenceOfOrigin: Record<HostOrigin, Evidence> = {
  given: Evidence.given,
  recorded: Evidence.recorded,
  live: Evidence.live,
  empty: Evidence.inferred,
};

/** Classifies the packets of one host; keeps what their traffic shows of it where nobody told. */
export class Classifier {
  /** Evidence of the packet judged last. */
  #evidence: Evidence = Evidence.none;
  /** What a verdict rests on that asked the host model. */
  readonly #hostEvidence: Evidence;

  constructor(readonly host: HostLookup) {
    this.#hostEvidence = evidenceOfOrigin[host.origin];
  }

  /**
   * @param packets decoded columns
   * @param role of the interface; unknown lets each link header speak
   * @param locality receives a Locality a packet
   * @param evidence receives an Evidence a packet
   */
  classify(packets: PacketBatch, role: InterfaceRole, locality: Uint8Array, evidence: Uint8Array): void {
    const { first, count } = packets;
    for (let i = first; i < count; i++) {
      this.#evidence = Evidence.none;
      locality[i] = this.#judge(packets, i, roleOfFrame(packets, i, role));
      evidence[i] = this.#evidence;
    }
  }

  #judge(packets: PacketBatch, i: number, role: InterfaceRole): Locality {
    const network = packets.network[i];
    if ((packets.facts[i] & Fact.addresses) === 0) return withoutAddresses(packets, i);
    if (isObservedCopy(packets, i)) {
      const copy = this.#observed(packets, i);
      if (copy !== null) return copy;
    }
    if (network === Network.ipv4) {
      const src = packets.srcIpv4[i];
      const dst = packets.dstIpv4[i];
      if (role === InterfaceRole.loopback) return this.#onLoopbackIpv4(dst);
      if (role === InterfaceRole.wire) return this.#onWireIpv4(src, dst, packets.direction[i]);
      return this.#unknownIpv4(src, dst);
    }
    if (network === Network.ipv6) {
      const { view } = packets.frames;
      const at = packets.networkOffset[i];
      if (role === InterfaceRole.loopback) return this.#onLoopbackIpv6(view, at + ipv6DstOffset);
      if (role === InterfaceRole.wire) return this.#onWireIpv6(view, at, packets.direction[i]);
      return this.#unknownIpv6(view, at);
    }
    return this.#arp(packets.srcIpv4[i], packets.dstIpv4[i], role);
  }

  /**
   * A copy that was seen where it loops back: what it is needs no host model, which may not know all broadcasts (a
   * capture records addresses without their prefixes, or none).
   * @returns null where the destination says that it is none: it is judged as what is seen on loopback
   */
  #observed(packets: PacketBatch, i: number): Locality | null {
    const { host } = this;
    let copy: Locality | null = null;
    if (packets.network[i] === Network.ipv6) {
      const dst = packets.networkOffset[i] + ipv6DstOffset;
      if (isMulticastIpv6(packets.frames.view, dst)) copy = Locality.multicastCopy;
    } else {
      const dst = packets.dstIpv4[i];
      const isUnicast = isLoopbackIpv4(dst) || host.isOwnIpv4(dst);
      if (isMulticastIpv4(dst)) copy = Locality.multicastCopy;
      else if (isBroadcastIpv4(dst) || !isUnicast) copy = Locality.broadcastCopy;
    }
    if (copy !== null) this.#evidence = Evidence.observed;
    return copy;
  }

  /** Loopback addresses have no business in ARP, except on a loopback interface, which has no ARP at all. */
  #arp(sender: number, target: number, role: InterfaceRole): Locality {
    if (role === InterfaceRole.loopback) return Locality.notIp;
    if (!isLoopbackIpv4(sender) && !isLoopbackIpv4(target)) return Locality.notIp;
    if (role === InterfaceRole.unknown) this.#evidence = Evidence.inferred;
    return Locality.leak;
  }

  #onLoopbackIpv4(dst: number): Locality {
    if (isBroadcastIpv4(dst)) return Locality.broadcastCopy;
    if (isLoopbackIpv4(dst)) return Locality.loopback;
    if (isMulticastIpv4(dst)) return Locality.multicastCopy;
    const { host } = this;
    this.#evidence = this.#hostEvidence;
    if (host.isBroadcast(dst)) return Locality.broadcastCopy;
    if (host.isOwnIpv4(dst)) return Locality.selfAddressed;
    if (host.known) return Locality.stray;
    // Nobody told which addresses are the host's: that a unicast datagram is on lo says that this one is.
    if (!isUnicastIpv4(dst)) return Locality.stray;
    host.inferIpv4(dst);
    return Locality.selfAddressed;
  }

  #onLoopbackIpv6(view: DataView, dst: number): Locality {
    if (isLoopbackIpv6(view, dst)) return Locality.loopback;
    if (isMulticastIpv6(view, dst)) return Locality.multicastCopy;
    const { host } = this;
    this.#evidence = this.#hostEvidence;
    if (host.isOwnIpv6(view, dst)) return Locality.selfAddressed;
    if (host.known || isUnspecifiedIpv6(view, dst)) return Locality.stray;
    host.inferIpv6(view, dst);
    return Locality.selfAddressed;
  }

  #onWireIpv4(src: number, dst: number, direction: number): Locality {
    if (isLoopbackIpv4(src) || isLoopbackIpv4(dst)) return Locality.leak;
    const { host } = this;
    const isOwnSrc = host.isOwnIpv4(src);
    if (isOwnSrc && host.isOwnIpv4(dst)) return this.#byHost(Locality.hairpin);
    const isCast = isMulticastIpv4(dst) || isBroadcastIpv4(dst) || host.isBroadcast(dst);
    return isCast ? this.#castOnWire(isOwnSrc, direction) : Locality.external;
  }

  #onWireIpv6(view: DataView, at: number, direction: number): Locality {
    const src = at + ipv6SrcOffset;
    const dst = at + ipv6DstOffset;
    if (isLoopbackIpv6(view, src) || isLoopbackIpv6(view, dst)) return Locality.leak;
    const isOwnSrc = this.host.isOwnIpv6(view, src);
    if (isOwnSrc && this.host.isOwnIpv6(view, dst)) return this.#byHost(Locality.hairpin);
    return isMulticastIpv6(view, dst) ? this.#castOnWire(isOwnSrc, direction) : Locality.external;
  }

  /** A broadcast or multicast on a wire: the host's own where its source, or the capture's direction, says so. */
  #castOnWire(isOwnSrc: boolean, direction: number): Locality {
    if (isOwnSrc) return this.#byHost(Locality.castOriginal);
    if (direction !== Direction.out) return Locality.external;
    this.#evidence = Evidence.inferred;
    return Locality.castOriginal;
  }

  #unknownIpv4(src: number, dst: number): Locality {
    this.#evidence = Evidence.inferred;
    const fromLoopback = isLoopbackIpv4(src);
    const toLoopback = isLoopbackIpv4(dst);
    if (fromLoopback && toLoopback) return isBroadcastIpv4(dst) ? Locality.broadcastCopy : Locality.loopback;
    if (fromLoopback || toLoopback) return Locality.leak;
    if (src === dst && isUnicastIpv4(dst)) return Locality.selfAddressed;
    const isCast = isMulticastIpv4(dst) || isBroadcastIpv4(dst) || this.host.isBroadcast(dst);
    return isCast && this.host.known && this.host.isOwnIpv4(src) ? Locality.castOriginal : Locality.external;
  }

  #unknownIpv6(view: DataView, at: number): Locality {
    this.#evidence = Evidence.inferred;
    const src = at + ipv6SrcOffset;
    const dst = at + ipv6DstOffset;
    const fromLoopback = isLoopbackIpv6(view, src);
    const toLoopback = isLoopbackIpv6(view, dst);
    if (fromLoopback || toLoopback) return fromLoopback && toLoopback ? Locality.loopback : Locality.leak;
    if (isMulticastIpv6(view, dst)) {
      const isOwnCast = this.host.known && this.host.isOwnIpv6(view, src);
      return isOwnCast ? Locality.castOriginal : Locality.external;
    }
    const isItself = sameIpv6(view, src, dst) && !isUnspecifiedIpv6(view, dst);
    return isItself ? Locality.selfAddressed : Locality.external;
  }

  #byHost(locality: Locality): Locality {
    this.#evidence = this.#hostEvidence;
    return locality;
  }
}

/**
 * Where packet i was: a copy observed above the taps has looped wherever it was seen; else the interface's role
 * decides, and where that is unknown, the link header.
 */
export function roleOfFrame(packets: PacketBatch, i: number, role: InterfaceRole): InterfaceRole {
  if (isObservedCopy(packets, i)) return InterfaceRole.loopback;
  if (role !== InterfaceRole.unknown) return role;
  const facts = packets.facts[i];
  if ((facts & Fact.loopbackLink) !== 0) return InterfaceRole.loopback;
  return (facts & Fact.wireLink) !== 0 ? InterfaceRole.wire : InterfaceRole.unknown;
}

/** Is packet i a copy observed above the taps, as its source or its own link header says? */
export function isObservedCopy({ frames, facts }: PacketBatch, i: number): boolean {
  return (frames.flags[i] & FrameFlag.observedCopy) !== 0 || (facts[i] & Fact.observedCopy) !== 0;
}

/** A frame without addresses: not IP, as far as its headers tell, or cut or broken before they do. */
function withoutAddresses(packets: PacketBatch, i: number): Locality {
  const stop = packets.stop[i];
  const isUnknownLink = packets.lastLayer[i] === Layer.end;
  if (packets.network[i] === Network.arp)
    return stop === Stop.truncated ? Locality.undecoded : Locality.notIp;
  return stop === Stop.unsupported && !isUnknownLink ? Locality.notIp : Locality.undecoded;
}
