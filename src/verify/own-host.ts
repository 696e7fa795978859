/**
 * The own addresses of the namespace that is watched, read again while it is: a hairpin is known by them, and they
 * change. They are those of the interfaces and what a routing table loops; a router's table may be megabytes of text,
 * so that it is read the less often the longer it takes.
 */
import type { BpfInstruction } from '../capture/bpf.js';
import type { LinkType } from '../capture/link-type.js';
import { netnsPath } from '../capture/live-sockets.js';
import type { NamespaceLook } from '../capture/namespace-look.js';
import { Classifier } from '../classify/classify.js';
import { HostLookup } from '../host/host-lookup.js';
import { type HostModel, type Prefix, parsePrefix } from '../host/host-model.js';
import { ownKernelFiles, textOf } from '../host/kernel-files.js';
import { readLinksOf } from '../host/links.js';
import { linuxHostOf } from '../host/linux-host.js';
import { suspectProgram } from './suspect-filter.js';

const leastEveryMs = 1000;
/** At most a twentieth of the time goes into reading. */
const restPerRead = 19;
/** A transparent proxy takes everything for local in a table of its own: that says nothing of whose an address is. */
const shortestOwn = { ip: 8, ip6: 32 } as const;

export class OwnHost {
  model: HostModel;
  classifier: Classifier;
  /** By link type: with many addresses a program takes long to make. */
  readonly #mostInstructions = attachableInstructions();
  readonly #programs = new Map<LinkType, readonly BpfInstruction[]>();
  #key: string;
  #nextMs = 0;

  constructor(readonly look: NamespaceLook) {
    this.model = this.#read();
    this.#key = keyOf(this.model);
    this.classifier = new Classifier(new HostLookup(this.model));
  }

  /** Reads the addresses again when it is time to. @returns whether they changed */
  refresh(): boolean {
    return performance.now() >= this.#nextMs && this.refreshNow();
  }

  /** Reads them again at once. @returns whether they changed */
  refreshNow(): boolean {
    const model = this.#read();
    const key = keyOf(model);
    if (key === this.#key) return false;
    this.model = model;
    this.#key = key;
    this.classifier = new Classifier(new HostLookup(model));
    this.#programs.clear();
    return true;
  }

  /** The program that watches for this host, for frames of a link type. */
  programOf(linkType: LinkType): readonly BpfInstruction[] {
    const known = this.#programs.get(linkType);
    if (known !== undefined) return known;
    const program = suspectProgram(linkType, this.model, this.#mostInstructions);
    this.#programs.set(linkType, program);
    return program;
  }

  #read(): HostModel {
    const beganMs = performance.now();
    const model = linuxHostOf(this.look.hostTables());
    const local = uniquePrefixes([...this.#interfaceAddresses(), ...model.local.filter(isOwn)]);
    const nowMs = performance.now();
    this.#nextMs = nowMs + Math.max(leastEveryMs, restPerRead * (nowMs - beganMs));
    return { ...model, origin: local.length === 0 ? 'empty' : 'live', local };
  }

  /** None where another program had to open the namespace for this one. */
  #interfaceAddresses(): Prefix[] {
    const { netns } = this.look;
    try {
      const { addresses } = readLinksOf(netns === null ? null : netnsPath(netns));
      return addresses.flatMap(({ address }) => parsePrefix(address) ?? []);
    } catch {
      return [];
    }
  }
}

/**
 * How long a program may be: a socket's memory holds the kernel's own instructions, eight bytes each, of which it makes
 * ten of a load and up to two of a comparison. Until Linux 6.8 that memory was 20 KiB.
 */
function attachableInstructions(): number {
  const bytesOfInstruction = 24;
  const [file] = ownKernelFiles(['/proc/sys/net/core/optmem_max']);
  return Math.floor((Number(textOf(file)) || 20_480) / bytesOfInstruction);
}

function isOwn({ bytes, prefixLen }: Prefix): boolean {
  return prefixLen >= (bytes.length === 4 ? shortestOwn.ip : shortestOwn.ip6);
}

function prefixText({ bytes, prefixLen }: Prefix): string {
  return `${bytes.join('.')}/${prefixLen}`;
}

function uniquePrefixes(prefixes: readonly Prefix[]): Prefix[] {
  return [...new Map(prefixes.map((prefix) => [prefixText(prefix), prefix])).values()];
}

function keyOf({ local }: HostModel): string {
  return local.map(prefixText).join(' ');
}
