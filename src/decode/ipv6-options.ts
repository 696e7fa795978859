/**
 * Options in IPv6's hop-by-hop and destination headers.
 * Reference: RFC 8200 4.2, RFC 2675 (jumbo payload), RFC 2711 (router alert), RFC 6275 6.3; IANA ipv6-parameters.
 *
 *      0                                              1        2
 *     | if unknown 2 · may change 1 · the number's 5 | length | data, length bytes ...        0 alone is Pad1
 */

import { formatHex, plural } from '../format/units.js';
import type { Dissector } from './dissector.js';

const OptionType = { pad1: 0, padN: 1, routerAlert: 0x05, jumboPayload: 0xc2, homeAddress: 0xc9 } as const;

const names = new Map<number, string>([
  [OptionType.padN, 'PadN'],
  [0x04, 'Tunnel Encapsulation Limit'],
  [OptionType.routerAlert, 'Router Alert'],
  [0x07, 'CALIPSO'],
  [0x08, 'SMF Duplicate Packet Detection'],
  [0x0f, 'Performance and Diagnostic Metrics'],
  [0x11, 'In-situ OAM'],
  [0x12, 'Alternate Marking'],
  [0x1e, 'Experiment'],
  [0x23, 'RPL'],
  [0x26, 'Quick-Start'],
  [0x30, 'Minimum Path MTU'],
  [0x31, 'In-situ OAM'],
  [0x3e, 'Experiment'],
  [0x63, 'RPL, deprecated'],
  [0x6d, 'MPL'],
  [0x8a, 'Endpoint Identification'],
  [0x8b, 'ILNP Nonce'],
  [0x8c, 'Line Identification'],
  [OptionType.jumboPayload, 'Jumbo Payload'],
  [OptionType.homeAddress, 'Home Address'],
  [0xee, 'IP_DFF'],
]);

const ifUnknown = ['skip over', 'discard', 'discard and report', 'discard and report unless multicast'];
const routerAlerts = new Map<number, string>([
  [0, 'multicast listener discovery'],
  [1, 'RSVP'],
  [2, 'active networks'],
]);

/** Notes the options in the next `len` bytes. */
export function dissectIpv6Options(dissector: Dissector, len: number): void {
  if (len <= 0) return;
  dissector.group('Options', len, () => {
    while (dissector.left > 0 && !dissector.isFull) dissectOption(dissector);
    return plural(len, 'byte');
  });
}

function dissectOption(dissector: Dissector): void {
  const type = dissector.peek8();
  if (type === OptionType.pad1) {
    dissector.uint8('Pad1');
    return;
  }
  const optionLen = dissector.peek8(1);
  const name = names.get(type) ?? `Option ${formatHex(type, 1)}`;
  if (optionLen + 2 > dissector.left) {
    dissector.rest(
      'Malformed option',
      dissector.left,
      `${name}: length ${optionLen}, ${dissector.left - 2} left`,
    );
    return;
  }
  dissector.group(name, optionLen + 2, () => {
    dissector.hex8('Option Type', `if unknown: ${ifUnknown[type >> 6]}`);
    dissector.uint8('Option Data Length');
    return dissectData(dissector, type);
  });
}

function dissectData(dissector: Dissector, type: number): string {
  switch (type) {
    case OptionType.padN:
      dissector.rest('Padding');
      return '';
    case OptionType.routerAlert: {
      const value = dissector.uint16('Value', (code) => routerAlerts.get(code) ?? '');
      return routerAlerts.get(value) ?? String(value);
    }
    case OptionType.jumboPayload:
      return plural(dissector.uint32('Jumbo Payload Length'), 'byte');
    case OptionType.homeAddress:
      // The pseudo-header has the home address instead of the source (RFC 6275 11.3.1).
      dissector.addressesReplaced = true;
      return dissector.ipv6('Home Address');
    default:
      return '';
  }
}
