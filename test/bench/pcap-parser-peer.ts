/**
 * The least that a program over the package pcap-parser does: count what it reads.
 *
 *     node dist/test/bench/pcap-parser-peer.js FILE
 */
import fs from 'node:fs';
import process from 'node:process';
import { type PacketHeader, parse } from 'pcap-parser';

let packets = 0;
let bytes = 0;
parse(fs.createReadStream(process.argv[2]))
  .on('packet', ({ header }: { readonly header: PacketHeader }) => {
    packets++;
    bytes += header.originalLength;
  })
  .on('end', () => process.stdout.write(`${packets} packets, ${bytes} bytes\n`));
