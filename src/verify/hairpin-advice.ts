/**
 * What to do about a datagram from an own address to an own address on a wire: mostly the table `local` has lost the
 * destination, and then the kernel takes it for another host's.
 */
import { shellWord } from '../format/shell-word.js';
import type { Advice } from './finding.js';
import { guardDeviceOwn, guardOfOwn, guardOwn, pastTheGuard } from './guard-rule.js';
import { commandsOf, type LeakCauses, reasonsOf } from './leak-causes.js';
import type { Seen } from './sighting.js';

export const sentByBoundSocket =
  'Any program sends so by a socket bound to a device (SO_BINDTODEVICE): only a rule stops it.';

/** @param causes of the host that was watched; null where its settings are not known */
export function adviseOnHairpin(seen: Seen, causes: LeakCauses | null): Advice {
  const { sighting, evidence } = seen;
  if (isOnlyHeard(seen)) return foreignSender(seen);
  if (sighting.provoked === 'bound') {
    return { text: sentByBoundSocket, commands: [guardOwn()] };
  }
  const addresses = [...new Set(evidence.map(({ dst }) => dst))];
  const found = causes?.ofTurning(addresses) ?? null;
  if (found === null) {
    return {
      text: 'Likely the table local has lost its destination, so that the kernel takes it for another host’s.',
      commands: addresses.map(localRoute),
    };
  }
  if (found.length > 0)
    return { text: `A setting lets it: ${reasonsOf(found)}.`, commands: commandsOf(found) };
  if (causes?.settings.guards.includes(guardOfOwn)) {
    const command = guardDeviceOwn(sighting.interface, addresses);
    return { text: `It left${pastTheGuard}.`, commands: command === null ? [] : [command] };
  }
  return {
    text: 'The routes keep own addresses on loopback: likely a socket is bound to the device (the rule drops what it sends), or it is a packet socket’s.',
    commands: [guardOwn()],
  };
}

/** It came in and this host did not send it: another host that has one of its addresses looks the same from here. */
export function isOnlyHeard({ sighting, returns }: Seen): boolean {
  return sighting.kind === 'hairpin' && sighting.passage === 'ingress' && returns === 0;
}

function foreignSender({ sighting, evidence }: Seen): Advice {
  const { src } = evidence[0];
  const text = `Another host has the address ${src} too, or a neighbour forges it`;
  const isAskable = sighting.interface !== '' && !src.includes(':');
  const ask = `arping -D -c 3 -I ${shellWord(sighting.interface)} ${src}`;
  return { text: isAskable ? `${text}: ${ask} finds the first.` : `${text}.`, commands: [] };
}

function localRoute(address: string): string {
  return `ip ${address.includes(':') ? '-6 ' : ''}route replace local ${address} dev lo table local`;
}
