/**
 * Shows that a leak would be seen, before anyone relies on none being seen: a frame that leaks is sent through a veth
 * pair and must come out of the same program, ring and detector that watch, once as it leaves and once as it comes in.
 *
 * The pair is in a network namespace that only this process holds, by a descriptor: nothing of the host changes, and
 * the kernel removes both when the process ends, whatever ends it.
 *
 *     canary0 ── frame from 127.0.0.1 ──► canary1
 *        └ egress, seen                      └ ingress, seen
 */

import { FrameSender } from '../capture/frame-sender.js';
import { LinkType } from '../capture/link-type.js';
import type { NativeError } from '../capture/native.js';
import { nativeFor, openRings } from '../capture/open-ring.js';
import type { ProgramOfLink } from '../capture/ring-setup.js';
import type { RingSource } from '../capture/ring-source.js';
import { InterfaceRole } from '../capture/source.js';
import { Classifier } from '../classify/classify.js';
import { HostLookup } from '../host/host-lookup.js';
import { emptyHost } from '../host/host-model.js';
import { makeVethPair } from '../host/veth.js';
import { Detector } from './detector.js';
import { type Finding, settingEvidence } from './finding.js';
import { Ledger } from './ledger.js';
import { suspectProgram } from './suspect-filter.js';
import { suspectRing } from './suspect-ring.js';

/** What came of it; `unmade` proves nothing, `missed` proves that the program is blind here. */
export interface Canary {
  readonly state: 'seen' | 'missed' | 'unmade';
  /** Why, or ''. */
  readonly reason: string;
}

const ends = ['canary0', 'canary1'] as const;
const bufferBytes = 1 << 20;
/** The kernel brings a pair up in its own time; what is sent before is lost. */
const resendMs = 10;
const mostSent = 200;

/**
 * Sends a canary and waits until it is seen, for two seconds at most.
 * @param programOf the programs that watch; absent for those of a host without addresses
 */
export async function sendCanary(programOf?: ProgramOfLink): Promise<Canary> {
  let namespace = -1;
  try {
    const native = nativeFor('canary');
    namespace = native.makeNamespace();
    try {
      return await sendIn(`/proc/self/fd/${namespace}`, programOf ?? plainProgram());
    } finally {
      native.closeSocket(namespace);
    }
  } catch (error) {
    return { state: 'unmade', reason: reasonOf(error as NativeError) };
  }
}

/** Both ends of the pair are Ethernet's. */
function plainProgram(): ProgramOfLink {
  const program = suspectProgram(LinkType.ethernet, emptyHost);
  return () => program;
}

function reasonOf({ code, message }: NativeError): string {
  const isRefused = code === 'EPERM' || code === 'EACCES';
  return isRefused ? 'this user may not make a network namespace (needs cap_sys_admin)' : message;
}

async function sendIn(netns: string, program: ProgramOfLink): Promise<Canary> {
  makeVethPair(netns, ...ends);
  const source = openRings({
    interfaces: ends,
    netns,
    filter: '',
    program,
    snapLen: suspectRing.snapLen,
    bufferBytes,
  });
  let sender: FrameSender | null = null;
  let timer: NodeJS.Timeout | undefined;
  try {
    const sending = new FrameSender(netns, ends[0]);
    sender = sending;
    let sent = 0;
    const send = (): void => {
      sending.send(canaryFrame());
      if (++sent === mostSent) void source.close();
    };
    timer = setInterval(send, resendMs);
    send();
    const isSeen = await sawBoth(source);
    return isSeen ? { state: 'seen', reason: '' } : missed;
  } finally {
    clearInterval(timer);
    sender?.close();
    await source.close();
  }
}

const missed: Canary = {
  state: 'missed',
  reason: 'a frame that leaks was sent through a veth pair of its own, and this program did not see it',
};

/** What is not proven, as a note. */
export function canaryNotes(canary: Canary | null): Finding[] {
  if (canary?.state !== 'unmade') return [];
  return [
    {
      id: 'canary-unmade',
      severity: 'note',
      title: 'that a leak would be seen was not tried: no veth pair of its own could be made',
      interface: '',
      evidence: [settingEvidence(canary.reason)],
      count: 0,
      fix: 'run as root',
    },
  ];
}

/** Until the frame was seen at both ends, or the source is closed. */
async function sawBoth(source: RingSource): Promise<boolean> {
  const ledger = new Ledger();
  const detector = new Detector(ledger, null);
  const classifier = new Classifier(new HostLookup(emptyHost));
  for await (const batch of source) {
    const { name } = source.interfaces[batch.interfaceId];
    const lookout = { interface: name, file: '', role: InterfaceRole.wire, classifier };
    for (let i = 0; i < batch.count; i++) detector.inspect(batch, i, lookout, 0);
    batch.release();
    const found = ledger.findings().map(({ id, interface: where }) => `${where} ${id}`);
    if (found.includes(`${ends[0]} leak-egress`) && found.includes(`${ends[1]} leak-ingress`)) return true;
  }
  return false;
}

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
