/**
 * Which attempts a probe makes: every target by UDP, TCP and ICMP, each way that an ordinary program may choose.
 *
 *     targets    127.0.0.1, another of 127/8, 127.255.255.255, ::1, ::ffff:127.0.0.1, each own address; no other, ever
 *     ways       as the kernel likes · from a loopback address · from each own address · bound to each device ·
 *                bound to a device and from a loopback address
 *
 * Where that is more than may be made, each way gets its share.
 */
import type { ProbeProtocolName, ProbeRoute } from '../host/probe-sockets.js';

export interface OwnAddress {
  readonly text: string;
  readonly bytes: Uint8Array;
  readonly interfaceIndex: number;
}

export interface Device {
  readonly name: string;
  readonly index: number;
}

export interface Attempt extends ProbeRoute {
  readonly to: string;
  /** '' leaves it to the kernel. */
  readonly from: string;
  /** The target is an address of an interface, which may lose it. */
  readonly isToOwn: boolean;
}

export interface Plan {
  /** Those that are bound to a device come last. */
  readonly attempts: readonly Attempt[];
  readonly leftOut: number;
}

/** Devices that sockets are bound to; a host of containers may have thousands. */
export const mostDevices = 32;
const protocols: readonly ProbeProtocolName[] = ['udp', 'tcp', 'icmp'];

interface End {
  readonly text: string;
  readonly bytes: Uint8Array;
  /** Of a link-local address, else 0. */
  readonly scopeIndex: number;
  readonly isOwn: boolean;
}

const anySource: End = loopback('', []);
const localhost = loopback('127.0.0.1', [127, 0, 0, 1]);
const localhost6 = loopback('::1', [...Array(15).fill(0), 1]);
const mapped = loopback('::ffff:127.0.0.1', [...Array(10).fill(0), 255, 255, 127, 0, 0, 1]);
const loopbackTargets: readonly End[] = [
  localhost,
  loopback('127.77.0.1', [127, 77, 0, 1]),
  loopback('127.255.255.255', [127, 255, 255, 255]),
  localhost6,
  mapped,
];

function loopback(text: string, bytes: readonly number[]): End {
  return { text, bytes: Uint8Array.from(bytes), scopeIndex: 0, isOwn: false };
}

/**
 * @param isMade whether an attempt was made before; it is not planned again
 * @param most attempts that may be made
 */
export function planAttempts(
  addresses: readonly OwnAddress[],
  devices: readonly Device[],
  isMade: (attempt: Attempt) => boolean,
  most: number,
): Plan {
  const own = addresses.map(endOf);
  // Two interfaces may have the same address.
  const planned = new Set<string>();
  const isNew = (attempt: Attempt): boolean =>
    !isMade(attempt) && planned.size !== planned.add(keyOf(attempt)).size;
  const bindable = devices.slice(0, mostDevices);
  const ways = [
    waysUnbound(loopbackTargets, () => [anySource]),
    waysUnbound(own, () => [anySource]),
    waysUnbound([...loopbackTargets, ...own], loopbackSources),
    waysUnbound([...loopbackTargets, ...own], (target) => ownSources(target, own)),
    waysBound(loopbackTargets, () => [anySource], bindable),
    waysBound(own, () => [anySource], bindable),
    waysBound([...loopbackTargets, ...own], loopbackSources, bindable),
  ].map((way) => way.filter(isNew));
  return share(ways, most);
}

function endOf({ text, bytes, interfaceIndex }: OwnAddress): End {
  return { text, bytes, scopeIndex: isLinkLocal(bytes) ? interfaceIndex : 0, isOwn: true };
}

/** fe80::/10 (RFC 4291 2.5.6). */
function isLinkLocal(bytes: Uint8Array): boolean {
  return bytes.length === 16 && bytes[0] === 0xfe && (bytes[1] & 0xc0) === 0x80;
}

function loopbackSources(target: End): End[] {
  if (target.scopeIndex !== 0) return [];
  if (target === mapped) return [mapped];
  return target.bytes.length === 4 ? [localhost] : [localhost6];
}

/** A link-local address is a source on its own link alone. */
function ownSources(target: End, own: readonly End[]): End[] {
  if (target === mapped) return [];
  return own.filter(
    ({ bytes, scopeIndex }) => bytes.length === target.bytes.length && scopeIndex === target.scopeIndex,
  );
}

function waysUnbound(targets: readonly End[], sourcesOf: (target: End) => readonly End[]): Attempt[] {
  return targets.flatMap((target) => sourcesOf(target).flatMap((source) => attempts(target, source, '')));
}

/** A link-local address is somebody else's on another link. */
function waysBound(
  targets: readonly End[],
  sourcesOf: (target: End) => readonly End[],
  devices: readonly Device[],
): Attempt[] {
  return targets.flatMap((target) => {
    const reaching = devices.filter(({ index }) => target.scopeIndex === 0 || target.scopeIndex === index);
    return sourcesOf(target).flatMap((source) =>
      reaching.flatMap(({ name }) => attempts(target, source, name)),
    );
  });
}

function attempts(target: End, source: End, device: string): Attempt[] {
  // ICMPv6's sockets take no IPv4 address.
  const possible = target === mapped ? protocols.filter((name) => name !== 'icmp') : protocols;
  return possible.map((protocol) => ({
    protocol,
    device,
    source: source.bytes,
    destination: target.bytes,
    scopeIndex: target.scopeIndex,
    to: target.text,
    from: source.text,
    isToOwn: target.isOwn,
  }));
}

/** Takes from each way in turn, and keeps the order of ways. */
function share(ways: readonly (readonly Attempt[])[], most: number): Plan {
  const taken = ways.map(() => 0);
  let left = most;
  let before = -1;
  while (left > 0 && left !== before) {
    before = left;
    for (const [i, way] of ways.entries()) {
      if (left === 0 || taken[i] === way.length) continue;
      taken[i]++;
      left--;
    }
  }
  const all = ways.reduce((sum, way) => sum + way.length, 0);
  const chosen = ways.flatMap((way, i) => way.slice(0, taken[i]));
  return { attempts: chosen, leftOut: all - chosen.length };
}

/** `UDP to 127.0.0.1 from 192.0.2.7 bound to eth0`. */
export function describeAttempt({
  protocol,
  to,
  from,
  device,
}: Pick<Attempt, 'protocol' | 'to' | 'from' | 'device'>): string {
  return [
    `${protocol.toUpperCase()} to ${to}`,
    from === '' ? '' : ` from ${from}`,
    device === '' ? '' : ` bound to ${device}`,
  ].join('');
}

/** What tells one attempt from all others. */
export function keyOf(attempt: Attempt): string {
  return `${describeAttempt(attempt)} ${attempt.scopeIndex}`;
}
