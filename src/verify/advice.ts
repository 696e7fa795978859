/**
 * What to do about a leak: in a sentence or two why it happened, as far as the settings show it, and the commands that end it.
 * A socket bound to a device goes by that device's routes alone, and where these have none the kernel takes the target to be
 * on the link (net/ipv4/route.c): on any Linux as it comes, any program reaches a wire with 127.0.0.1 that way, as with ::1 as
 * its source. Only a rule stops these.
 * Reference: ip-sysctl.rst for route_localnet; CVE-2020-8558; SO_BINDTODEVICE in socket(7); RFC 8029 2.1.
 */
import type { LoopbackEnd, Place } from './describe-leak.js';
import type { Advice } from './finding.js';
import { guardArp, guardDiscovery, guardIn, guardOut } from './guard-rule.js';
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
  if (passage === 'unknown') return adviseOnUnknown(sighting);
  // An error is sent by the host where the quoted datagram came in.
  const hasLeft = (passage === 'egress') !== (place === 'quoted');
  return hasLeft ? adviseOnLeaving(seen, causes) : adviseOnComing(seen, causes);
}

const lspPing: Advice = {
  text: "Where LSP pings are meant, leave them out: --except 'udp dst port 3503'.",
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
};

function adviseOnLeaving({ sighting, ends }: Seen, causes: LeakCauses | null): Advice {
  if (sighting.provoked === 'bound')
    return { text: sentByBoundSocket, commands: guards(sighting, [...ends]) };
  const explained = [...ends].map((end) => ({
    end,
    found: causes?.ofLeaving(end, sighting.interface) ?? null,
  }));
  const left = explained.filter(({ found }) => found === null || found.length === 0).map(({ end }) => end);
  const sentences = explained.map(({ end, found }) => {
    const names = isQuestion(sighting.place) ? nameInQuestion : nameOfEnd;
    const what = `${names[sideOf(end)]} is a loopback address`;
    if (found === null) return `${what}${likely[end]}.`;
    if (found.length === 0) return `${what}${otherwise[end]}.`;
    return `${what}, which a setting lets out: ${reasonsOf(found)}.`;
  });
  const how = howItLeft[sighting.place];
  return {
    text: [...(how === undefined ? [] : [`${how}.`]), ...sentences].join(' '),
    commands: [...explained.flatMap(({ found }) => commandsOf(found ?? [])), ...guards(sighting, left)],
  };
}

/** By which nothing leaves with a loopback address at these ends, whatever the cause. */
function guards({ place }: Sighting, ends: readonly LoopbackEnd[]): string[] {
  if (ends.length === 0) return [];
  // What waits for an answer is asked for again, though nothing more is sent.
  if (!isQuestion(place)) return [guardOut(ends)];
  return [guardOut(ends), place === 'arp' ? guardArp(ends) : guardDiscovery()];
}

/** ARP, and what it is to IPv6. */
function isQuestion(place: Place): boolean {
  return place === 'arp' || place === 'neighbor-discovery';
}

function sideOf(end: LoopbackEnd): 'saddr' | 'daddr' {
  return end.endsWith('saddr') ? 'saddr' : 'daddr';
}

const sentFromIpv6 =
  ': Linux lets a socket that is bound to ::1 send so, and any socket while own addresses are tentative; only a rule stops it';

/** Where the settings are not known. */
const likely: Record<LoopbackEnd, string> = {
  'ip saddr': ': likely route_localnet is on; the rule drops it whatever the cause',
  'ip daddr':
    ': likely 127.0.0.0/8 is gone from the table local, or a socket is bound to the device; the rule drops it whatever the cause',
  'ip6 saddr': sentFromIpv6,
  'ip6 daddr': ': likely ::1 is gone from the table local; the rule drops it whatever the cause',
};

const sentAway =
  ', although the routes keep it on loopback: likely a socket is bound to the device (the rule drops that), or it is a packet socket’s, or a bridge passes it on';

/** Where the settings do not show why. */
const otherwise: Record<LoopbackEnd, string> = {
  'ip saddr':
    ', although route_localnet is off: likely a raw socket or a firewall rule sets it (the rule drops that), a packet socket, or a bridge that passes it on',
  'ip daddr': sentAway,
  'ip6 saddr': sentFromIpv6,
  'ip6 daddr': sentAway,
};

const senderOf: Partial<Record<Place, string>> = {
  quoted: 'It came in before this host answered: run loscope verify where the error goes to.',
  tunnel: 'Run loscope verify at the other end of the tunnel, by the outer addresses in the evidence.',
};

function adviseOnComing({ sighting, ends }: Seen, causes: LeakCauses | null): Advice {
  const sender = senderOf[sighting.place] ?? askSender(sighting);
  const letting = causes?.ofComing([...ends], sighting.interface) ?? null;
  if (letting === null) return { text: `${sender} The rule drops it here.`, commands: [guardIn([...ends])] };
  if (letting.length === 0)
    return { text: `${sender} This host refuses it on this interface.`, commands: [] };
  const text = `${sender} A setting lets it in here: ${reasonsOf(letting)}.`;
  return { text, commands: commandsOf(letting) };
}
