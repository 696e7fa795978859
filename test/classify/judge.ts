/**
 * One frame from bytes to a verdict in words, as the program does it.
 */
import { packetRow } from '../../src/analysis/packet-row.js';
import type { Direction } from '../../src/capture/frame-batch.js';
import { LinkType } from '../../src/capture/link-type.js';
import { InterfaceRole } from '../../src/capture/source.js';
import { Classifier } from '../../src/classify/classify.js';
import { evidenceName, localityName } from '../../src/classify/locality.js';
import { FlowTable } from '../../src/flow/flow-table.js';
import { HostLookup } from '../../src/host/host-lookup.js';
import { emptyHost, type HostModel, hostOfAddresses } from '../../src/host/host-model.js';
import { linuxHostOf } from '../../src/host/linux-host.js';
import * as build from '../decode/frame-builder.js';
import { procNet } from '../host/proc-net.js';
import { decoded, ethernetOf, type TestFrame } from './frames.js';

const addresses = ['192.0.2.2/24', '192.0.2.8/24', 'fd00::2/64', 'fe80::7/64'];

/** The same host, as each origin knows it; the live one has AnyIP routes for 198.51.100.0/24 and 2001:db8:99::/64. */
export const hosts = {
  unknown: emptyHost,
  given: hostOfAddresses('given', addresses),
  recorded: hostOfAddresses('recorded', addresses),
  live: linuxHostOf(procNet),
} satisfies Record<string, HostModel>;
export type HostName = keyof typeof hosts;

interface Place {
  readonly role: InterfaceRole;
  readonly linkType: LinkType;
  readonly frameOf: (packet: Uint8Array) => Uint8Array;
}

const asIs = (packet: Uint8Array): Uint8Array => packet;
const { unknown, loopback, wire } = InterfaceRole;

function cooked(linkType: LinkType, arphrd: number): Place {
  const make = linkType === LinkType.linuxSll ? build.sll : build.sll2;
  const frameOf = (packet: Uint8Array): Uint8Array =>
    make({ arphrd, protocol: packet[0] >> 4 === 6 ? 0x86dd : 0x0800, payload: packet });
  return { role: unknown, linkType, frameOf };
}

function bsd(linkType: LinkType): Place {
  const make = linkType === LinkType.null ? build.nullLink : build.loop;
  const frameOf = (packet: Uint8Array): Uint8Array =>
    make({ family: packet[0] >> 4 === 6 ? 30 : 2, payload: packet });
  return { role: unknown, linkType, frameOf };
}

/** Where a frame was captured: what is known of the interface, and the link header. */
export const places = {
  'on lo': { role: loopback, linkType: LinkType.ethernet, frameOf: (packet) => ethernetOf(packet, true) },
  'on eth0': { role: wire, linkType: LinkType.ethernet, frameOf: (packet) => ethernetOf(packet, false) },
  'on nobody knows what': { role: unknown, linkType: LinkType.raw, frameOf: asIs },
  'with real MACs': { role: unknown, linkType: LinkType.ethernet, frameOf: (p) => ethernetOf(p, false) },
  'with zero MACs': { role: unknown, linkType: LinkType.ethernet, frameOf: (p) => ethernetOf(p, true) },
  'with zero MACs on a wire': {
    role: wire,
    linkType: LinkType.ethernet,
    frameOf: (p) => ethernetOf(p, true),
  },
  'on a loopback without a link header': { role: loopback, linkType: LinkType.raw, frameOf: asIs },
  'on a wire without a link header': { role: wire, linkType: LinkType.raw, frameOf: asIs },
  'cooked, from lo': cooked(LinkType.linuxSll, 772),
  'cooked, from eth0': cooked(LinkType.linuxSll, 1),
  'cooked v2, from lo': cooked(LinkType.linuxSll2, 772),
  'cooked v2, from eth0': cooked(LinkType.linuxSll2, 1),
  'in BSD NULL': bsd(LinkType.null),
  'in OpenBSD LOOP': bsd(LinkType.loop),
} satisfies Record<string, Place>;
export type PlaceName = keyof typeof places;

export interface Verdict {
  /** `loopback none`: locality and evidence. */
  readonly verdict: string;
  readonly why: string;
  readonly info: string;
}

/** Judges frames one after the other with one classifier, as those of one capture. */
export function judgeFrames(
  frames: readonly TestFrame[],
  linkType: LinkType,
  role: InterfaceRole,
  host: HostModel,
): Verdict[] {
  const packets = decoded(frames, linkType);
  const locality = new Uint8Array(frames.length);
  const evidence = new Uint8Array(frames.length);
  const lookup = new HostLookup(host);
  new Classifier(lookup).classify(packets, role, locality, evidence);
  const flows = new FlowTable();
  return frames.map((_, i) => {
    const found = { locality: locality[i] as never, evidence: evidence[i] as never };
    const row = packetRow(packets, i, {
      number: 1,
      interface: 'eth0',
      role,
      host: lookup,
      ...found,
      flow: 0,
      flows,
    });
    const { why, info } = row;
    return { verdict: `${localityName[row.locality]} ${evidenceName[row.evidence]}`, why, info };
  });
}

/** Judges one IP packet. */
export function judge(
  place: PlaceName,
  host: HostName,
  packet: Uint8Array,
  fields: { direction?: Direction; flags?: number } = {},
): Verdict {
  const { role, linkType, frameOf }: Place = places[place];
  return judgeFrames([{ bytes: frameOf(packet), ...fields }], linkType, role, hosts[host])[0];
}
