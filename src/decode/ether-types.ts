/**
 * Names of EtherTypes that are seen in practice.
 * Reference: IANA ieee-802-numbers; below 0x600 Linux's own (linux/if_ether.h), which cooked captures carry.
 */
import { formatHex } from '../format/units.js';

const names = new Map<number, string>([
  [0x0001, 'IEEE 802.3 without LLC'],
  [0x0004, 'IEEE 802.2 LLC'],
  [0x000c, 'CAN'],
  [0x000d, 'CAN FD'],
  [0x0800, 'IPv4'],
  [0x0806, 'ARP'],
  [0x0842, 'Wake-on-LAN'],
  [0x22ea, 'SRP'],
  [0x22f3, 'TRILL'],
  [0x6003, 'DECnet'],
  [0x6558, 'transparent Ethernet bridging'],
  [0x8035, 'RARP'],
  [0x809b, 'AppleTalk'],
  [0x80f3, 'AppleTalk ARP'],
  [0x8100, '802.1Q VLAN'],
  [0x8137, 'IPX'],
  [0x86dd, 'IPv6'],
  [0x8808, 'Ethernet flow control'],
  [0x8809, 'slow protocols: LACP'],
  [0x8847, 'MPLS'],
  [0x8848, 'MPLS multicast'],
  [0x8863, 'PPPoE discovery'],
  [0x8864, 'PPPoE session'],
  [0x887b, 'HomePlug'],
  [0x888e, 'EAPOL'],
  [0x8892, 'PROFINET'],
  [0x88a2, 'ATA over Ethernet'],
  [0x88a4, 'EtherCAT'],
  [0x88a8, '802.1ad service VLAN'],
  [0x88b5, 'local experimental 1'],
  [0x88b6, 'local experimental 2'],
  [0x88b8, 'GOOSE'],
  [0x88cc, 'LLDP'],
  [0x88e1, 'HomePlug AV'],
  [0x88e5, 'MACsec'],
  [0x88e7, '802.1ah backbone'],
  [0x88f5, 'MVRP'],
  [0x88f7, 'PTP'],
  [0x8902, 'CFM'],
  [0x8906, 'FCoE'],
  [0x8914, 'FCoE initialization'],
  [0x8915, 'RoCE'],
  [0x891d, 'TTEthernet'],
  [0x892f, 'HSR'],
  [0x894f, 'NSH'],
  [0x9000, 'loopback test'],
  [0x9100, 'VLAN, before 802.1ad'],
]);

/** The name of an EtherType, or ''. */
export function etherTypeName(etherType: number): string {
  return names.get(etherType) ?? '';
}

/** `EtherType 0x88cc (LLDP)`: how a type that is not decoded is named. */
export function describeEtherType(etherType: number): string {
  const name = etherTypeName(etherType);
  const text = `EtherType ${formatHex(etherType, 2)}`;
  return name === '' ? text : `${text} (${name})`;
}
