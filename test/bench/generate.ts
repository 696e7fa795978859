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
  const payloads = sizes === 'small' ? smallPayloads : mixedPayloads;
  let at = writeFileHeader(chunk);
  let random = 0x2545f491;
  for (let i = 0; i < packets; i++) {
    random ^= random << 13;
    random ^= random >>> 17;
    random ^= random << 5;
    const flow = (random >>> 0) % flows;
    at = writePacket(chunk, at, i, flow, payloads[(random >>> 8) % payloads.length]);
    if (at < chunkBytes) continue;
    fs.writeSync(fd, chunk, 0, at);
    at = 0;
  }
  fs.writeSync(fd, chunk, 0, at);
  fs.closeSync(fd);
}

function writeFileHeader(chunk: Buffer): number {
  chunk.writeUInt32LE(0xa1b2c3d4, 0);
  chunk.writeUInt16LE(2, 4);
  chunk.writeUInt16LE(4, 6);
  chunk.writeUInt32LE(262144, 16);
  chunk.writeUInt32LE(1, 20);
  return 24;
}

function writePacket(chunk: Buffer, start: number, number: number, flow: number, payloadLen: number): number {
  const isUdp = flow % 4 === 3;
  const transportLen = isUdp ? 8 : 20;
  const ipLen = 20 + transportLen + payloadLen;
  const frameLen = 14 + ipLen;
  const isReverse = number % 3 === 2;
  chunk.writeUInt32LE(1_700_000_000 + Math.floor(number / 200_000), start);
  chunk.writeUInt32LE((number % 200_000) * 5, start + 4);
  chunk.writeUInt32LE(frameLen, start + 8);
  chunk.writeUInt32LE(frameLen, start + 12);
  const frame = start + recordHeaderLen;
  // Locally administered addresses of two hosts.
  chunk.writeUIntBE(isReverse ? 0x020000000001 : 0x020000000002, frame, 6);
  chunk.writeUIntBE(isReverse ? 0x020000000002 : 0x020000000001, frame + 6, 6);
  chunk.writeUInt16BE(0x0800, frame + 12);
  const ip = frame + 14;
  chunk.writeUInt32BE((0x45000000 | ipLen) >>> 0, ip);
  chunk.writeUInt32BE((((number & 0xffff) << 16) | 0x4000) >>> 0, ip + 4);
  chunk.writeUInt32BE(((64 << 24) | ((isUdp ? 17 : 6) << 16)) >>> 0, ip + 8);
  const client = 0x0a010000 + 2 + Math.floor(flow / 50);
  const server = 0x0a020000 + 1 + (flow % 13);
  chunk.writeUInt32BE(isReverse ? server : client, ip + 12);
  chunk.writeUInt32BE(isReverse ? client : server, ip + 16);
  const transport = ip + 20;
  const clientPort = 32768 + (flow % 28000);
  const serverPort = isUdp ? 53 : 443;
  chunk.writeUInt16BE(isReverse ? serverPort : clientPort, transport);
  chunk.writeUInt16BE(isReverse ? clientPort : serverPort, transport + 2);
  if (isUdp) chunk.writeUInt32BE((8 + payloadLen) << 16, transport + 4);
  else {
    chunk.writeUInt32BE(number, transport + 4);
    chunk.writeUInt32BE(number, transport + 8);
    chunk.writeUInt32BE(0x50180200, transport + 12);
    chunk.writeUInt32BE(0, transport + 16);
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
