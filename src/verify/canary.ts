/**
 * Shows that a leak would be seen, before anyone relies on none being seen: a frame that leaks is sent and must come out of
 * the same program, ring and detector that watch, once as it leaves and once as it comes in.
 *
 * It goes through a veth pair in a network namespace that only this process holds, by a descriptor: nothing of the host
 * changes, and the kernel removes both when the process ends, whatever ends it.
 *
 *     canary0 ── frame from 127.0.0.1 ──► canary1
 *        └ egress, seen                      └ ingress, seen
 *
 * Who may capture and nothing else makes no namespace: then it goes over loopback, which it cannot leave, to a link
 * address that is nobody's, so that packet sockets see it and IP does not (PACKET_OTHERHOST, packet(7)).
 */

import type { BpfInstruction } from '../capture/bpf.js';
import { CaptureError } from '../capture/capture-error.js';
import { FrameSender } from '../capture/frame-sender.js';
import { LinkType } from '../capture/link-type.js';
import { nativeFor, openRings } from '../capture/open-ring.js';
import type { ProgramOfLink } from '../capture/ring-setup.js';
import type { RingSource } from '../capture/ring-source.js';
import { InterfaceRole } from '../capture/source.js';
import { Classifier } from '../classify/classify.js';
import { HostLookup } from '../host/host-lookup.js';
import { emptyHost } from '../host/host-model.js';
import { makeVethPair } from '../host/veth.js';
import { Detector } from './detector.js';
import { Ledger } from './ledger.js';
import { suspectProgram } from './suspect-filter.js';
import { suspectRing } from './suspect-ring.js';

/** What came of it; `unmade` proves nothing, `missed` proves that the program is blind here. */
export interface Canary {
  readonly state: 'seen' | 'missed' | 'unmade';
  /** Why, or ''. */
  readonly reason: string;
}

/** Where it is sent and where it leaves and comes in. */
interface Path {
  /** Path of a network namespace; null for this process's own. */
  readonly netns: string | null;
  readonly from: string;
  readonly to: string;
}

const pair = { from: 'canary0', to: 'canary1' } as const;
const loopback: Path = { netns: null, from: 'lo', to: 'lo' };
const bufferBytes = 1 << 20;
/** The kernel brings a pair up in its own time; what is sent before is lost. */
const resendMs = 10;
const mostSent = 200;

/**
 * Sends a canary and waits until it is seen, for two seconds at most.
 * @param programOf the programs that watch; absent for those of a host without addresses
 */
export async function sendCanary(programOf: ProgramOfLink = plainProgram()): Promise<Canary> {
  try {
    return await sendThroughPair(programOf);
  } catch (why) {
    try {
      return await sendAlong(loopback, programOf);
    } catch (error) {
      const reason = `no veth pair of its own (${(why as Error).message}), and ${reasonOf(error as Error)}`;
      return { state: 'unmade', reason };
    }
  }
}

/** @throws NativeError, NetlinkError, CaptureError where no pair can be made */
async function sendThroughPair(program: ProgramOfLink): Promise<Canary> {
  const native = nativeFor('canary');
  const namespace = native.makeNamespace();
  try {
    const netns = `/proc/self/fd/${namespace}`;
    makeVethPair(netns, pair.from, pair.to);
    return await sendAlong({ netns, ...pair }, program);
  } finally {
    native.closeSocket(namespace);
  }
}

/** Loopback's frames are Ethernet's too. */
function plainProgram(): ProgramOfLink {
  const program = suspectProgram(LinkType.ethernet, emptyHost);
  return () => program;
}

function reasonOf(error: Error): string {
  return error instanceof CaptureError ? error.message : `${loopback.from}: ${error.message}`;
}

async function sendAlong({ netns, from, to }: Path, program: ProgramOfLink): Promise<Canary> {
  const source = await openRings({
    interfaces: [from, to],
    netns,
    filter: '',
    program: (linkType) => [...canaryAlone, ...program(linkType)],
    snapLen: suspectRing.snapLen,
    bufferBytes,
    keepsOutgoing: true,
  });
  let sender: FrameSender | null = null;
  let timer: NodeJS.Timeout | undefined;
  try {
    const sending = new FrameSender(netns, from);
    sender = sending;
    let sent = 0;
    const send = (): void => {
      sending.send(canaryFrame());
      if (++sent === mostSent) void source.close();
    };
    timer = setInterval(send, resendMs);
    send();
    const isSeen = await sawBoth(source, from, to);
    return isSeen ? { state: 'seen', reason: '' } : missed;
  } finally {
    clearInterval(timer);
    sender?.close();
    await source.close();
  }
}

const missed: Canary = {
  state: 'missed',
  reason: 'a frame that leaks was sent on purpose, and this program did not see it',
};

/** Why a check without a leak proves nothing; null where the canary was seen. */
export function canaryBlindness(canary: Canary | null): string | null {
  if (canary?.state === 'unmade') return `that a leak would be seen could not be tried: ${canary.reason}`;
  return canary?.state === 'missed' ? canary.reason : null;
}

/** Until the frame was seen at both ends, or the source is closed. */
async function sawBoth(source: RingSource, from: string, to: string): Promise<boolean> {
  const ledger = new Ledger();
  const detector = new Detector(ledger, null);
  const classifier = new Classifier(new HostLookup(emptyHost));
  for await (const batch of source) {
    const { name } = source.interfaces[batch.interfaceId];
    const lookout = { interface: name, file: '', role: InterfaceRole.wire, classifier };
    for (let i = 0; i < batch.count; i++) detector.inspect(batch, i, lookout, 0);
    batch.release();
    const found = ledger.findings().map(({ id, interface: where }) => `${where} ${id}`);
    if (found.includes(`${from} leak-egress`) && found.includes(`${to} leak-ingress`)) return true;
  }
  return false;
}

/** Lets nothing through but frames of the canary's sender: what else goes over loopback would fill the ring. */
const canaryAlone: readonly BpfInstruction[] = [
  { code: 0x20, jt: 0, jf: 0, k: 6 }, // ld [6]
  { code: 0x15, jt: 1, jf: 0, k: 0x02000000 }, // jeq #0x02000000
  { code: 0x06, jt: 0, jf: 0, k: 0 }, // ret #0
];

/**
 * UDP from 127.0.0.1 to 192.0.2.1 (TEST-NET-1, RFC 5737), port 9 (discard), without data or UDP checksum.
 *
 *     02 00 00 00 00 01  02 00 00 00 00 00  08 00
 *     45 00 00 1c  00 00 00 00  40 11 …  7f 00 00 01  c0 00 02 01
 *     00 09 00 09  00 08 00 00
 */
function canaryFrame(): Uint8Array {
  const hex =
    '020000000001020000000000' + '0800' + '4500001c00000000401139cf7f000001c0000201' + '0009000900080000';
  return Uint8Array.from(hex.match(/../g)!, (byte) => Number.parseInt(byte, 16));
}
