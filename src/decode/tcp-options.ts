/**
 * Options of TCP.
 * Reference: RFC 9293 3.2 (MSS), RFC 7323 (window scale, timestamps), RFC 2018 (SACK), RFC 7413 (Fast Open),
 * RFC 2385 (MD5), RFC 5925 (AO), RFC 8684 (MPTCP), RFC 5482 (user timeout); IANA tcp-parameters for the names.
 */
import type { Dissector } from './dissector.js';
import type { OptionTable } from './options.js';

const Kind = {
  maximumSegmentSize: 2,
  windowScale: 3,
  sackPermitted: 4,
  sack: 5,
  timestamps: 8,
  userTimeout: 28,
  authentication: 29,
  multipath: 30,
  fastOpen: 34,
  experiment1: 253,
  experiment2: 254,
} as const;

const names = new Map<number, string>([
  [Kind.maximumSegmentSize, 'Maximum Segment Size'],
  [Kind.windowScale, 'Window Scale'],
  [Kind.sackPermitted, 'SACK Permitted'],
  [Kind.sack, 'SACK'],
  [6, 'Echo'],
  [7, 'Echo Reply'],
  [Kind.timestamps, 'Timestamps'],
  [9, 'Partial Order Connection Permitted'],
  [10, 'Partial Order Service Profile'],
  [11, 'Connection Count'],
  [12, 'Connection Count, New'],
  [13, 'Connection Count, Echo'],
  [14, 'Alternate Checksum Request'],
  [15, 'Alternate Checksum Data'],
  [18, 'Trailer Checksum'],
  [19, 'MD5 Signature'],
  [20, 'SCPS Capabilities'],
  [27, 'Quick-Start Response'],
  [Kind.userTimeout, 'User Timeout'],
  [Kind.authentication, 'Authentication'],
  [Kind.multipath, 'Multipath TCP'],
  [Kind.fastOpen, 'Fast Open Cookie'],
  [69, 'Encryption Negotiation'],
  [172, 'Accurate ECN 0'],
  [174, 'Accurate ECN 1'],
  [Kind.experiment1, 'Experiment 1'],
  [Kind.experiment2, 'Experiment 2'],
]);

const multipathSubtypes = [
  'MP_CAPABLE',
  'MP_JOIN',
  'DSS',
  'ADD_ADDR',
  'REMOVE_ADDR',
  'MP_PRIO',
  'MP_FAIL',
  'MP_FASTCLOSE',
  'MP_TCPRST',
];

export const tcpOptions: OptionTable = { name: (kind) => names.get(kind) ?? '', dissect: dissectTcpOption };

function dissectTcpOption(dissector: Dissector, kind: number): string {
  switch (kind) {
    case Kind.maximumSegmentSize:
      return String(dissector.uint16('Maximum Segment Size'));
    case Kind.windowScale: {
      const shift = dissector.uint8('Shift Count', (count) => (count > 14 ? 'above 14 counts as 14' : ''));
      return `times ${2 ** Math.min(shift, 14)}`;
    }
    case Kind.sack:
      return dissectSack(dissector);
    case Kind.timestamps: {
      const value = dissector.uint32('Timestamp Value');
      return `value ${value}, echo reply ${dissector.uint32('Timestamp Echo Reply')}`;
    }
    case Kind.userTimeout: {
      const field = dissector.uint16('User Timeout');
      return `${field & 0x7fff} ${field >> 15 === 1 ? 'minutes' : 'seconds'}`;
    }
    case Kind.authentication:
      dissector.uint8('Key Id');
      dissector.uint8('Next Key Id');
      dissector.rest('Message Authentication Code');
      return '';
    case Kind.multipath:
      return dissectMultipath(dissector);
    case Kind.fastOpen:
      if (dissector.left === 0) return 'cookie request';
      dissector.rest('Cookie');
      return '';
    case Kind.experiment1:
    case Kind.experiment2:
      dissector.hex16('Experiment Identifier', (id) => (id === 0xf989 ? 'Fast Open' : ''));
      return '';
    default:
      return '';
  }
}

function dissectSack(dissector: Dissector): string {
  const blocks: string[] = [];
  while (dissector.left >= 8) {
    const left = dissector.uint32('Left Edge');
    blocks.push(`${left}-${dissector.uint32('Right Edge')}`);
  }
  return blocks.join(', ');
}

function dissectMultipath(dissector: Dissector): string {
  const subtype = dissector.peek8() >> 4;
  const name = multipathSubtypes[subtype] ?? `subtype ${subtype}`;
  dissector.part('Subtype', subtype, name, dissector.at, 1);
  return name;
}
