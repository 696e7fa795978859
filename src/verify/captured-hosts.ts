/**
 * Whose frames a capture has: a hairpin is known by the own addresses of the host that captured, and by no other's.
 *
 *     given by the user ─► hold for everything
 *     recorded ─┬─ in a section ──────────► hold for its interfaces: a section is what one host wrote at one time
 *               └─ names repeat in it ────► each interface goes by its own alone
 *
 * Captures put behind each other (cat) keep their sections. Merged into one section, their interfaces name no host, and
 * mergecap 4.0 leaves their addresses out, so that none is known. Where a program keeps them: a host has no name twice,
 * and what is captured here describes `lo` or the whole host each time. Between the interfaces of one host, hairpins are
 * then not seen, which is said: better than to call traffic between hosts one. Without a name in common, they pass for
 * one host.
 */

import { tellingAddresses } from '../analysis/stated-role.js';
import type { CaptureInterface } from '../capture/source.js';
import { emptyHost, hostOfAddresses } from '../host/host-model.js';
import { CapturedHost } from './captured-host.js';

/** Recorded addresses and hosts that are told apart; a hostile file may record any number of either. */
const mostRecorded = 4096;
const mostHosts = 256;

export class CapturedHosts {
  /** The interfaces of some section go by their own addresses alone. */
  isMerged = false;
  readonly #given: CapturedHost | null;
  readonly #unknown = new CapturedHost(emptyHost);
  readonly #sections = new Map<number, Section>();
  #room = mostRecorded;
  #hosts = 0;

  /** @param given `ADDRESS/PREFIX`; [] leaves it to what the capture recorded */
  constructor(given: readonly string[]) {
    this.#given = given.length > 0 ? new CapturedHost(hostOfAddresses('given', given)) : null;
  }

  /** Takes what an interface is called and recorded, in the order in which they are described. */
  learn({ id, name, section = 0, addresses }: CaptureInterface): void {
    if (this.#given !== null) return;
    const telling = tellingAddresses(addresses).slice(0, this.#room);
    this.#room -= telling.length;
    const learnt = this.#sections.get(section) ?? new Section();
    this.#sections.set(section, learnt);
    learnt.add(id, name, telling);
    this.isMerged ||= learnt.isMerged;
  }

  /** The host of an interface that was learnt. */
  hostOf({ id, section = 0 }: CaptureInterface): CapturedHost {
    const learnt = this.#sections.get(section);
    if (learnt === undefined) return this.#given ?? this.#unknown;
    const key = learnt.isMerged ? id : wholeSection;
    const known = learnt.hosts.get(key);
    if (known !== undefined) return known;
    const host = this.#make(learnt.addressesOf(key));
    learnt.hosts.set(key, host);
    return host;
  }

  #make(addresses: readonly string[]): CapturedHost {
    if (addresses.length === 0 || this.#hosts === mostHosts) return this.#unknown;
    this.#hosts++;
    return new CapturedHost(hostOfAddresses('recorded', addresses));
  }
}

const wholeSection = -1;

class Section {
  /** By interface, or for all of them; made when frames ask for one. */
  readonly hosts = new Map<number, CapturedHost>();
  isMerged = false;
  readonly #names = new Set<string>();
  readonly #addresses = new Map<number, readonly string[]>();

  add(id: number, name: string, addresses: readonly string[]): void {
    if (name !== '' && this.#names.has(name)) this.isMerged = true;
    this.#names.add(name);
    if (addresses.length === 0) return;
    this.#addresses.set(id, addresses);
    this.hosts.delete(wholeSection);
  }

  addressesOf(key: number): readonly string[] {
    if (key === wholeSection) return [...this.#addresses.values()].flat();
    return this.#addresses.get(key) ?? [];
  }
}
