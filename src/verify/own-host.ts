/**
 * The own addresses of the namespace that is watched (host/own-prefixes.ts), and the ports of its tunnels, read again while
 * it is: a hairpin is known by the first, and they change. A router's tables may be megabytes of text, so that they are
 * read the less often the longer it takes.
 */
import type { BpfInstruction } from '../capture/bpf.js';
import type { LinkType } from '../capture/link-type.js';
import { netnsPath } from '../capture/live-sockets.js';
import type { NamespaceLook } from '../capture/namespace-look.js';
import { nativeFor } from '../capture/open-ring.js';
import { Classifier } from '../classify/classify.js';
import { HostLookup } from '../host/host-lookup.js';
import type { HostModel, Prefix } from '../host/host-model.js';
import { kernelFilesThrough, textOf } from '../host/kernel-files.js';
import { linuxHostOf } from '../host/linux-host.js';
import { type Own, readOwn } from '../host/own-prefixes.js';
import { tunnelsOf, type UdpTunnels } from '../host/udp-tunnels.js';
import { suspectProgram } from './suspect-filter.js';

const leastEveryMs = 1000;
/** At most a twentieth of the time goes into reading, and half of it where addresses come and go all the time. */
const restPerRead = 19;
const restPerNews = 1;
/** Who takes half of all addresses for local does so for a proxy: that says nothing of whose an address is. */
const shortestOwn = { ip: 8, ip6: 32 } as const;

export class OwnHost {
  model: HostModel;
  #classifier: Classifier;
  #udpTunnels: UdpTunnels;
  /** By link type: with many addresses a program takes long to make. */
  readonly #mostInstructions: number;
  readonly #programs = new Map<LinkType, readonly BpfInstruction[]>();
  #key: string;
  /** When they are read again, and when at the earliest if the kernel tells of a change. */
  #nextMs = 0;
  #soonestMs = 0;
  #isStale = false;
  /** They have changed, and nobody was told. */
  #isNew = false;

  constructor(readonly look: NamespaceLook) {
    this.#mostInstructions = attachableInstructions(look.netns);
    look.haveAddressesChanged();
    this.model = this.#read();
    this.#key = keyOf(this.model);
    this.#classifier = new Classifier(new HostLookup(this.model));
    this.#udpTunnels = tunnelsOf(this.model.udpTunnels);
  }

  /**
   * Judges by the addresses as they are now: one that has gone to another host a moment ago is not this host's, and
   * what is sent to it no hairpin.
   */
  get classifier(): Classifier {
    this.#followNews();
    return this.#classifier;
  }

  /** By port; those of its devices among them. */
  get udpTunnels(): UdpTunnels {
    return this.#udpTunnels;
  }

  /** Reads the addresses again when it is time to. @returns whether they changed since this was last asked */
  refresh(): boolean {
    this.#followNews();
    if (performance.now() >= this.#nextMs) this.#readAgain();
    return this.#tell();
  }

  /** Reads them again at once. @returns whether they changed since this was last asked */
  refreshNow(): boolean {
    this.#readAgain();
    return this.#tell();
  }

  #followNews(): void {
    this.#isStale = this.look.haveAddressesChanged() || this.#isStale;
    if (!this.#isStale || performance.now() < this.#soonestMs) return;
    this.#isStale = false;
    this.#readAgain();
    // The kernel tells of an address before its routes have followed (inet_del_ifa): once more at the next look.
    this.#nextMs = this.#soonestMs;
  }

  #tell(): boolean {
    const isNew = this.#isNew;
    this.#isNew = false;
    return isNew;
  }

  #readAgain(): void {
    const model = this.#read();
    const key = keyOf(model);
    if (key === this.#key) return;
    this.model = model;
    this.#key = key;
    this.#classifier = new Classifier(new HostLookup(model));
    this.#udpTunnels = tunnelsOf(model.udpTunnels);
    this.#programs.clear();
    this.#isNew = true;
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
    const own = this.#readOwn();
    const local = uniquePrefixes((own?.prefixes ?? model.local).filter(isOwn));
    const udpTunnels = new Map(
      (own?.links ?? []).flatMap(({ tunnelPort }) =>
        tunnelPort ? [[tunnelPort.port, tunnelPort.tunnel] as const] : [],
      ),
    );
    const nowMs = performance.now();
    this.#soonestMs = nowMs + restPerNews * (nowMs - beganMs);
    this.#nextMs = nowMs + Math.max(leastEveryMs, restPerRead * (nowMs - beganMs));
    return { ...model, origin: local.length === 0 ? 'empty' : 'live', local, udpTunnels };
  }

  /** null where another program had to open the namespace for this one. */
  #readOwn(): Own | null {
    const { netns } = this.look;
    try {
      return readOwn(netns === null ? null : netnsPath(netns));
    } catch {
      return null;
    }
  }
}

/**
 * How long a program may be: a socket's memory holds the kernel's own instructions, eight bytes each, of which it makes
 * ten of a load and up to two of a comparison. Until Linux 6.8 that memory was 20 KiB, and is taken to be where nobody
 * may look; since then each namespace has its own.
 */
function attachableInstructions(netns: string | null): number {
  const bytesOfInstruction = 24;
  const path = netns === null ? null : netnsPath(netns);
  let most = 20_480;
  try {
    const [file] = kernelFilesThrough(nativeFor('*'), path)(['/proc/sys/net/core/optmem_max']);
    most = Number(textOf(file)) || most;
  } catch {
    // This user may not enter the namespace.
  }
  return Math.floor(most / bytesOfInstruction);
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

function keyOf({ local, udpTunnels }: HostModel): string {
  return [...local.map(prefixText), ...(udpTunnels ?? [])].join(' ');
}
