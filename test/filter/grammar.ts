/** Random filters: texts of pcap-filter's grammar, with values that the captures have, so that tests go both ways. */
import fc from 'fast-check';

const of = (...texts: string[]): fc.Arbitrary<string> => fc.constantFrom(...texts);
const spaced = (...parts: fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
  fc.tuple(...parts).map((texts) => texts.filter((text) => text !== '').join(' '));

const address4 = of(
  '127.0.0.1',
  '127.0.0.87',
  '127.0.0.88',
  '10.9.0.1',
  '10.9.0.2',
  '255.255.255.255',
  '224.0.0.251',
  '0.0.0.0',
  '127.1',
);
const address6 = of('::1', 'fe80::1', 'ff02::1', '2001:db8::1', '::', 'fd00::2');
const net = of(
  '127',
  '10',
  '127.0',
  '10.9.0',
  '127.0.0.0/8',
  '10.0.0.0/8',
  '127.0.0.0/25',
  '224.0.0.0/4',
  '0.0.0.0/0',
  '10.9.0.0 mask 255.255.255.0',
  '::/0',
  'fe80::/10',
  'ff00::/8',
  'fd00::/64',
);
const mac = of('0:0:0:0:0:0', 'ff:ff:ff:ff:ff:ff', '33:33:0:0:0:1', '2:0:0:0:0:1');
const portNumber = of('53', '80', '18888', '40669', '8080', '0', '65535', 'http', 'domain', 'ftp', '5353');
const direction = of('', '', '', 'src', 'dst', 'src or dst', 'src and dst');
const transport = of('', '', 'tcp', 'udp', 'sctp');

const host = spaced(
  of('', '', 'ip', 'arp', 'rarp'),
  direction,
  of('host'),
  fc.oneof(address4, address4, of('5', '2130706433')),
);
const host6 = spaced(of('', 'ip6'), direction, of('host'), address6);
const network = spaced(direction, of('net'), net);
const port = spaced(transport, direction, of('port'), portNumber);
const range = spaced(
  transport,
  direction,
  of('portrange'),
  of('1-1024', '18000-19000', '80', '0-65535', '53-53', '40000-60000'),
);
const protocol = of(
  ...'ip ip6 arp rarp tcp udp icmp icmp6 igmp sctp ah esp pim vrrp igrp stp iso ipx atalk aarp netbeui esis'.split(
    ' ',
  ),
  ...[
    String.raw`ip proto \tcp`,
    'proto 17',
    'ip6 proto 58',
    'ip proto 1',
    String.raw`ether proto \ip`,
    'ether proto 0x86dd',
    'ether proto 38',
    'proto 6',
  ],
);
const special = of(
  'broadcast',
  'multicast',
  'ip multicast',
  'ip6 multicast',
  'vlan',
  'vlan 5',
  'llc',
  'pppoed',
  'less 60',
  'greater 80',
  'less 74',
  'byte 0 = 0',
  'byte 14 > 68',
);
const ether = spaced(of('ether'), of('src', 'dst', 'host', 'src or dst', 'src and dst'), mac);

const number = of(
  '0',
  '1',
  '2',
  '4',
  '6',
  '8',
  '13',
  '15',
  '17',
  '20',
  '40',
  '64',
  '69',
  '127',
  '255',
  '1000',
  '0x1fff',
  '0x7f000001',
  '0xffffff00',
  '4294967295',
  'tcp-syn',
  '(3)',
);
const base = of('ip', 'ip', 'tcp', 'udp', 'ether', 'ip6', 'icmp', 'icmp6', 'arp', 'link', 'igmp');
const shift = of('1', '2', '3', '4', '8', '31');
const divisor = of('1', '2', '3', '4', '7', '256');

const { arithmetic } = fc.letrec<{ arithmetic: string; load: string; operation: string }>((tie) => ({
  arithmetic: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    number,
    of('len'),
    tie('load'),
    tie('operation'),
  ),
  load: fc
    .tuple(
      base,
      fc.oneof(
        { depthSize: 'small' },
        of('0', '2', '6', '8', '9', '12', '13', '16', '40', '(tcp[12]>>2)'),
        tie('arithmetic'),
      ),
      of('', '', ':1', ':2', ':4'),
    )
    .map(([from, index, size]) => `${from}[${index}${size}]`),
  operation: fc.oneof(
    fc
      .tuple(tie('arithmetic'), of('+', '-', '*', '&', '|', '^'), tie('arithmetic'))
      .map(([a, op, b]) => `(${a} ${op} ${b})`),
    fc
      .tuple(tie('arithmetic'), of('+', '-', '*', '&', '|', '^'), tie('arithmetic'))
      .map(([a, op, b]) => `${a} ${op} ${b}`),
    fc.tuple(tie('arithmetic'), of('<<', '>>'), shift).map(([a, op, b]) => `(${a} ${op} ${b})`),
    fc.tuple(tie('arithmetic'), of('/', '%'), divisor).map(([a, op, b]) => `(${a} ${op} ${b})`),
    fc.tuple(tie('arithmetic')).map(([a]) => `-(${a} + 1)`),
  ),
}));

const flags = fc
  .tuple(of('tcp-syn', 'tcp-ack', '(tcp-syn|tcp-fin)', '7', '18'), of('= 0', '!= 0', '= 2', '> 1'))
  .map(([mask, compared]) => `tcp[tcpflags] & ${mask} ${compared}`);
const relation = fc.oneof(flags, spaced(arithmetic, of('=', '!=', '<', '>', '<=', '>='), arithmetic));

/** Qualified ids with more ids behind them: `tcp port 80 or 443 and not 53`. */
const list = fc
  .tuple(
    fc.oneof(
      fc.tuple(
        of('port', 'tcp port', 'src port', 'udp dst port'),
        fc.array(portNumber, { minLength: 2, maxLength: 4 }),
      ),
      fc.tuple(of('host', 'src host', 'ip host'), fc.array(address4, { minLength: 2, maxLength: 4 })),
    ),
    of(' or ', ' and ', ' or not ', ' and not '),
    fc.boolean(),
  )
  .map(
    ([[head, ids], joined, isGrouped]) => `${head} ${isGrouped ? `(${ids.join(joined)})` : ids.join(joined)}`,
  );

const primitive = fc.oneof(
  host,
  host6,
  network,
  port,
  port,
  range,
  protocol,
  protocol,
  special,
  ether,
  relation,
  relation,
  list,
);

const { filter } = fc.letrec<{ filter: string; joined: string; negated: string; grouped: string }>((tie) => ({
  filter: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    primitive,
    tie('joined'),
    tie('joined'),
    tie('negated'),
    tie('grouped'),
  ),
  joined: fc
    .tuple(tie('filter'), of(' and ', ' or ', ' && ', ' || '), tie('filter'))
    .map(([a, op, b]) => a + op + b),
  negated: fc.tuple(of('not ', '! '), tie('grouped')).map(([not, text]) => not + text),
  grouped: tie('filter').map((text) => `(${text})`),
}));

export const anyFilter: fc.Arbitrary<string> = filter;
