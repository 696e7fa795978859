/**
 * What each kind of finding is, in one sentence without names or numbers: SARIF's rules, for who sees them as a list.
 */
const descriptions: Readonly<Record<string, string>> = {
  leak: 'A loopback address was on a wire',
  'leak-egress': 'A loopback address left this host',
  'leak-ingress': 'A loopback address came to this host',
  hairpin: 'A datagram of this host to itself went over a wire',
  blind: 'Not all was seen, so that no leak found does not mean none',
  'hairpin-unchecked': 'Hairpins were not looked for: the own addresses of the captured host are not known',
  'hairpin-in-part': 'Hairpins were looked for in part: a capture has interfaces of several hosts',
  'nothing-sent': 'Nothing passed on an interface that was watched',
  'watched-late':
    'An interface or a network namespace came during the watch, and was not seen from its beginning',
  'copies-unseen': 'Copies of own broadcasts and multicasts were not observed',
  'namespaces-unseen': 'There may be network namespaces that this user cannot see',
  'probe-lost': 'What the probe sent was seen neither on loopback nor on a wire',
  'probe-unmade': 'Attempts of the probe were not possible',
  'probe-left-out': 'Attempts of the probe were left out',
  'setting-unseen': 'Settings of the host could not be read',
  'setting-martians': 'The kernel refused packets as martians',
  'setting-route-localnet': 'route_localnet lets loopback addresses in and out by an interface',
  'setting-accept-local': 'accept_local takes packets with an own address as source from a wire',
  'setting-rp-filter': 'rp_filter is off: no route is asked for the source of packets that enter',
  'setting-log-martians': 'log_martians is off: packets refused as martians are not logged',
  'setting-forwarding': 'This host forwards IPv4 packets',
  'setting-forwarding-ipv6': 'This host forwards IPv6 packets',
  'setting-ipv6-disabled': 'IPv6 is disabled on the loopback interface',
  'setting-loopback-down': 'The loopback interface is down',
  'setting-loopback-mtu': 'The loopback interface has an unusual MTU',
  'setting-loopback-renamed': 'The loopback interface is not named lo',
  'setting-loopback-address': 'The loopback interface lacks the address 127.0.0.1',
  'setting-loopback-address-ipv6': 'The loopback interface lacks the address ::1',
  'setting-local-route-missing': '127.0.0.0/8 is not in the table local: packets to it leave this host',
  'setting-local-route-missing-ipv6': '::1 is not in the table local: it is not reached on this host',
  'setting-route-within-loopback': 'A route leads a part of 127.0.0.0/8 elsewhere than to loopback',
  'setting-own-address-not-local': 'An own address is not in the table local: packets to it leave this host',
  'setting-local-rule-missing': 'No policy rule of IPv4 asks the table local, which delivers to this host',
  'setting-local-rule-missing-ipv6':
    'No policy rule of IPv6 asks the table local, which delivers to this host',
  'setting-rule-before-local': 'A policy rule of IPv4 is asked before the table local',
  'setting-rule-before-local-ipv6': 'A policy rule of IPv6 is asked before the table local',
  'setting-redirect-to-loopback': 'A firewall rule redirects what this host sends to itself',
  'setting-dnat-to-loopback': 'A firewall rule gives packets a loopback address as destination',
  'setting-dnat-from-loopback': 'A firewall rule gives packets to a loopback address another destination',
  'setting-snat-to-loopback': 'A firewall rule gives packets a loopback address as source',
  'setting-masquerade-loopback': 'A firewall rule gives packets from loopback addresses another source',
  'setting-masquerade-any-source':
    'A firewall rule gives packets of any source another one, where loopback addresses may leave',
};

/** Of an id that is not among them, the id itself in words. */
export function ruleDescription(id: string): string {
  return descriptions[id] ?? id.replaceAll('-', ' ');
}
