/**
 * What to do about a leak: in a sentence or two why it happened, as far as the settings show it, and the commands that end it.
 * A socket bound to a device goes by that device's routes alone, and where these have none the kernel takes the target to be
 * on the link (net/ipv4/route.c): on any Linux as it comes, any program reaches a wire with 127.0.0.1 that way, as with ::1 as
 * its source. Only a rule stops these.
 * Reference: ip-sysctl.rst for route_localnet; CVE-2020-8558; SO_BINDTODEVICE in socket(7); RFC 8029 2.1.
 */
import type { LoopbackEnd } from './describe-leak.js';
import type { Advice } from './finding.js';
import { guardArp, guardIn, guardOut } from './guard-rule.js';
import { adviseOnHairpin } from './hairpin-advice.js';
import { commandsOf, type LeakCauses, titlesOf } from './leak-causes.js';
import type { Seen, Sighting } from './sighting.js';

/** @param causes of the host that was watched; null where its settings are not known */
export function adviseOn(seen: Seen, causes: LeakCauses | null): Advice {
  const { sighting } = seen;
  const { kind, passage, place, provoked } = sighting;
  if (provoked !== 'not' && passage === 'ingress')
    return { text: 'It answers or returns what the probe let out: mend that.', commands: [] };
  if (kind === 'hairpin') return adviseOnHairpin(seen, causes);
  if (place === 'lsp-ping') return lspPing;
  if (passage === 'unknown') return unknownPassage;
  // An error is sent by the host where the quoted datagram came in.
  const hasLeft = (passage === 'egress') !== (place === 'quoted');
  const { text, commands } = hasLeft ? adviseOnLeaving(seen, causes) : adviseOnComing(seen, causes);
  return { text: `${around(sighting)}${text}`, commands };
}

const lspPing: Advice = {
  text: "Where LSP pings are meant, leave them out: --except 'udp dst port 3503'.",
  commands: [],
};

const unknownPassage: Advice = {
  text: 'Nothing tells which way it went: find its sender, by the MAC address in the evidence where there is one, and run loscope verify there.',
  commands: [],
};

/** What the datagram with the loopback address is to the frame. */
function around({ place, passage }: Sighting): string {
  if (place === 'quoted') {
    return passage === 'ingress'
      ? 'It is answered by this error because it left before. '
      : 'This host answers with the error what came in before. ';
  }
  if (place !== 'tunnel') return '';
  return passage === 'egress' ? 'It left inside a tunnel. ' : 'The other end of the tunnel lets it in. ';
}

const nameOfEnd = { saddr: 'Its source', daddr: 'Its destination' } as const;

function adviseOnLeaving({ sighting, ends }: Seen, causes: LeakCauses | null): Advice {
  const isBound = sighting.provoked === 'bound';
  const explained = [...ends].map((end) => ({
    end,
    causes: isBound ? [] : (causes?.ofLeaving(end, sighting.interface) ?? []),
  }));
  const left = explained.filter((each) => each.causes.length === 0).map(({ end }) => end);
  const sentences = explained.map((each) => {
    const what = `${nameOfEnd[sideOf(each.end)]} is a loopback address`;
    if (each.causes.length > 0) return `${what}, which a setting lets out: ${titlesOf(each.causes)}.`;
    return `${what}${isBound ? bound : causes === null ? likely[each.end] : otherwise[each.end]}.`;
  });
  const guards = left.length === 0 ? [] : [guardOut(left)];
  if (left.length > 0 && sighting.place === 'arp') guards.push(guardArp(left));
  return {
    text: sentences.join(' '),
    commands: [...explained.flatMap((each) => commandsOf(each.causes)), ...guards],
  };
}

function sideOf(end: LoopbackEnd): 'saddr' | 'daddr' {
  return end.endsWith('saddr') ? 'saddr' : 'daddr';
}

const bound = ': any program sends so by a socket bound to a device (SO_BINDTODEVICE); only a rule stops it';
const sentFromIpv6 = ': any program sends so by a socket bound to ::1; only a rule stops it';

/** Where the settings are not known. */
const likely: Record<LoopbackEnd, string> = {
  'ip saddr': ': likely route_localnet is on; the rule drops it whatever the cause',
  'ip daddr':
    ': likely 127.0.0.0/8 is gone from the table local, or a socket is bound to the device; the rule drops it whatever the cause',
  'ip6 saddr': sentFromIpv6,
  'ip6 daddr': ': likely ::1 is gone from the table local; the rule drops it whatever the cause',
};

/** Where the settings do not show why. */
const otherwise: Record<LoopbackEnd, string> = {
  'ip saddr':
    ', although route_localnet is off: likely a raw socket or a firewall rule sets it (the rule drops that), a packet socket, or a bridge that passes it on',
  'ip daddr':
    ', although the routes keep it on loopback: likely a socket is bound to the device (the rule drops that), or it is a packet socket’s, or a bridge passes it on',
  'ip6 saddr': sentFromIpv6,
  'ip6 daddr':
    ', although the routes keep it on loopback: likely a firewall rule sets it (the rule drops that), a packet socket, or a bridge that passes it on',
};

function adviseOnComing({ sighting, ends }: Seen, causes: LeakCauses | null): Advice {
  const sender = 'Run loscope verify on its sender, by the MAC address in the evidence.';
  if (causes === null) return { text: `${sender} The rule drops it here.`, commands: [guardIn([...ends])] };
  const letting = causes.ofComing([...ends], sighting.interface);
  if (letting.length === 0) return { text: `${sender} This host refuses it.`, commands: [] };
  const text = `${sender} A setting lets it in here: ${titlesOf(letting)}.`;
  return { text, commands: commandsOf(letting) };
}
