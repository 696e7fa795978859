/**
 * The addon of src/native: system calls, the mapped ring, and two loops over typed arrays, as functions. The only file
 * that loads it. Every structure of the kernel and every decision is TypeScript's. LOSCOPE_NO_NATIVE=1 does without it.
 */
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { packageRoot } from './package-root.js';

/** A mapped ring; only the functions below look into it. */
export interface RingHandle {
  readonly brand: 'ring';
}

/** A socket that is waited for. */
export interface WatchHandle {
  readonly brand: 'watch';
}

/** A loop of the fast lane, with what is bound to it. */
export interface LaneHandle {
  readonly brand: 'lane';
}

/** What a lane counts into. */
export type TableArrays = [
  entries: Int32Array,
  slots: Int32Array,
  plainFrames: Float64Array,
  plainBytes: Float64Array,
  counts: Float64Array,
  locality: Uint8Array,
  evidence: Uint8Array,
  flowId: Uint32Array,
];

/** Columns of a FrameBatch. */
export type FrameArrays = [
  bytes: Uint8Array,
  offset: Uint32Array,
  capLen: Uint32Array,
  origLen: Uint32Array,
  tsWords: Int32Array,
  flags: Uint8Array,
];

/** What netdevice(7) tells of an interface. */
export interface DeviceFacts {
  readonly index: number;
  /** IFF_ bits. */
  readonly flags: number;
  /** ARPHRD_ number. */
  readonly hardware: number;
  readonly mtu: number;
}

/** What a call throws: `code` is the errno's name, the message `CALL: TEXT`. */
export interface NativeError extends Error {
  readonly code: string;
}

export interface Native {
  /**
   * A control socket, the six tables of live-sockets.ts, then the packet sockets.
   * @param path of a network namespace, or null for the one this thread is in
   */
  openSockets(path: string | null, raw: number, cooked: number): number[];
  /** A connected pair of Unix sockets. */
  socketPair(): [number, number];
  /** What loscope-open passed, in the order of openSockets. */
  receiveSockets(fd: number): number[];
  /** Closes any descriptor of the calls above. */
  closeSocket(fd: number): void;
  setOption(fd: number, level: number, name: number, value: Uint8Array): void;
  /** @returns bytes written to value */
  getOption(fd: number, level: number, name: number, value: Uint8Array): number;
  /** @param program struct sock_filter, packed */
  attachFilter(fd: number, program: Uint8Array): void;
  bindPacket(fd: number, protocol: number, interfaceIndex: number): void;
  interfaceByName(fd: number, name: Uint8Array): DeviceFacts;
  interfaceName(fd: number, index: number): Uint8Array;
  /** A descriptor of a network namespace that was made by this call and lasts as long as something holds it. */
  makeNamespace(): number;
  /**
   * Files of the kernel, as a network namespace shows them: each one's bytes, or the errno's name (EFBIG beyond `most` bytes).
   * @param path of the namespace, or null for the one this thread is in
   * @param files paths, as bytes
   * @throws NativeError when the namespace cannot be entered
   */
  readFiles(path: string | null, files: readonly Uint8Array[], most: number): (Uint8Array | string)[];
  /**
   * A bound netlink socket (netlink(7)), which reads do not block on.
   * @param path of a network namespace, or null for the one this thread is in
   * @param protocol NETLINK_ number
   */
  openNetlink(path: string | null, protocol: number): number;
  /** To the kernel. @param bytes one or more whole messages */
  sendNetlink(fd: number, bytes: Uint8Array): void;
  /**
   * One datagram of the kernel's.
   * @param waitMs at most 60,000, for which the thread stands still; 0 looks and returns
   * @returns its length, above into.length where it was cut; 0 when none came
   * @throws code ENOBUFS where the socket's buffer overran and messages were lost
   */
  receiveNetlink(fd: number, into: Uint8Array, waitMs: number): number;
  /** Takes the descriptor over. `onEvent` is called once for each watchArm, with 0 or a negative errno. */
  watchSocket(fd: number, onEvent: (status: number) => void): WatchHandle;
  watchArm(watch: WatchHandle): void;
  /** Closes the descriptor too. */
  watchClose(watch: WatchHandle): void;
  /**
   * One attempt to send with an ordinary socket, which is closed again.
   * @param path of a network namespace, or null for the one this thread is in
   * @param protocol IPPROTO_ number of UDP, TCP or ICMP
   * @param device name of the interface to bind the socket to, or empty
   * @param source of 4 or 16 bytes, or empty
   * @param scope interface index for link-local addresses, else 0
   * @param message of UDP and ICMP, at most 64 bytes; TCP sends none
   * @returns `sent`, or the call that failed and why (`bind EINVAL`); and the port it was sent from
   */
  probeOnce(
    path: string | null,
    protocol: number,
    device: Uint8Array,
    source: Uint8Array,
    destination: Uint8Array,
    scope: number,
    port: number,
    message: Uint8Array,
  ): [outcome: string, localPort: number];
  /** A UDP socket, and a TCP socket that does not listen, on the same port of every address; and the port. */
  holdPort(path: string | null): [udp: number, tcp: number, port: number];
  /**
   * Makes a ring and maps it, in a thread. Takes the descriptor over, unless it throws.
   * @param request struct tpacket_req3
   * @param onEvent is called first when the ring is there, then once for each ringArm, with 0 or a negative errno
   */
  mapRing(fd: number, request: Uint8Array, onEvent: (status: number) => void): RingHandle;
  /** The mapping itself, once; null where the runtime allows no external memory. */
  ringBuffer(ring: RingHandle): ArrayBuffer | null;
  ringArm(ring: RingHandle): void;
  ringStatus(ring: RingHandle, blockOffset: number): number;
  /** Copies a block and gives it back to the kernel. */
  ringCopy(ring: RingHandle, blockOffset: number, into: Uint8Array): void;
  /** Unmaps it and closes the descriptor, in a thread, and calls back then. */
  ringClose(ring: RingHandle, onFreed: () => void): void;
  /** Through libpcap: throws code ENOSYS without it, and FILTER with libpcap's message. */
  compileFilter(text: string, dlt: number, snapLen: number): Uint8Array;
  /** A loop of analysis/native-lane-loop.ts. What is bound must be kept alive, and not be transferred, while it runs. */
  makeLane(seeds: Int32Array, registers: Float64Array): LaneHandle;
  bindLaneTables(lane: LaneHandle, ...arrays: TableArrays): void;
  bindLaneFrames(lane: LaneHandle, ...arrays: FrameArrays): void;
  /** @throws RangeError for a frame that lies beyond its bytes, or a batch with more frames than columns */
  runLane(lane: LaneHandle): number;
  /** The walk of native-pcap-walk.ts. @throws RangeError where the registers lie outside of the arrays */
  walkPcap(
    registers: Float64Array,
    bytes: Uint8Array,
    offset: Uint32Array,
    capLen: Uint32Array,
    origLen: Uint32Array,
    tsWords: Int32Array,
    position: Float64Array,
  ): void;
}

const folder = path.join(packageRoot(), 'build', 'Release');

/** The built helper; an environment variable may name another (a packager's, a test's). */
export function helperPath(): string {
  return process.env.LOSCOPE_OPEN || path.join(folder, 'loscope-open');
}

/** A command of this installation, for advice: sudo may not know where node is. */
function commandOf(script: string): string {
  return `${process.execPath} ${path.join(packageRoot(), 'bin', script)}`;
}

/** What gives the right to capture; as root. */
export const grantCommand = `sudo ${commandOf('grant.mjs')}`;
export const compileCommand = commandOf('compile.mjs');

let loaded: Native | null = null;

/** The addon, or why there is none. */
export function loadNative(): Native | { readonly reason: string } {
  if (process.env.LOSCOPE_NO_NATIVE === '1') return { reason: 'LOSCOPE_NO_NATIVE is set' };
  if (loaded !== null) return loaded;
  if (process.platform !== 'linux') return { reason: 'the fast live engine is for Linux' };
  // The ring's and the filters' words are read and written in the kernel's order.
  if (os.endianness() === 'BE') return { reason: 'the fast live engine is for little-endian machines' };
  const file = path.join(folder, 'loscope.node');
  if (!fs.existsSync(file)) return { reason: 'the fast live engine is not compiled' };
  try {
    loaded = createRequire(import.meta.url)(file) as Native;
    return loaded;
  } catch (error) {
    return { reason: `the fast live engine does not load: ${(error as Error).message.split('\n')[0]}` };
  }
}
