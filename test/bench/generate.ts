/**
 * Writes a capture of any number of packets for benchmarks: Ethernet, IPv4, TCP and UDP, classic pcap µs.
 *
 *     node dist/test/bench/generate.js FILE [PACKETS] [FLOWS] [small|mixed]
 *
 * The same arguments give the same bytes. Flows come in a scrambled order, so that the flow table's memory is
 * really walked; `mixed` has the payload sizes of everyday traffic (mostly empty or full segments).
 */
import fs from 'node:fs';
import process from 'node:process';

const recordHeaderLen = 16;
const headersLen = 14 + 20 + 20;
const maxPayloadLen = 1460;
const chunkBytes = 1 << 22;
const smallPayloads = [0, 6, 12, 26, 40];
const mixedPayloads = [0, 0, 10, 64, 200, 600, 1460, 1460, 1460];

export interface GenerateOptions {
  readonly packets: number;
  readonly flows: number;
  readonly sizes: 'small' | 'mixed';
}

/** Writes the file. */
export function generate(file: string, { packets, flows, sizes }: GenerateOptions): void {
  const fd = fs.openSync(file, 'w');
  const chunk = Buffer.alloc(chunkBytes + recordHeaderLen + headersLen + maxPayloadLen);
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.length);
  const payloads = sizes === 'small' ? smallPayloads : mixedPayloads;
  let at = writeFileHeader(view);
  let random = 0x2545f491;
  for (let i = 0; i < packets; i++) {
    random ^= random << 13;
    random ^= random >>> 17;
    random ^= random << 5;
    const flow = (random >>> 0) % flows;
    at = writePacket(view, at, i, flow, payloads[(random >>> 8) % payloads.length]);
    if (at < chunkBytes) continue;
    fs.writeSync(fd, chunk, 0, at);
    at = 0;
  }
  fs.writeSync(fd, chunk, 0, at);
  fs.closeSync(fd);
}

function writeFileHeader(view: DataView): number {
  view.setUint32(0, 0xa1b2c3d4, true);
  view.setUint16(4, 2, true);
  view.setUint16(6, 4, true);
  view.setUint32(16, 262144, true);
  view.setUint32(20, 1, true);
  return 24;
}

function writePacket(
  view: DataView,
  start: number,
  number: number,
  flow: number,
  payloadLen: number,
): number {
  const isUdp = flow % 4 === 3;
  const ipLen = 20 + (isUdp ? 8 : 20) + payloadLen;
  const frameLen = 14 + ipLen;
  const isReverse = number % 3 === 2;
  view.setUint32(start, 1_700_000_000 + Math.floor(number / 200_000), true);
  view.setUint32(start + 4, (number % 200_000) * 5, true);
  view.setUint32(start + 8, frameLen, true);
  view.setUint32(start + 12, frameLen, true);
  const frame = start + recordHeaderLen;
  // Locally administered addresses of two hosts.
  view.setUint32(frame, 0x02000000);
  view.setUint32(frame + 4, isReverse ? 0x00010200 : 0x00020200);
  view.setUint32(frame + 8, isReverse ? 0x00000002 : 0x00000001);
  view.setUint16(frame + 12, 0x0800);
  const ip = frame + 14;
  view.setUint32(ip, 0x45000000 | ipLen);
  view.setUint32(ip + 4, ((number & 0xffff) << 16) | 0x4000);
  view.setUint32(ip + 8, (64 << 24) | ((isUdp ? 17 : 6) << 16));
  const client = 0x0a010000 + 2 + Math.floor(flow / 50);
  const server = 0x0a020000 + 1 + (flow % 13);
  view.setUint32(ip + 12, isReverse ? server : client);
  view.setUint32(ip + 16, isReverse ? client : server);
  const transport = ip + 20;
  const clientPort = 32768 + (flow % 28000);
  const serverPort = isUdp ? 53 : 443;
  view.setUint16(transport, isReverse ? serverPort : clientPort);
  view.setUint16(transport + 2, isReverse ? clientPort : serverPort);
  if (isUdp) view.setUint32(transport + 4, (8 + payloadLen) << 16);
  else {
    view.setUint32(transport + 4, number);
    view.setUint32(transport + 8, number);
    view.setUint32(transport + 12, 0x50180200);
    view.setUint32(transport + 16, 0);
  }
  return frame + frameLen;
}

if (process.argv[1]?.endsWith('generate.js')) {
  const [file, packets = '5000000', flows = '28000', sizes = 'small'] = process.argv.slice(2);
  if (file === undefined || (sizes !== 'small' && sizes !== 'mixed')) {
    process.stderr.write('usage: generate.js FILE [PACKETS] [FLOWS] [small|mixed]\n');
    process.exit(2);
  }
  generate(file, { packets: Number(packets), flows: Number(flows), sizes });
}
