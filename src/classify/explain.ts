/**
 * A verdict in words: why this packet is where it was seen. The cold path, one packet at a time.
 */
import { Direction } from '../capture/frame-batch.js';
import { InterfaceRole } from '../capture/source.js';
import { Evidence, Locality } from './locality.js';

/** The kernel gives a copy to who has joined the group here, except of what its own sockets send. */
export type CopyFate = 'joined' | 'not-joined' | 'turned-off';

/** What a verdict is explained from. */
export interface VerdictFacts {
  readonly locality: Locality;
  readonly evidence: Evidence;
  readonly role: InterfaceRole;
  readonly direction: number;
  readonly isArp: boolean;
  /** Address text; '' where there is none. */
  readonly src: string;
  readonly dst: string;
  /** 0 for anything but UDP. */
  readonly udpDstPort: number;
  /** Number of the frame on a wire that a copy was made of; absent or 0 where that is not known. */
  readonly original?: number;
  /** Of an original to a group: whether a copy loops back; absent where that is not known. */
  readonly copy?: CopyFate;
  /** What decoding stopped at, in words, for a frame without addresses. */
  readonly stop: string;
}

const sourceOfEvidence: Record<Evidence, string> = {
  [Evidence.none]: '',
  [Evidence.given]: 'as given with --host',
  [Evidence.recorded]: 'as the capture recorded',
  [Evidence.live]: 'by this host’s routing table',
  [Evidence.inferred]: 'inferred',
  [Evidence.observed]: 'observed where it looped back',
};

/** UDP port of LSP ping, which uses 127/8 on the wire by design (RFC 8029 4.3). */
const lspPingPort = 3503;

/** One sentence without a full stop: `127.0.0.87 is in 127.0.0.0/8`. */
export function explain(facts: VerdictFacts): string {
  const sentence = sentenceOf(facts);
  const isSure = facts.role !== InterfaceRole.unknown || facts.evidence !== Evidence.inferred;
  return isSure ? sentence : `${sentence} (inferred: nothing tells loopback from wire here)`;
}

function sentenceOf(facts: VerdictFacts): string {
  const { src, dst, evidence } = facts;
  const by = sourceOfEvidence[evidence];
  const observed = evidence === Evidence.observed ? observedWords(facts) : '';
  switch (facts.locality) {
    case Locality.loopback:
      return dst === '::1' ? `${dst} is the IPv6 loopback address` : `${dst} is in 127.0.0.0/8`;
    case Locality.broadcastCopy:
      return `${broadcastSentence(dst, evidence, by)}${observed}`;
    case Locality.multicastCopy:
      return `${dst} is a multicast group: the copy for members on this host${observed}`;
    case Locality.selfAddressed:
      return selfSentence(facts, by);
    case Locality.stray:
      return strayAsked(evidence)
        ? `${dst} is none of the host’s addresses, ${by}: no rule of the host puts it on loopback`
        : `${dst} is no address that a host loops back`;
    case Locality.leak:
      return leakSentence(facts);
    case Locality.hairpin:
      return `${src} and ${dst} are both the host’s own, ${by}: it should have looped, the route to itself is missing`;
    case Locality.castOriginal:
      return castSentence(facts, by);
    case Locality.external:
      return `${src} to ${dst} concerns no loopback address`;
    case Locality.notIp:
      return facts.isArp ? arpSentence(facts) : 'no IP header';
    case Locality.undecoded:
      return facts.stop;
  }
}

function strayAsked(evidence: Evidence): boolean {
  return evidence === Evidence.given || evidence === Evidence.recorded || evidence === Evidence.live;
}

function observedWords({ original = 0 }: VerdictFacts): string {
  const which = original === 0 ? '' : `; the original is frame ${original}`;
  return `, ${sourceOfEvidence[Evidence.observed]}${which}`;
}

function broadcastSentence(dst: string, evidence: Evidence, by: string): string {
  if (dst === '255.255.255.255') return `${dst} is the limited broadcast: the copy for this host`;
  if (dst === '127.255.255.255') return `${dst} is the broadcast address of 127.0.0.0/8`;
  if (evidence === Evidence.observed) return `${dst} is a broadcast address: the copy for this host`;
  return `${dst} is a directed broadcast of the host, ${by}: the copy for this host`;
}

function selfSentence({ src, dst, evidence, role }: VerdictFacts, by: string): string {
  if (role === InterfaceRole.unknown) return `${dst} sends to itself`;
  if (evidence !== Evidence.inferred) return `${dst} is the host’s own address, ${by}`;
  const whose = src === dst ? `${dst} sends to itself` : `${dst} was delivered over loopback`;
  return `${whose}: inferred to be the host’s own address`;
}

function leakSentence({ src, dst, udpDstPort, direction, isArp, evidence }: VerdictFacts): string {
  const way = direction === Direction.out ? 'egress: ' : direction === Direction.unknown ? '' : 'ingress: ';
  const culprits = [src, dst].filter(isLoopbackText);
  const which = culprits.length === 2 ? `${src} and ${dst} are` : `${culprits[0] ?? dst} is a`;
  const noun = culprits.length === 2 ? 'loopback addresses' : 'loopback address';
  const where = evidence === Evidence.inferred ? 'in a frame with an outside address' : 'on a wire';
  const inWhat = isArp ? ' in ARP' : '';
  const isLspPing = udpDstPort === lspPingPort && isLoopbackText(dst);
  const named = isLspPing ? '; UDP port 3503 is LSP ping, which does so by design' : '';
  return `${way}${which} ${noun}${inWhat} ${where}${named}`;
}

function arpSentence({ src, dst }: VerdictFacts): string {
  return isLoopbackText(src) || isLoopbackText(dst)
    ? 'ARP on a loopback interface, where it reaches nobody'
    : 'ARP without a loopback address';
}

function castSentence({ src, dst, evidence, copy }: VerdictFacts, by: string): string {
  const fate = isGroupText(dst) ? groupCopyWords(copy) : 'whose copy loops back';
  if (evidence === Evidence.inferred) return `this host sent it to ${dst}: the original, ${fate}`;
  return `${src} is the host’s own address, ${by}: the original to ${dst}, ${fate}`;
}

function groupCopyWords(copy: CopyFate | undefined): string {
  const perhaps = 'whose copy loops back if somebody here has joined';
  switch (copy) {
    case undefined:
      return perhaps;
    case 'joined':
      return 'whose copy loops back: somebody here has joined';
    case 'not-joined':
      // Whoever joined since then is not known yet.
      return `${perhaps}: nobody had when this host was last asked`;
    case 'turned-off':
      return 'of which no copy loops back: the kernel turns it off for its own messages';
  }
}

/** 224/4 and ff00::/8. */
function isGroupText(address: string): boolean {
  return /^(22[4-9]|23\d)\.|^ff..:/.test(address);
}

function isLoopbackText(address: string): boolean {
  return address.startsWith('127.') || address === '::1' || address.startsWith('::ffff:127.');
}
