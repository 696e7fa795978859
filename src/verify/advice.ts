/**
 * What to do about a leak: in a sentence or two why it happened, as far as the settings show it, and the commands that end it.
 * A socket bound to a device goes by that device's routes alone, and where these have none the kernel takes the target to be
 * on the link (net/ipv4/route.c): on any Linux as it comes, any program reaches a wire with 127.0.0.1 that way, as with ::1 as
 * its source. Only a rule stops these.
 * Reference: ip-sysctl.rst for route_localnet; CVE-2020-8558; SO_BINDTODEVICE in socket(7); RFC 8029 2.1.
 */
import { isInTunnel, isQuoted, type LoopbackEnd, type Place, questionOf } from './describe-leak.js';
import type { Advice, Finding } from './finding.js';
import {
  guardArp,
  guardArpIn,
  guardDevice,
  guardDiscovery,
  guardDiscoveryIn,
  guardIn,
  guardOf,
  guardOut,
  pastTheGuard,
  sideOf,
} from './guard-rule.js';
import { adviseOnHairpin, sentByBoundSocket } from './hairpin-advice.js';
import { commandsOf, type LeakCauses, reasonsOf } from './leak-causes.js';
import type { Seen, Sighting } from './sighting.js';

/** @param causes of the host that was watched; null where its settings are not known */
export function adviseOn(seen: Seen, causes: LeakCauses | null): Advice {
  const { sighting } = seen;
  const { kind, passage, place, provoked } = sighting;
  if (provoked !== 'not' && passage === 'ingress')
    return { text: 'It answers or returns what the probe let out: mend that.', commands: [] };
  if (kind === 'malformed') return adviseOnMalformed(sighting);
  if (kind === 'hairpin') return adviseOnHairpin(seen, causes);
  if (place === 'lsp-ping') return lspPing;
  if (place === 'redirect') return redirect;
  if (passage === 'unknown') return adviseOnUnknown(sighting);
  // An error is sent by the host where the quoted datagram came in.
  const hasLeft = (passage === 'egress') !== isQuoted(place);
  return hasLeft ? adviseOnLeaving(seen, causes) : adviseOnComing(seen, causes);
}

const lspPing: Advice = {
  text: "Where LSP pings are meant, leave them out: --except 'udp dst port 3503'.",
  commands: [],
};

const redirect: Advice = {
  text: 'No host takes a loopback address for a gateway (RFC 1122 3.2.2.2): its sender routes through one, or is not what it says.',
  commands: [],
};

function adviseOnUnknown(sighting: Sighting): Advice {
  const text = `Nothing tells which way it went (--host ADDRESS does). ${askSender(sighting)}`;
  return { text, commands: [] };
}

/** No stack takes it, so that it matters for who sent it alone; a capture may be at fault itself. */
function adviseOnMalformed({ file, passage }: Sighting): Advice {
  const text =
    file !== ''
      ? 'Look at it with loscope read. A capture of any damages frames with more than one VLAN tag: capture the interface itself.'
      : passage === 'egress'
        ? 'A program sends it by a packet socket, or a bridge passes it on.'
        : 'No stack takes it: it is none of this host’s, and hides nothing.';
  return { text, commands: [] };
}

function askSender({ namesSender }: Sighting): string {
  return `Run loscope verify on its sender${namesSender ? ', by the MAC address in the evidence' : ''}.`;
}

const nameOfEnd = { saddr: 'Its source', daddr: 'Its destination' } as const;
const nameInQuestion = { saddr: 'Its sender', daddr: 'Its target' } as const;
/** Where the datagram is in another. */
const howItLeft: Partial<Record<Place, string>> = {
  quoted: 'It left before this error came back',
  tunnel: 'It left inside a tunnel',
  'tunnel-arp': 'It left inside a tunnel',
  'tunnel-discovery': 'It left inside a tunnel',
  'tunnel-quoted': 'It left inside a tunnel before this error came back',
};

/** Most devices that get a rule each. */
const mostDevices = 8;

interface Explained {
  readonly end: LoopbackEnd;
  /** null where the settings are not known. */
  readonly found: readonly Finding[] | null;
  /** A rule is there that drops what is routed so. */
  readonly isGuarded: boolean;
}

function adviseOnLeaving({ sighting, ends }: Seen, causes: LeakCauses | null): Advice {
  if (sighting.provoked === 'bound')
    return { text: sentByBoundSocket, commands: guards(sighting, [...ends]) };
  if (isFromElsewhere(sighting, causes))
    return { text: `${howItLeft[sighting.place]}. ${elsewhere}`, commands: [] };
  const explained = [...ends].map((end): Explained => {
    const found = causes?.ofLeaving(end, sighting) ?? null;
    return { end, found, isGuarded: causes?.settings.guards.includes(guardOf(sighting.place, end)) ?? false };
  });
  const left = explained.filter(({ found }) => found === null || found.length === 0);
  const endsOf = (isGuarded: boolean): LoopbackEnd[] =>
    left.filter((each) => each.isGuarded === isGuarded).map(({ end }) => end);
  const how = howItLeft[sighting.place];
  const sentences = explained.map((each) => `${describeEnd(sighting, each)}.`);
  const commands = [
    ...explained.flatMap(({ found }) => commandsOf(found ?? [])),
    ...guards(sighting, endsOf(false)),
    ...deviceGuards(sighting, endsOf(true), causes),
  ];
  return {
    // Both versions of IP may have the same said of them.
    text: [...new Set([...(how === undefined ? [] : [`${how}.`]), ...sentences])].join(' '),
    commands: [...new Set(commands)],
  };
}

function describeEnd({ place }: Sighting, { end, found, isGuarded }: Explained): string {
  const names = questionOf(place) === null ? nameOfEnd : nameInQuestion;
  const what = `${names[sideOf(end)]} is a loopback address`;
  if (found !== null && found.length > 0) return `${what}, which a setting lets out: ${reasonsOf(found)}`;
  if (isGuarded) return what + pastTheGuard;
  return what + (found === null ? likely : otherwise)[end];
}

/** By which nothing leaves with a loopback address at these ends, whatever the cause. */
function guards({ place }: Sighting, ends: readonly LoopbackEnd[]): string[] {
  if (ends.length === 0) return [];
  const question = questionOf(place);
  if (question === null) return [guardOut(ends)];
  // What waits for an answer is asked for again, though nothing more is sent.
  return [guardOut(ends), question === 'arp' ? guardArp(ends) : guardDiscovery()];
}

/** The same for what passes them, on each device that it may leave by. */
function deviceGuards(sighting: Sighting, ends: readonly LoopbackEnd[], causes: LeakCauses | null): string[] {
  if (ends.length === 0 || causes === null) return [];
  const names = isInTunnel(sighting.place) ? causes.originsOf(sighting) : [sighting.interface];
  return names.slice(0, mostDevices).flatMap((name) => guardDevice(name, sighting.place, ends) ?? []);
}

/** In a tunnel, and no device of the host that was watched makes one over this interface. */
function isFromElsewhere(sighting: Sighting, causes: LeakCauses | null): boolean {
  return causes !== null && isInTunnel(sighting.place) && causes.originsOf(sighting).length === 0;
}

const elsewhere =
  'No device here is that tunnel’s: its end is in another network namespace (loscope verify --all-netns), or in a program.';

const sentFromIpv6 =
  ': Linux lets a socket that is bound to ::1 send so, and any socket while own addresses are tentative; only a rule stops it';

/** Where the settings are not known. */
const likely: Record<LoopbackEnd, string> = {
  'ip saddr': ': likely route_localnet is on; the rule drops it whatever the cause',
  'ip daddr':
    ': likely 127.0.0.0/8 is gone from the table local, or a socket is bound to the device; the rule drops it whatever the cause',
  'ip6 saddr': sentFromIpv6,
  'ip6 daddr':
    ': likely ::1 is gone from the table local, or Linux refused a TCP connection from ::1 to an own address that nobody listens at; the rule drops it whatever the cause',
};

/** Where the settings do not show why. */
const otherwise: Record<LoopbackEnd, string> = {
  'ip saddr':
    ', although route_localnet is off now: likely it was on for a moment, or a raw socket or a firewall rule sets it (the rule drops these), a packet socket, or a bridge that passes it on',
  'ip daddr':
    ', although the routes keep it on loopback: likely a socket is bound to the device (the rule drops that), or it is a packet socket’s, or a bridge passes it on',
  'ip6 saddr': sentFromIpv6,
  // tcp_v6_send_response answers by the interface of the address that was asked, which ::1 is taken to be on.
  'ip6 daddr':
    ', although the routes keep it on loopback: likely Linux refused a TCP connection from ::1 to an own address that nobody listens at, which it answers by the wire, or a socket is bound to the device (the rule drops these), or it is a packet socket’s, or a bridge passes it on',
};

const tunnelEnd =
  'Run loscope verify at the other end of the tunnel, by the outer addresses in the evidence.';

const answered = 'It came in before this host answered: run loscope verify where the error goes to.';

const senderOf: Partial<Record<Place, string>> = {
  quoted: answered,
  tunnel: tunnelEnd,
  'tunnel-arp': tunnelEnd,
  'tunnel-discovery': tunnelEnd,
  'tunnel-quoted': answered,
};

function adviseOnComing({ sighting, ends }: Seen, causes: LeakCauses | null): Advice {
  const { place } = sighting;
  const sender = senderOf[place] ?? askSender(sighting);
  if (isFromElsewhere(sighting, causes)) return { text: `${sender} ${elsewhere}`, commands: [] };
  const letting = causes?.ofComing([...ends], sighting) ?? null;
  const where = isInTunnel(place) ? 'on the tunnel’s device' : 'on this interface';
  if (letting === null) {
    const dropped = isInTunnel(place) ? `here, ${where}` : 'here';
    return { text: `${sender} The rule drops it ${dropped}.`, commands: [guardsIn(place, [...ends])] };
  }
  if (letting.length === 0) return { text: `${sender} This host refuses it ${where}.`, commands: [] };
  const text = `${sender} A setting lets it in here: ${reasonsOf(letting)}.`;
  return { text, commands: commandsOf(letting) };
}

function guardsIn(place: Place, ends: readonly LoopbackEnd[]): string {
  const question = questionOf(place);
  if (question === null) return guardIn(ends);
  return question === 'arp' ? guardArpIn(ends) : guardDiscoveryIn();
}
