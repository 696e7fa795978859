/**
 * `loscope services --watch`: looks at the services every second and writes a line for each that comes, goes, or is reached
 * by others than before. A look that takes long is followed by a longer pause, so that it costs a tenth of one core at most.
 */
import fs from 'node:fs';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { inodesOf, type OwnedService, ownedServices } from '../classify/owned-services.js';
import { changesBetween } from '../classify/service-changes.js';
import { servicesOf } from '../classify/services.js';
import { holdNamespace, type NamespaceHold } from '../host/namespace-hold.js';
import { readServiceFacts, type ServiceFacts } from '../host/service-facts.js';
import { type Process, readSocketOwners } from '../host/socket-owners.js';
import { readUserNames } from '../host/users.js';
import { serviceChangeJson } from '../report/services-json.js';
import { serviceChangeText } from '../report/services-text.js';

const leastPauseMs = 1000;
/** A pause is so many times as long as the look before it. */
const pauseFactor = 9;

/**
 * Writes to standard output until it is aborted.
 * @param netns path of a network namespace, or null for this process's own
 * @param sayUnseen called with the first look's facts
 * @throws what readServiceFacts throws
 */
export async function watchServices(
  netns: string | null,
  isJson: boolean,
  signal: AbortSignal,
  sayUnseen: (facts: ServiceFacts, services: readonly OwnedService[]) => void,
): Promise<void> {
  const hold = netns === null ? null : holdOf(netns);
  const look = new ServicesLook(hold?.path ?? netns);
  const changeOf = isJson ? serviceChangeJson : serviceChangeText;
  let before: OwnedService[] | null = null;
  try {
    while (!signal.aborted) {
      const began = performance.now();
      // Who does not read is told later what is different by then, instead of being told everything.
      if (!process.stdout.writableNeedDrain) {
        const { facts, services } = look.take();
        if (before === null) sayUnseen(facts, services);
        const timeNs = BigInt(Date.now()) * 1_000_000n;
        const lines = changesBetween(before, services).map((change) => changeOf(change, timeNs));
        if (lines.length > 0) process.stdout.write(lines.join(''));
        before = services;
      }
      const tookMs = performance.now() - began;
      await pause(Math.max(leastPauseMs, pauseFactor * tookMs), undefined, { signal }).catch(() => {});
    }
  } finally {
    hold?.close();
  }
}

/** So that it stays the same namespace whatever its name means later; null where reading it will say why not. */
function holdOf(path: string): NamespaceHold | null {
  try {
    const { dev, ino } = fs.statSync(path);
    return dev === fs.statSync('/proc/self/ns/net').dev ? holdNamespace({ path, inode: ino }) : null;
  } catch {
    return null;
  }
}

/** Looks one after the other: processes are looked for only where a socket is new. */
class ServicesLook {
  #owners: ReadonlyMap<number, readonly Process[]> = new Map();
  #isPartial = false;
  readonly #userNames = readUserNames();

  constructor(readonly netns: string | null) {}

  take(): { facts: ServiceFacts; services: OwnedService[] } {
    const facts = readServiceFacts(this.netns, false);
    const found = servicesOf(facts);
    const inodes = [...inodesOf(found)];
    const fresh = readSocketOwners(new Set(inodes.filter((inode) => !this.#owners.has(inode))));
    this.#isPartial ||= fresh.isPartial;
    this.#owners = new Map(
      inodes.map((inode) => [inode, this.#owners.get(inode) ?? fresh.byInode.get(inode) ?? []]),
    );
    const owners = { byInode: this.#owners, isPartial: this.#isPartial };
    return { facts, services: ownedServices(found, owners, this.#userNames) };
  }
}
