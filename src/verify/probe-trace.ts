/**
 * Knows the probe's own frames wherever the watch finds them, and which attempt each belongs to: by the marker in the
 * message, also inside a tunnel or quoted by an ICMP error; TCP, whose SYN carries none, by its ports; ARP and neighbor
 * discovery, which name addresses alone, by the attempts that wanted that address.
 */
import { isLoopbackIpv4 } from '../classify/address-scope.js';
import { IpProtocol } from '../decode/packet-batch.js';
import { formatIpv4, formatIpv6 } from '../format/address.js';
import type { ProbeReply, ProbeSockets } from '../host/probe-sockets.js';
import { errorIn } from './icmp-error.js';
import { type FoundHeader, Header } from './leak-walk.js';
import { arpAddresses } from './link-headers.js';
import { type Attempt, describeAttempt } from './probe-plan.js';
import type { Provocation } from './sighting.js';

/** An attempt that was made, and what became of it in this host. */
export interface MadeAttempt extends ProbeReply {
  readonly attempt: Attempt;
  /** Interfaces on which a frame of it was seen. */
  readonly seenOn: Set<string>;
  /** Seen on loopback, where it belongs. */
  hasStayed: boolean;
  /** The ICMP error that this host gave its sender instead; '' for none. */
  returned: string;
}

export function isSent({ outcome }: ProbeReply): boolean {
  return outcome === 'sent';
}

/** What belongs to a frame of the probe. */
export interface Provoked {
  readonly by: Provocation;
  readonly text: string;
}

/** ARP or a solicitation that asked for what attempts wanted. It is not asked anew for the next one, so that all of them share it. */
interface Asked {
  readonly address: string;
  readonly isBound: boolean;
  readonly interface: string;
}

const mostAsked = 1024;

export class ProbeTrace {
  readonly made: MadeAttempt[] = [];
  readonly #asked = new Map<string, Asked>();
  #sockets: ProbeSockets | null = null;

  /** From now on there are attempts to be known. */
  begin(sockets: ProbeSockets): void {
    this.#sockets = sockets;
  }

  /**
   * Does a frame that leaks or turns back belong to the probe? Notes it.
   * @param frame its captured bytes
   */
  attribute(frame: Uint8Array, found: FoundHeader, interfaceName: string): Provoked | null {
    if (this.#sockets === null) return null;
    const named = namedIn(found);
    if (named !== null) return this.#attributeAsked(named, interfaceName);
    const made = this.#find(frame, found);
    if (made === undefined) return null;
    made.seenOn.add(interfaceName);
    const { attempt } = made;
    return provoked(attempt.device !== '', describeAttempt(attempt));
  }

  /** Notes a frame on loopback: the attempt itself, or the error that its sender gets, which is no sign of it there. */
  noteLoopback(frame: Uint8Array, found: FoundHeader): void {
    const error = errorIn(found);
    const made = this.#find(frame, error?.quoted ?? found);
    if (made === undefined) return;
    if (error !== null) made.returned = error.text;
    else if (!this.#isAnswer(found)) made.hasStayed = true;
  }

  /** A rule may answer a SYN that never was on loopback (REJECT with a reset). */
  #isAnswer(found: FoundHeader): boolean {
    const ports = tcpPorts(found);
    return ports !== null && ports[1] !== this.#sockets?.port;
  }

  /** Attempts that nothing was seen of, or nothing but that nobody answered for them. */
  unsettled(): MadeAttempt[] {
    return this.made.filter((made) => isSent(made) && !made.hasStayed && this.reached(made).length === 0);
  }

  #find(frame: Uint8Array, found: FoundHeader): MadeAttempt | undefined {
    return this.made[this.#sockets?.numberIn(frame) ?? -1] ?? this.#byPorts(found);
  }

  /** Either way round: the answer is provoked too. */
  #byPorts(found: FoundHeader): MadeAttempt | undefined {
    const ports = tcpPorts(found);
    const held = this.#sockets?.port ?? -1;
    if (ports === null || !ports.includes(held)) return undefined;
    const other = ports[0] === held ? ports[1] : ports[0];
    const ends = addressesOf(found);
    // The kernel gives the same port to sockets for different targets, and again to later ones: the latest is meant.
    return this.made.findLast(
      ({ attempt, localPort }) =>
        attempt.protocol === 'tcp' && localPort === other && ends.some((each) => isTarget(attempt, each)),
    );
  }

  #attributeAsked(named: readonly string[], interfaceName: string): Provoked | null {
    for (const isBound of [true, false]) {
      const device = isBound ? interfaceName : '';
      const address = named.find((each) =>
        this.made.some((made) => made.attempt.device === device && isSent(made) && isEnd(made.attempt, each)),
      );
      if (address === undefined) continue;
      const asked = { address, isBound, interface: interfaceName };
      if (this.#asked.size < mostAsked) this.#asked.set(Object.values(asked).join('\n'), asked);
      return provoked(isBound, `what was sent to or from ${address}${isBound ? ` bound to ${device}` : ''}`);
    }
    return null;
  }

  /** Interfaces that an attempt reached. */
  reached({ attempt, seenOn, hasStayed }: MadeAttempt): string[] {
    const asked = [...this.#asked.values()].filter(
      ({ address, isBound, interface: name }) =>
        !hasStayed && attempt.device === (isBound ? name : '') && isEnd(attempt, address),
    );
    return [...new Set([...seenOn, ...asked.map((each) => each.interface)])];
  }
}

function provoked(isBound: boolean, what: string): Provoked {
  return { by: isBound ? 'bound' : 'unbound', text: `by the probe: ${what}` };
}

function isEnd(attempt: Attempt, address: string): boolean {
  return isTarget(attempt, address) || attempt.from === address;
}

function isTarget({ to }: Attempt, address: string): boolean {
  return to === address || to === `::ffff:${address}`;
}

/** Loopback addresses that ARP names, or neighbor discovery as its target; null for what is a datagram itself. */
function namedIn({ view, header, at, end }: FoundHeader): string[] | null {
  if (header === Header.arp) {
    const { sender, target } = arpAddresses(view, at);
    return [target, sender]
      .map((offset) => view.getInt32(offset))
      .filter(isLoopbackIpv4)
      .map(formatIpv4);
  }
  if (header !== Header.icmp) return null;
  const target = at + 8;
  return target + 16 <= end ? [formatIpv6(view, target)] : [];
}

/** Both addresses of an IP header, as text. */
function addressesOf({ view, header, at }: FoundHeader): string[] {
  return header === Header.ipv4
    ? [formatIpv4(view.getInt32(at + 12)), formatIpv4(view.getInt32(at + 16))]
    : [formatIpv6(view, at + 8), formatIpv6(view, at + 24)];
}

const ipv6Len = 40;

/** Source and destination port behind an IP header, where TCP follows it. */
function tcpPorts({ view, header, at, end }: FoundHeader): [number, number] | null {
  const isIpv4 = header === Header.ipv4;
  if (!isIpv4 && header !== Header.ipv6) return null;
  if (view.getUint8(at + (isIpv4 ? 9 : 6)) !== IpProtocol.tcp) return null;
  const tcp = at + (isIpv4 ? 4 * (view.getUint8(at) & 15) : ipv6Len);
  return tcp + 4 > end ? null : [view.getUint16(tcp), view.getUint16(tcp + 2)];
}
