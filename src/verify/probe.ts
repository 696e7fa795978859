/**
 * `--probe`: tries to make this host leak, as any program without privilege could, while it is watched. What is then seen
 * on loopback stayed; what the watch sees, leaked; and the kernel refuses some of it.
 *
 *     plan ─► attempts without a device ─► settle ─► attempts bound to one ─► new addresses? ─► linger ─► result
 *
 * An address is looked up again before each attempt to it: one that the host has lost is somebody else's.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { netnsPath } from '../capture/live-sockets.js';
import type { NativeError } from '../capture/native.js';
import { isLoopbackPrefix, parsePrefix } from '../host/host-model.js';
import { readLinksOf } from '../host/links.js';
import { ProbeSockets } from '../host/probe-sockets.js';
import { unanswered } from './icmp-error.js';
import { LoopbackLook } from './loopback-look.js';
import { type Attempt, type Device, keyOf, type OwnAddress, planAttempts } from './probe-plan.js';
import { type ProbeResult, resultOf } from './probe-result.js';
import { ProbeTrace } from './probe-trace.js';

/** Attempts of one run. */
export const mostAttempts = 512;
/** No attempt begins later than this. */
const mostMs = 10_000;
/** Until frames of what was sent before have been looked at: the rings' timeouts, several times. */
const settleMs = 100;
/** Behind the last attempt: a neighbour is asked for three times in a second each, and what waits for it leaves then. */
const lingerMs = 1500;
/** Until the kernel gives up such questions. */
const mostAskedMs = 3500;
const mostRounds = 4;
const mostOwnAddresses = 64;

export class Probe {
  readonly trace = new ProbeTrace();
  #leftOut = 0;
  #unmadeBecause: string | null = null;
  #isStopped = false;
  #wake: () => void = () => {};

  /**
   * @param devicesOf the interfaces that are watched now
   * @param onAddresses is called before attempts are made to addresses that were not probed before
   */
  constructor(
    readonly netns: string | null,
    readonly devicesOf: () => readonly Device[],
    readonly onAddresses: () => void,
  ) {}

  /** Makes the attempts, and waits until what they sent must have been seen. */
  async run(): Promise<void> {
    let sockets: ProbeSockets | null = null;
    let loopback: LoopbackLook | null = null;
    try {
      const path = this.netns === null ? null : netnsPath(this.netns);
      sockets = new ProbeSockets(path);
      this.trace.begin(sockets);
      loopback = await LoopbackLook.open(this.netns, sockets.port, this.trace);
      await this.#rounds(sockets);
      await this.#pause(lingerMs);
      await this.#askAgain(sockets);
    } catch (error) {
      this.#unmadeBecause = reasonOf(error as NativeError);
    } finally {
      this.#unmadeBecause ??= (await loopback?.close()) ?? null;
      sockets?.close();
    }
  }

  /**
   * The kernel asks a wire for a neighbour in three seconds, and not anew for what joins a question of somebody before. So where
   * nobody answered, the same is sent once more when that question has ended.
   */
  async #askAgain(sockets: ProbeSockets): Promise<void> {
    const { trace } = this;
    const isWaiting = () => trace.unsettled().some(({ returned }) => returned === '');
    for (let ms = lingerMs; ms < mostAskedMs && isWaiting(); ms += settleMs) await this.#pause(settleMs);
    if (this.#isStopped) return;
    for (const made of trace.unsettled()) {
      const { protocol, isToOwn } = made.attempt;
      // One of them is enough, since a question counts for all: no SYN, whose port would be another. An own address may be gone.
      const isAsked = made.returned === unanswered && protocol !== 'tcp' && !isToOwn;
      if (isAsked) sockets.send(made.attempt, trace.made.indexOf(made));
    }
    await this.#pause(settleMs);
  }

  /** Makes no more attempts and waits for nothing. */
  stop(): void {
    this.#isStopped = true;
    this.#wake();
  }

  /** Once run() has ended. */
  result(): ProbeResult {
    return resultOf(this.trace, this.#leftOut, this.#unmadeBecause);
  }

  /** An address or a device that comes while others are probed is probed in the next round. */
  async #rounds(sockets: ProbeSockets): Promise<void> {
    const made = new Set<string>();
    const deadlineMs = performance.now() + mostMs;
    for (let round = 0; round < mostRounds; round++) {
      const addresses = ownAddresses(sockets.netns);
      const most = mostAttempts - made.size;
      const isMade = (attempt: Attempt): boolean => made.has(keyOf(attempt));
      const plan = planAttempts(addresses, this.devicesOf(), isMade, most);
      this.#leftOut = plan.leftOut;
      if (plan.attempts.length === 0) return;
      this.onAddresses();
      let wasBound = false;
      for (const [i, attempt] of plan.attempts.entries()) {
        if (attempt.device !== '' && !wasBound) await this.#pause(settleMs);
        wasBound = attempt.device !== '';
        if (this.#isStopped || performance.now() > deadlineMs) {
          this.#leftOut += plan.attempts.length - i;
          return;
        }
        made.add(keyOf(attempt));
        this.#make(sockets, attempt);
        await nextTurn();
      }
    }
  }

  #make(sockets: ProbeSockets, attempt: Attempt): void {
    const { made } = this.trace;
    const isGone =
      attempt.isToOwn &&
      !ownAddresses(sockets.netns).some(({ text, interfaceIndex }) => {
        return text === attempt.to && (attempt.scopeIndex === 0 || attempt.scopeIndex === interfaceIndex);
      });
    const reply = isGone
      ? { outcome: 'look-up EADDRNOTAVAIL', localPort: 0 }
      : sockets.send(attempt, made.length);
    made.push({ ...reply, attempt, seenOn: new Set(), hasStayed: false, returned: '' });
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.#isStopped) return resolve();
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/**
 * Addresses of interfaces alone: what a table loops in some case may be another host's in another, and so may an address
 * be that is not yet ready. So many of each IP version, since each is tried several times.
 */
function ownAddresses(netns: string | null): OwnAddress[] {
  const { links, addresses } = readLinksOf(netns);
  const indexOf = new Map(links.map(({ name, index }) => [name, index]));
  const own = addresses.flatMap(({ interface: name, address, isReady }): OwnAddress[] => {
    const prefix = parsePrefix(address);
    if (!isReady || prefix === null || isLoopbackPrefix(prefix)) return [];
    return [{ text: address, bytes: prefix.bytes, interfaceIndex: indexOf.get(name) ?? 0 }];
  });
  const ofLen = (len: number): OwnAddress[] =>
    own.filter(({ bytes }) => bytes.length === len).slice(0, mostOwnAddresses);
  return [...ofLen(4), ...ofLen(16)];
}

function reasonOf({ code, message }: NativeError): string {
  const isRefused = code === 'EPERM' || code === 'EACCES';
  return isRefused ? 'this user may not enter the network namespace (needs cap_sys_admin)' : message;
}
