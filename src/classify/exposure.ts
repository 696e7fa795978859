/**
 * Who can reach a socket, as far as addresses, interfaces and the host's settings say; whether a filter of the firewall
 * refuses them is not asked. Linux takes what is for any of its addresses on every interface (RFC 1122 3.3.4.2, the weak
 * model), so an address does not keep others out; only 127/8, ::1, link-local addresses and a bound device do.
 * Reference: net/ipv4/route.c, ip_route_input_slow (route_localnet); net/ipv6/ip6_input.c drops ::1 from any other device.
 */
import { parseIpv4, parseIpv6 } from '../format/address.js';
import { addressScope } from '../format/address-scope.js';
import { effectiveIpv4, sysctlKey } from '../host/conf-sysctls.js';
import { HostLookup } from '../host/host-lookup.js';
import type { HostSettings } from '../host/host-settings.js';
import type { InetSocket } from '../host/inet-sockets.js';
import type { Link } from '../host/links.js';
import type { NatRule } from '../host/nat-rule.js';
import type { ServiceFacts } from '../host/service-facts.js';

/**
 * `host`: this host alone; `link`: also hosts on the same link; `network`: whoever can send to that address or through that
 * interface; `published`: whoever a firewall rule hands on to this loopback address; `everyone`: by every address.
 */
export type ExposureKind = 'host' | 'link' | 'network' | 'published' | 'everyone';

export interface Exposure {
  readonly kind: ExposureKind;
  /** Interfaces, up and not loopback, that others reach it by; none: nobody else does now. */
  readonly through: readonly string[];
  /** Where that is not what the address alone says: why. */
  readonly because: readonly string[];
}

export type BoundTo = Pick<InetSocket, 'protocol' | 'address' | 'interfaceIndex' | 'isTransparent'>;

const onlyThisHost: Exposure = { kind: 'host', through: [], because: [] };
/** Rules that are quoted for one socket. */
const mostRules = 3;

/** The address without the prefix of IPv4 addresses on IPv6 sockets. */
export function unmapped(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/, '');
}

export class ExposureJudge {
  readonly #settings: HostSettings;
  readonly #groups: ServiceFacts['groups'];
  readonly #own: HostLookup;
  readonly #links: ReadonlyMap<number, Link>;
  /** Names of interfaces by which others may be reached. */
  readonly #wires: readonly string[];
  /** What sends packets from the wire to loopback addresses. */
  readonly #rules: readonly NatRule[];

  constructor({ settings, groups }: Pick<ServiceFacts, 'settings' | 'groups'>) {
    this.#settings = settings;
    this.#groups = groups;
    this.#own = new HostLookup(settings.localRoutes);
    this.#links = new Map(settings.links.map((link) => [link.index, link]));
    this.#wires = settings.links
      .filter(({ isLoopback, isUp }) => isUp && !isLoopback)
      .map(({ name }) => name);
    this.#rules = settings.natRules.filter(
      ({ hook, isToLoopback, destination }) => isToLoopback && hook === 'prerouting' && destination.others,
    );
  }

  /** Is it one of the host's own addresses, 127/8 and ::1 among them? */
  isOwn(address: string): boolean {
    const ipv4 = parseIpv4(unmapped(address));
    if (ipv4 !== null) return ipv4 >>> 24 === 127 || this.#own.isOwnIpv4(ipv4);
    const bytes = parseIpv6(address);
    return bytes !== null && (isLoopback(address) || this.#own.isOwnIpv6(new DataView(bytes.buffer), 0));
  }

  /** Rules of the firewall decide here: who could not read them does not know the answer. */
  dependsOnFirewall(socket: BoundTo): boolean {
    if (!isLoopback(socket.address)) return false;
    return socket.isTransparent || this.#localnetWires(this.#wires, socket.address).length > 0;
  }

  judge(socket: BoundTo & { readonly port: number }): Exposure {
    const device = this.#links.get(socket.interfaceIndex);
    if (device?.isLoopback) {
      return isLoopback(socket.address)
        ? onlyThisHost
        : { ...onlyThisHost, because: [`bound to the interface ${device.name}`] };
    }
    const isBound = socket.interfaceIndex !== 0;
    const wires = isBound ? this.#wires.filter((name) => name === device?.name) : this.#wires;
    if (isLoopback(socket.address)) return this.#judgeLoopback(socket, wires);
    const address = unmapped(socket.address);
    switch (addressScope(address)) {
      case 'unspecified':
        return { kind: isBound ? 'network' : 'everyone', through: wires, because: [] };
      case 'multicast':
        return this.#judgeGroup(address, wires);
      case 'broadcast':
        return { kind: 'link', through: wires, because: [] };
      default:
        return this.#judgeUnicast(address, wires);
    }
  }

  #judgeLoopback(socket: BoundTo & { readonly port: number }, wires: readonly string[]): Exposure {
    const localnet = this.#localnetWires(wires, socket.address);
    const settings = localnet.map((name) => this.#localnetLine(name));
    const waysOf = ({ action, protocol, inInterface }: NatRule): readonly string[] => {
      if (protocol !== '' && protocol !== socket.protocol) return [];
      const ways = action !== 'tproxy' ? localnet : socket.isTransparent ? wires : [];
      return inInterface === '' ? ways : ways.filter((name) => name === inInterface);
    };
    const rules = this.#rules.filter((rule) => waysOf(rule).length > 0);
    const exact = rules.filter((rule) => leadsTo(rule, socket, false));
    if (exact.length > 0) {
      const through = new Set([...localnet, ...exact.flatMap(waysOf)]);
      return {
        kind: 'published',
        through: wires.filter((name) => through.has(name)),
        because: [...exact.slice(0, mostRules).flatMap(({ evidence }) => evidence), ...settings],
      };
    }
    if (localnet.length === 0) return onlyThisHost;
    const possible = rules.filter((rule) => leadsTo(rule, socket, true)).slice(0, mostRules);
    return {
      kind: 'link',
      through: localnet,
      because: [
        ...settings,
        ...possible.flatMap(({ evidence }) => evidence.map((text) => `perhaps published by ${text}`)),
      ],
    };
  }

  /** Those on which 127/8 is taken from neighbours; IPv6 has no such setting. */
  #localnetWires(wires: readonly string[], address: string): string[] {
    if (parseIpv4(unmapped(address)) === null) return [];
    return wires.filter((name) => effectiveIpv4(this.#settings.ipv4Conf, name, 'route_localnet') !== 0);
  }

  #localnetLine(name: string): string {
    const isOwn = (this.#settings.ipv4Conf.get(name)?.route_localnet ?? 0) !== 0;
    return `${sysctlKey('ipv4', isOwn ? name : 'all', 'route_localnet')} = 1`;
  }

  #judgeGroup(address: string, wires: readonly string[]): Exposure {
    const joined = new Set(
      this.#groups.filter((group) => group.address === address).map((group) => group.interface),
    );
    const through = wires.filter((name) => joined.has(name));
    if (through.length === 0) {
      return { ...onlyThisHost, because: [`${address}: joined on no interface but loopback`] };
    }
    return { kind: isLinkGroup(address) ? 'link' : 'network', through, because: [] };
  }

  #judgeUnicast(address: string, wires: readonly string[]): Exposure {
    const ipv4 = parseIpv4(address);
    if (ipv4 !== null && this.#own.isBroadcast(ipv4)) return { kind: 'link', through: wires, because: [] };
    if (!this.isOwn(address)) {
      return { kind: 'network', through: [], because: [`${address} is no address of this host now`] };
    }
    if (addressScope(address) === 'link-local' && ipv4 === null) {
      return { kind: 'link', through: wires, because: [] };
    }
    const names = this.#settings.addresses
      .filter((own) => own.address === address)
      .map((own) => own.interface);
    const home = wires.filter((name) => names.includes(name));
    if (home.length > 0) return { kind: 'network', through: home, because: [] };
    const where = names.length > 0 ? `on ${names.join(', ')}` : 'in a local route';
    const because = `${address} is ${where}, and not a loopback address: it is taken on every interface`;
    return { kind: 'network', through: wires, because: [because] };
  }
}

function isLoopback(address: string): boolean {
  const ipv4 = parseIpv4(unmapped(address));
  return ipv4 === null ? addressScope(address) === 'loopback' : ipv4 >>> 24 === 127;
}

/** Groups that no router forwards: 224.0.0.0/24 (RFC 5771 4) and ff02::/16 (RFC 4291 2.7). */
function isLinkGroup(address: string): boolean {
  return /^224\.0\.0\.\d+$|^ff.2:/.test(address);
}

/** @param isPossible also where the rule does not tell its destinations, or not their ports */
function leadsTo(
  { targets }: NatRule,
  { address, port, protocol }: Pick<InetSocket, 'address' | 'port' | 'protocol'>,
  isPossible: boolean,
): boolean {
  if (targets === null) return isPossible;
  return targets.some(
    (target) =>
      target.address === unmapped(address) &&
      (target.protocol === '' || target.protocol === protocol) &&
      (target.port === port || (isPossible && target.port === 0)),
  );
}
