/**
 * Looks at the frames that the program let through, wherever it ran, and says which of them leak or turn back: live and
 * over files the same.
 *
 *     suspect frame ─ decode ─┬─ find-leak ─ a loopback address in some header ─► leak
 *                             └─ classify ── own address to own address ────────► hairpin
 */
import { batchCapacity, Direction, type FrameBatch } from '../capture/frame-batch.js';
import { LinkType } from '../capture/link-type.js';
import { InterfaceRole } from '../capture/source.js';
import { type Classifier, roleOfFrame } from '../classify/classify.js';
import { Locality } from '../classify/locality.js';
import { decode } from '../decode/decode.js';
import { Stop } from '../decode/layer.js';
import { Network, PacketBatch } from '../decode/packet-batch.js';
import { formatIpv4, formatIpv6 } from '../format/address.js';
import { type UdpTunnels, usualTunnels } from '../host/udp-tunnels.js';
import { describeLeak, leakAddresses, loopbackEnds, namesSender, placeOf } from './describe-leak.js';
import type { Except } from './except.js';
import { findLeak } from './find-leak.js';
import { HairpinMemory } from './hairpin-memory.js';
import { Header, LeakWalk, Outcome } from './leak-walk.js';
import type { Ledger } from './ledger.js';
import type { ProbeTrace, Provoked } from './probe-trace.js';
import type { Passage, Sighting, SightingDetail } from './sighting.js';

/** Where frames were seen, and by which host. */
export interface Lookout {
  readonly interface: string;
  /** '' live. */
  readonly file: string;
  readonly role: InterfaceRole;
  readonly classifier: Classifier;
  /** By port; absent for the usual ones. */
  readonly udpTunnels?: UdpTunnels;
}

/** What became of one frame. */
export const Judgement = {
  clear: 0,
  found: 1,
  /** It would have been a finding, but for `--except`. */
  excepted: 2,
  /** Its headers go on where it was cut, or deeper than they are followed: nobody can tell. */
  unchecked: 3,
  /** It announces IP or ARP and holds neither, and may be of this host, or what the capture made of a frame. */
  malformed: 4,
  /** It was on loopback, as its role or its link header says. */
  onLoopback: 5,
} as const;
export type Judgement = (typeof Judgement)[keyof typeof Judgement];

/** The links whose headers are walked over; behind all others the walk begins with what was decoded. */
const headerOfLink = new Map<LinkType, Header>([
  [LinkType.ethernet, Header.ethernet],
  [LinkType.linuxSll, Header.sll],
  [LinkType.linuxSll2, Header.sll2],
]);

const headerOfNetwork: Record<number, Header> = {
  [Network.none]: Header.end,
  [Network.arp]: Header.arp,
  [Network.ipv4]: Header.ipv4,
  [Network.ipv6]: Header.ipv6,
};

export class Detector {
  readonly #packets = new PacketBatch(batchCapacity);
  readonly #walk = new LeakWalk();
  readonly #memory = new HairpinMemory();
  readonly #locality = new Uint8Array(batchCapacity);
  readonly #evidence = new Uint8Array(batchCapacity);

  constructor(
    readonly ledger: Ledger,
    readonly except: Except | null,
    /** Of the probe, or null. */
    readonly trace: ProbeTrace | null = null,
  ) {}

  /**
   * Looks at frame i of a batch.
   * @param frame its number in its capture, from 1; 0 live
   */
  inspect(batch: FrameBatch, i: number, lookout: Lookout, frame: number): Judgement {
    const packets = this.#packets;
    decode(batch, packets, i, i + 1);
    if (roleOfFrame(packets, i, lookout.role) === InterfaceRole.loopback) return Judgement.onLoopback;
    this.#walk.udpTunnels = lookout.udpTunnels ?? usualTunnels;
    const outcome = this.#walkFrame(batch, i);
    if (outcome === Outcome.leak) return this.#addLeak(batch, i, lookout, frame);
    if (outcome === Outcome.malformed) return this.#addMalformed(batch, i, lookout, frame);
    if (outcome !== Outcome.none) return Judgement.unchecked;
    lookout.classifier.classify(packets, InterfaceRole.wire, this.#locality, this.#evidence);
    if (this.#locality[i] === Locality.hairpin) return this.#addHairpin(batch, i, lookout, frame);
    return Judgement.clear;
  }

  /** Where frame i was seen, as its link header says when nothing else tells. */
  roleOf(batch: FrameBatch, i: number, role: InterfaceRole): InterfaceRole {
    if (role !== InterfaceRole.unknown) return role;
    decode(batch, this.#packets, i, i + 1);
    return roleOfFrame(this.#packets, i, role);
  }

  #walkFrame(batch: FrameBatch, i: number): Outcome {
    const { view, offset, capLen, origLen, linkType } = batch;
    const packets = this.#packets;
    const end = offset[i] + capLen[i];
    // A rule that logs a packet may keep less of it and does not say so; its length tells.
    const isCut = capLen[i] < origLen[i] || linkType === LinkType.nflog;
    const link = headerOfLink.get(linkType);
    if (link !== undefined) return findLeak(view, offset[i], end, isCut, link, this.#walk);
    const first = headerOfNetwork[packets.network[i]];
    const outcome = findLeak(view, packets.networkOffset[i], end, isCut, first, this.#walk);
    if (first !== Header.end) return outcome;
    const stop = packets.stop[i];
    return stop === Stop.malformed
      ? Outcome.malformed
      : isCut && stop === Stop.truncated
        ? Outcome.cut
        : outcome;
  }

  #addLeak(batch: FrameBatch, i: number, lookout: Lookout, frame: number): Judgement {
    const walk = this.#walk;
    return this.#add(batch, i, lookout, 'leak', false, () => ({
      timeNs: batch.tsNs[i],
      ...leakAddresses(walk),
      frame,
      text: describeLeak(walk),
    }));
  }

  #addHairpin(batch: FrameBatch, i: number, lookout: Lookout, frame: number): Judgement {
    const packets = this.#packets;
    const returned = this.#memory.returnOf(packets, i);
    const text =
      returned === null
        ? ''
        : `the return of a datagram sent with TTL ${returned.sentTtl}: now ${returned.ttl}`;
    return this.#add(batch, i, lookout, 'hairpin', returned !== null, () => ({
      timeNs: batch.tsNs[i],
      ...outerAddresses(packets, i),
      frame,
      text,
    }));
  }

  /**
   * Live, one that came in is noted and hides nothing: no stack takes it, so that it is neither this host's nor delivered
   * here, and a neighbour could else make any watch blind. One that goes out counts against the watch, also where a bridge
   * passes on what a neighbour made: who can do that can make the host leak too. A capture may have damaged the frame
   * itself, as those of `any` do with some tags, so that there each counts.
   */
  #addMalformed(batch: FrameBatch, i: number, lookout: Lookout, frame: number): Judgement {
    const judgement = this.#add(batch, i, lookout, 'malformed', false, () => ({
      timeNs: batch.tsNs[i],
      src: '',
      dst: '',
      frame,
      text: describeLeak(this.#walk),
    }));
    if (judgement === Judgement.excepted) return judgement;
    const isHeard = lookout.file === '' && this.#packets.direction[i] !== Direction.out;
    return isHeard ? Judgement.clear : Judgement.malformed;
  }

  #add(
    batch: FrameBatch,
    i: number,
    lookout: Lookout,
    kind: Sighting['kind'],
    isReturn: boolean,
    detailOf: () => SightingDetail,
  ): Judgement {
    const provoked = this.#provoked(batch, i, lookout, kind);
    if (this.except?.has(batch, i)) return Judgement.excepted;
    const sighting: Sighting = {
      kind,
      passage: passageOf(this.#packets, i, lookout.classifier),
      place: kind === 'leak' ? placeOf(this.#walk) : 'datagram',
      provoked: provoked?.by ?? 'not',
      ends: kind === 'leak' ? loopbackEnds(this.#walk) : [],
      namesSender: kind !== 'hairpin' && namesSender(this.#walk),
      interface: lookout.interface,
      file: lookout.file,
    };
    this.ledger.add(sighting, isReturn, () => {
      const detail = detailOf();
      const text = [detail.text, provoked?.text ?? ''].filter((part) => part !== '').join('; ');
      return { ...detail, text };
    });
    return Judgement.found;
  }

  #provoked(batch: FrameBatch, i: number, lookout: Lookout, kind: Sighting['kind']): Provoked | null {
    if (this.trace === null || kind === 'malformed') return null;
    const { view, bytes, offset, capLen } = batch;
    const end = offset[i] + capLen[i];
    const packets = this.#packets;
    const { headers, offsets, headerCount } = this.#walk;
    const isLeak = kind === 'leak';
    const header = isLeak ? (headers[headerCount - 1] as Header) : headerOfNetwork[packets.network[i]];
    const at = isLeak ? offsets[headerCount - 1] : packets.networkOffset[i];
    const frame = bytes.subarray(offset[i], end);
    return this.trace.attribute(frame, { view, header, at, end }, lookout.interface);
  }
}

/** By the packet type; a capture without it is read by whose the outermost addresses are. */
function passageOf(packets: PacketBatch, i: number, { host }: Classifier): Passage {
  const direction = packets.direction[i];
  if (direction !== Direction.unknown) return direction === Direction.out ? 'egress' : 'ingress';
  const { view } = packets.frames;
  const at = packets.networkOffset[i];
  const isIpv6 = packets.network[i] === Network.ipv6;
  if (isIpv6 && !hasIpv6Addresses(packets, i)) return 'unknown';
  const isOwnSrc = isIpv6 ? host.isOwnIpv6(view, at + 8) : host.isOwnIpv4(packets.srcIpv4[i]);
  const isOwnDst = isIpv6 ? host.isOwnIpv6(view, at + 24) : host.isOwnIpv4(packets.dstIpv4[i]);
  if (isOwnSrc === isOwnDst) return 'unknown';
  return isOwnSrc ? 'egress' : 'ingress';
}

/** What announces IPv6 may end before its addresses do. */
function hasIpv6Addresses({ frames, networkOffset }: PacketBatch, i: number): boolean {
  return networkOffset[i] + 40 <= frames.offset[i] + frames.capLen[i];
}

function outerAddresses(packets: PacketBatch, i: number): { src: string; dst: string } {
  const { view } = packets.frames;
  const at = packets.networkOffset[i];
  if (packets.network[i] === Network.ipv6 && !hasIpv6Addresses(packets, i)) return { src: '', dst: '' };
  return packets.network[i] === Network.ipv6
    ? { src: formatIpv6(view, at + 8), dst: formatIpv6(view, at + 24) }
    : { src: formatIpv4(packets.srcIpv4[i]), dst: formatIpv4(packets.dstIpv4[i]) };
}
