/**
 * A HostModel made ready for one question per packet: is this address the host's own?
 * Single addresses lie in tables; wider prefixes (AnyIP) are few and are compared in turn.
 */
import { type HostModel, type HostOrigin, ipv4Mask, ipv4Number, type Prefix } from './host-model.js';
import { Ipv6Table } from './ipv6-table.js';

/** Most addresses that traffic may add to an inferred model: hostile traffic must not grow it for ever. */
const maxInferred = 65536;

export class HostLookup {
  /** True when addresses were given, recorded or read from the live host. */
  readonly known: boolean;
  /** Own addresses as text, loopback left out, for people. */
  readonly addresses: string[];
  readonly #ipv4 = new Set<number>();
  readonly #ipv4Prefixes: { value: number; mask: number }[] = [];
  readonly #broadcasts = new Set<number>();
  readonly #ipv6 = new Ipv6Table();
  readonly #ipv6Prefixes: Prefix[] = [];

  /** `ADDRESS` and `ADDRESS INTERFACE` of each group that somebody joined. */
  readonly #groups = new Set<string>();

  readonly origin: HostOrigin;
  /** Changes whenever an IPv4 address is added. */
  version = 0;

  constructor(model: HostModel) {
    this.origin = model.origin;
    this.known = model.origin !== 'empty';
    this.addresses = [];
    this.add(model);
  }

  /** Adds more of the same host, as a capture records it interface by interface. */
  add({ local, broadcasts, addresses, groups }: HostModel): void {
    this.version++;
    for (const prefix of local) this.#addPrefix(prefix);
    for (const address of broadcasts) this.#broadcasts.add(address | 0);
    for (const address of addresses) this.addresses.push(address);
    for (const { address, interface: name } of groups) this.#groups.add(address).add(`${address} ${name}`);
  }

  #addPrefix(prefix: Prefix): void {
    const { bytes, prefixLen } = prefix;
    if (bytes.length === 4) {
      const mask = ipv4Mask(prefixLen);
      const value = ipv4Number(bytes) & mask;
      if (prefixLen === 32) this.#ipv4.add(value);
      else this.#ipv4Prefixes.push({ value, mask });
    } else if (prefixLen === 128) {
      this.#ipv6.add(new DataView(bytes.buffer, bytes.byteOffset, 16), 0);
    } else this.#ipv6Prefixes.push(prefix);
  }

  /** Has somebody on this host joined the group, at this interface? `any` is each of them. */
  isMember(address: string, interfaceName: string): boolean {
    return this.#groups.has(interfaceName === 'any' ? address : `${address} ${interfaceName}`);
  }

  isOwnIpv4(address: number): boolean {
    if (this.#ipv4.size > 0 && this.#ipv4.has(address)) return true;
    for (const { value, mask } of this.#ipv4Prefixes) {
      if ((address & mask) === value) return true;
    }
    return false;
  }

  isBroadcast(address: number): boolean {
    return this.#broadcasts.size > 0 && this.#broadcasts.has(address);
  }

  /** Is the address of 16 bytes at `offset` the host's own? */
  isOwnIpv6(view: DataView, offset: number): boolean {
    if (this.#ipv6.find(view, offset) >= 0) return true;
    for (const prefix of this.#ipv6Prefixes) {
      if (isWithin(view, offset, prefix)) return true;
    }
    return false;
  }

  /** Notes that traffic shows an address to be the host's own. */
  inferIpv4(address: number): void {
    if (this.#ipv4.size >= maxInferred || this.#ipv4.has(address)) return;
    this.#ipv4.add(address);
    this.version++;
  }

  inferIpv6(view: DataView, offset: number): void {
    if (this.#ipv6.size < maxInferred) this.#ipv6.add(view, offset);
  }
}

function isWithin(view: DataView, offset: number, { bytes, prefixLen }: Prefix): boolean {
  const whole = prefixLen >> 3;
  for (let i = 0; i < whole; i++) {
    if (view.getUint8(offset + i) !== bytes[i]) return false;
  }
  const rest = prefixLen & 7;
  if (rest === 0) return true;
  const mask = 0xff00 >> rest;
  return ((view.getUint8(offset + whole) ^ bytes[whole]) & mask & 255) === 0;
}
