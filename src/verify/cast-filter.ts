/**
 * The program for a socket of every interface that lets through the host's own broadcasts and multicasts alone, on their
 * way out: originals, of which copies loop back. Everything else is refused after two instructions.
 */
import { type BpfInstruction, cookedProgram } from '../capture/bpf.js';
import { LinkType } from '../capture/link-type.js';
import { Hardware } from '../capture/ring-layout.js';
import { compile } from '../filter/compile.js';
import { Code } from '../filter/opcodes.js';
import { formatIpv4 } from '../format/address.js';

/** Directed broadcasts that are asked for: the kernel takes programs of 4,096 instructions. */
export const mostBroadcasts = 256;

const loadWord = Code.ld | Code.absolute | Code.word;
/** SKF_AD_OFF with SKF_AD_PKTTYPE and SKF_AD_HATYPE (linux/filter.h). */
const ancillaryPacketType = 0xfffff004;
const ancillaryHardware = 0xfffff01c;
/** PACKET_OUTGOING (packet(7)). */
const packetOutgoing = 4;

/** @param broadcasts directed broadcasts of the host, as numbers */
export function castProgram(broadcasts: readonly number[]): BpfInstruction[] {
  const asked = broadcasts.slice(0, mostBroadcasts).map((address) => `dst host ${formatIpv4(address)}`);
  const text = ['ip multicast', 'ip6 multicast', 'dst host 255.255.255.255', ...asked].join(' or ');
  return [
    { code: loadWord, jt: 0, jf: 0, k: ancillaryPacketType },
    { code: Code['='], jt: 1, jf: 0, k: packetOutgoing },
    { code: Code.ret, jt: 0, jf: 0, k: 0 },
    { code: loadWord, jt: 0, jf: 0, k: ancillaryHardware },
    { code: Code['='], jt: 0, jf: 1, k: Hardware.loopback },
    { code: Code.ret, jt: 0, jf: 0, k: 0 },
    ...cookedProgram(compile(text, LinkType.linuxSll2))!,
  ];
}
