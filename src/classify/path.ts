/**
 * Which of the three ways onto loopback a datagram takes, or none, from what the kernel answered: the same verdicts as
 * for captured packets, before there is a packet.
 *
 *     loopback       ① to 127/8 or ::1
 *     copy           ② a broadcast or multicast: a copy loops back, the original goes out (by lo it is one datagram)
 *     own-address    ③ to one of the host's own addresses, or into a prefix that it takes for its own
 *     wire           none of them: it goes out
 *     refused        it is not sent at all
 *
 * Reference: Stevens, TCP/IP Illustrated vol. 1, 2.7; net/ipv4/route.c, __mkroute_output; net/ipv4/ip_output.c,
 * ip_mc_output, and net/ipv6/ip6_output.c, ip6_finish_output2, for the copies and why packet sockets miss them.
 */
import { isLoopbackPrefix, type Prefix } from '../host/host-model.js';
import type { Link } from '../host/links.js';
import type { Listener, PathFacts } from '../host/path-facts.js';
import type { PolicyRule } from '../host/policy-rules.js';
import { type Route, RouteFlag } from '../host/route-message.js';
import type { LocalityName } from './locality.js';
import { notesOf } from './path-notes.js';
import { ruleOf } from './path-rule.js';

export type Way = 'loopback' | 'copy' | 'own-address' | 'wire' | 'refused';

/** What a packet socket on an interface sees of the datagram, and what its verdict is. */
export interface SeenAs {
  readonly interface: string;
  readonly locality: LocalityName;
}

export interface Copy {
  readonly kind: 'broadcast' | 'multicast';
  /** Does one loop back to this host? For multicast: unless the sender turned IP_MULTICAST_LOOP off. */
  readonly loops: boolean;
  /** Where the datagram itself passes lo there is no hidden copy. */
  readonly isVisible: boolean;
  /** Does the original go out by a wire? Not by lo, and not where the group's scope ends at the interface. */
  readonly leaves: boolean;
}

export interface PathReport {
  readonly facts: PathFacts;
  readonly way: Way;
  /** Of TCP/IP Illustrated 2.7: 1, 2 or 3; null for none. */
  readonly wayNumber: 1 | 2 | 3 | null;
  readonly locality: LocalityName | null;
  /** Why it is not sent, as an errno's name and words; '' for one that is dropped without telling; null when it is. */
  readonly refusal: { readonly code: string; readonly text: string } | null;
  readonly rule: PolicyRule | null;
  /** Earlier rules that take the address from some sockets only. */
  readonly conditional: readonly PolicyRule[];
  /** The entry that matched or that refuses. */
  readonly entry: Route | null;
  readonly seen: readonly SeenAs[];
  /** null for what is no broadcast or multicast. */
  readonly copy: Copy | null;
  /** Interfaces on which somebody has joined the group. */
  readonly joined: readonly string[];
  readonly listeners: readonly Listener[];
  /** Source address; '' when refused. */
  readonly source: string;
  /** Most bytes of a packet that leaves whole; 0 when refused. */
  readonly mtu: number;
  /** What is odd or dangerous, each a sentence. */
  readonly notes: readonly string[];
}

type Refusal = PathReport['refusal'];
type Verdict = Pick<PathReport, 'way' | 'wayNumber' | 'locality' | 'copy'>;

export function pathReport(facts: PathFacts): PathReport {
  const { answer, question, out } = facts;
  const table = answer.entry?.table ?? answer.route?.table ?? 0;
  const flow = {
    address: question.address,
    loopback: facts.loopback?.name ?? '',
    outInterface: facts.zone?.name ?? '',
    uid: facts.uid,
  };
  const { rule, refusing, conditional } = ruleOf(facts.rules, flow, answer, table);
  const refusal = refusalOf(facts);
  const verdict = judge(facts, refusal !== null);
  const report = {
    facts,
    ...verdict,
    refusal,
    rule,
    conditional,
    entry: answer.entry ?? refusing,
    seen: seenAs(verdict, out),
    joined: [...new Set(facts.groups.map((group) => group.interface))],
    listeners: facts.listeners,
    source: answer.route?.source ?? '',
    mtu: answer.route?.mtu || (answer.entry?.mtu ?? 0) || (out?.mtu ?? 0),
  };
  return { ...report, notes: notesOf(report) };
}

/** A look-up may still answer with an interface that is down; what is sent there is dropped without a word. */
function refusalOf(facts: PathFacts): Refusal {
  const { route, failure } = facts.answer;
  const { out } = facts;
  if (route === null) return failure;
  if (out?.isUp === false) return { code: 'ENETDOWN', text: `${out.name} is down` };
  if (endsAtInterface(facts) && !isJoinedOn(facts, out)) {
    return { code: '', text: `its scope ends at ${out?.name}, where nobody has joined` };
  }
  if (deliverable.has(route.type)) return null;
  return { code: 'EINVAL', text: `the route is of type ${route.type}` };
}

/** By a wire nothing but the copy of an interface-local multicast is delivered (RFC 4291 2.7; ip6_finish_output2). */
function endsAtInterface({ question: { version, bytes }, out }: PathFacts): boolean {
  return version === 6 && bytes[0] === 0xff && (bytes[1] & 15) <= 1 && out?.isLoopback === false;
}

function isJoinedOn({ groups }: PathFacts, out: Link | null): boolean {
  return groups.some((group) => group.interface === out?.name);
}

const deliverable: ReadonlySet<string> = new Set(['unicast', 'local', 'anycast', 'broadcast', 'multicast']);

function judge(facts: PathFacts, isRefused: boolean): Verdict {
  const { answer, question, out } = facts;
  const { route } = answer;
  const none = { wayNumber: null, copy: null } as const;
  if (route === null || isRefused) return { way: 'refused', locality: null, ...none };
  if (route.type === 'broadcast' || route.type === 'multicast') return judgeCast(facts, route);
  const isLoopback = isLoopbackPrefix(hostPrefix(question.bytes));
  if (route.type === 'local' || route.type === 'anycast') {
    return isLoopback
      ? { way: 'loopback', wayNumber: 1, locality: 'loopback', copy: null }
      : { way: 'own-address', wayNumber: 3, locality: 'self-addressed', copy: null };
  }
  // A unicast route by lo is no local one: nobody takes the datagram, and where it is seen it is a stray.
  if (out?.isLoopback) return { way: 'wire', locality: isLoopback ? 'loopback' : 'stray', ...none };
  const isOwn = facts.own.some(
    // A zone's address is another host's on every link but its own.
    (own) => own.address === question.address && (facts.zone === null || own.interface === facts.zone.name),
  );
  return { way: 'wire', locality: isLoopback ? 'leak' : isOwn ? 'hairpin' : 'external', ...none };
}

function judgeCast(facts: PathFacts, route: Route): Verdict {
  const kind = route.type === 'broadcast' ? 'broadcast' : 'multicast';
  if (facts.out?.isLoopback) {
    const copy = { kind, loops: true, isVisible: true, leaves: false } as const;
    return { way: 'copy', wayNumber: 2, locality: `${kind}-copy`, copy };
  }
  // IPv4 says so itself (RTCF_LOCAL, source filters included); for IPv6 the table of memberships does.
  const loops =
    facts.question.version === 4 ? (route.flags & RouteFlag.local) !== 0 : isJoinedOn(facts, facts.out);
  const copy = { kind, loops, isVisible: false, leaves: !endsAtInterface(facts) } as const;
  return loops
    ? { way: 'copy', wayNumber: 2, locality: `${kind}-copy`, copy }
    : { way: 'wire', wayNumber: null, locality: 'cast-original', copy };
}

function hostPrefix(bytes: Uint8Array): Prefix {
  return { bytes, prefixLen: bytes.length * 8 };
}

function seenAs({ locality, copy }: Verdict, out: Link | null): SeenAs[] {
  if (locality === null || out === null) return [];
  const isHidden = copy !== null && !copy.isVisible;
  if (isHidden && !copy.leaves) return [];
  return [{ interface: out.name, locality: isHidden ? 'cast-original' : locality }];
}
