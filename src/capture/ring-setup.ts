/**
 * Makes a ring of a packet socket: the order of the steps matters. Nothing can arrive before the last one, bind,
 * because the socket was made for protocol 0; and the filter stands before it. The kernel takes its time for the ring
 * itself, in a thread: several are made at once.
 */
import {
  acceptAll,
  type BpfInstruction,
  compileFilter,
  cutTo,
  type FilterCompiler,
  packProgram,
} from './bpf.js';
import { CaptureError } from './capture-error.js';
import type { LinkType } from './link-type.js';
import type { Native, NativeError, RingHandle } from './native.js';
import { Ring, type RingShape } from './ring.js';
import { FrameKind } from './ring-frames.js';
import { PacketOption, solPacket, tpacketV3 } from './ring-layout.js';
import { isLoopback, linkTypeOfKind, type Plan } from './ring-plan.js';
import { getSystemErrorMessage } from './system-error.js';

/** The program for an interface whose frames have this link type. */
export type ProgramOfLink = (linkType: LinkType) => readonly BpfInstruction[];

export interface RingOptions {
  /** pcap-filter text, '' for all. */
  readonly filter: string;
  /** Absent for libpcap's. */
  readonly compiler?: FilterCompiler;
  /** A program in place of the text, for frames as the socket has them (`any` has no link header there). */
  readonly program?: readonly BpfInstruction[] | ProgramOfLink;
  /** Most bytes kept of a frame; 0 is no limit. */
  readonly snapLen: number;
  /** Size of each ring. */
  readonly bufferBytes: number;
  /** Bytes of a block; absent for one that holds the largest frame. */
  readonly blockLen?: number;
  /** The kernel closes a block that is not full after so long, and wakes who waits for it; absent for 10. */
  readonly retireMs?: number;
  /** Loopback's frames are taken as they leave too: each of them twice. */
  readonly keepsOutgoing?: boolean;
  /** Once an interface is gone, its ring waits for another of that name; absent for true. */
  readonly followsName?: boolean;
  /** Copies blocks though they could be lent; for tests. */
  readonly copies?: boolean;
}

export const mostSnapLen = 262144;
/** Frames show soon, and a screen that draws ten times a second shows them all. */
const soonMs = 10;
/**
 * Holds the largest frame. Small, because the timeout uses a block up however little is in it: 128 of them in 64 MiB
 * bridge 1.3 seconds in which nobody reads.
 */
const largeBlockLen = 1 << 19;
/** Of frames that are cut short and few: the same memory bridges eight times as long. */
export const smallBlockLen = 1 << 16;
const slotLen = 2048;
/** Room before each frame for a VLAN tag, beside what the kernel leaves anyway. */
const reservedLen = 8;

/**
 * @param fd the ring's own; closed when this throws
 * @throws CaptureError `filter`, `interface`, `engine`
 */
export async function setUpRing(
  native: Native,
  fd: number,
  plan: Plan,
  options: RingOptions,
  onEvent: (status: number) => void,
): Promise<Ring> {
  const kind = plan.kind as FrameKind;
  const snapLen = options.snapLen === 0 ? mostSnapLen : Math.min(options.snapLen, mostSnapLen);
  const { blockLen = largeBlockLen, retireMs = soonMs } = options;
  const blocks = Math.max(2, Math.floor(options.bufferBytes / blockLen));
  let shape: RingShape;
  let made: [handle: RingHandle, status: number];
  try {
    const program = programOf(native, plan, options, snapLen);
    setNumber(native, fd, PacketOption.version, tpacketV3);
    setNumber(native, fd, PacketOption.reserve, reservedLen);
    const skipOutgoing = options.keepsOutgoing !== true && mustSkipOutgoing(native, fd, plan);
    if (program !== null) attach(native, fd, program, plan.name);
    const copies = options.copies ?? false;
    shape = { blockLen, blocks, retireMs, kind, snapLen, skipOutgoing, copies };
    made = await mapRing(native, fd, ringRequest(blockLen, blocks, retireMs), onEvent);
  } catch (error) {
    native.closeSocket(fd);
    throw explain(plan.name, options.bufferBytes, error as NativeError);
  }
  const [handle, status] = made;
  try {
    if (status < 0) throw explain(plan.name, options.bufferBytes, errorOf(status));
    return new Ring(native, fd, handle, shape);
  } catch (error) {
    native.ringClose(handle, () => {});
    throw error;
  }
}

/** @throws CaptureError where the socket's memory does not hold the program */
function attach(native: Native, fd: number, program: readonly BpfInstruction[], name: string): void {
  try {
    native.attachFilter(fd, packProgram(program));
  } catch (error) {
    if ((error as NativeError).code !== 'ENOMEM') throw error;
    const what = `no memory for a filter of ${program.length} instructions`;
    throw new CaptureError('interface', name, what, -1, 'a larger net.core.optmem_max');
  }
}

/** Resolves when the ring is there, or with the negative errno that says why not. */
function mapRing(
  native: Native,
  fd: number,
  request: Uint8Array,
  onEvent: (status: number) => void,
): Promise<[RingHandle, number]> {
  return new Promise((resolve) => {
    let hear = (status: number): void => {
      hear = onEvent;
      resolve([handle, status]);
    };
    const handle = native.mapRing(fd, request, (status) => hear(status));
  });
}

function errorOf(status: number): NativeError {
  const { code, text } = getSystemErrorMessage(-status);
  return Object.assign(new Error(`PACKET_RX_RING: ${text}`), { code });
}

/** null: every frame, whole. */
function programOf(
  native: Native,
  plan: Plan,
  options: RingOptions,
  snapLen: number,
): BpfInstruction[] | null {
  const { program } = options;
  if (typeof program === 'function') return cutTo(program(linkTypeOfKind[plan.kind as FrameKind]), snapLen);
  if (program !== undefined) return cutTo(program, snapLen);
  if (options.filter === '') return snapLen === mostSnapLen ? null : acceptAll(snapLen);
  const { name: where, kind } = plan;
  return compileFilter(native, options.filter, {
    kind: kind as FrameKind,
    snapLen,
    where,
    compiler: options.compiler ?? null,
  });
}

function setNumber(native: Native, fd: number, name: number, value: number): void {
  native.setOption(fd, solPacket, name, new Uint8Array(Int32Array.of(value).buffer));
}

/** On loopback each datagram passes twice. @returns whether its outgoing copy must be skipped here */
function mustSkipOutgoing(native: Native, fd: number, { kind, device }: Plan): boolean {
  if (kind === FrameKind.any) return true;
  if (!isLoopback(device)) return false;
  try {
    setNumber(native, fd, PacketOption.ignoreOutgoing, 1);
    return false;
  } catch {
    return true; // A kernel before 4.20.
  }
}

/** struct tpacket_req3: block size and count, frame size and count, timeout, private area, features. */
function ringRequest(blockLen: number, blocks: number, retireMs: number): Uint8Array {
  const slots = (blockLen / slotLen) * blocks;
  return new Uint8Array(Uint32Array.of(blockLen, blocks, slotLen, slots, retireMs, 0, 0).buffer);
}

function explain(name: string, bufferBytes: number, error: NativeError): unknown {
  const { code, message } = error;
  if (error instanceof CaptureError || code === undefined) return error;
  if (code === 'ENOMEM') {
    const size = `${bufferBytes >> 20} MiB`;
    return new CaptureError(
      'interface',
      name,
      `no memory for a buffer of ${size}`,
      -1,
      'a smaller one: -B 16',
    );
  }
  return new CaptureError('engine', name, `the kernel refuses a packet ring: ${message}`);
}
