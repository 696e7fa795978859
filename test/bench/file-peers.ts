/**
 * Who reads files beside loscope, how each is rightly asked, and how one sees that it did the work.
 */
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { root } from '../corpus.js';
import type { Input } from './inputs.js';
import type { Ended } from './measure.js';
import type { Scratch } from './scratch.js';

export const loscope = [process.execPath, path.join(root, 'bin', 'loscope')] as const;

/** One program and the work it is given. */
export interface Contender {
  readonly name: string;
  readonly command: readonly string[];
  /** Packets of the work: slow programs get fewer. */
  readonly packets: number;
  readonly bytes: number;
  /** Where it writes, removed before each run; null for none. */
  readonly output: string | null;
  /** What is wrong with what it did, or ''. */
  readonly check: (ended: Ended) => string;
}

/** The work of tshark, as the figure for it has always been measured, and of pcap-parser, which is slower still. */
const tsharkPackets = 200_000;
const pcapParserPackets = 500_000;

export function loscopeSummary({ file, fileBytes, packets }: Input, name = 'loscope summary'): Contender {
  const counted = new RegExp(`\\b${packets.toLocaleString('en-US')} frames`);
  return {
    name,
    command: [...loscope, 'summary', '-q', file],
    packets,
    bytes: fileBytes,
    output: null,
    check: ({ stdout }) => said(stdout, counted),
  };
}

/** Who reads the whole capture of small packets. */
export function smallFilePeers({ file, fileBytes, packets }: Input, scratch: Scratch): Contender[] {
  const work = { packets, bytes: fileBytes };
  const filtered = scratch.path('filtered.pcap');
  const flows = scratch.path('nfcapd');
  const records = scratch.path('records.argus');
  const pid = scratch.path('softflowd.pid');
  return [
    {
      name: 'tcpdump -w, one host',
      // Not as the user tcpdump, who may not write to this scratch folder.
      command: ['tcpdump', '-n', '-Z', 'root', '-r', file, '-w', filtered, 'host 10.1.1.1'],
      ...work,
      output: filtered,
      check: () => wrote(filtered, 1000),
    },
    {
      name: 'capinfos',
      command: ['capinfos', '-T', '-M', file],
      ...work,
      output: null,
      check: ({ stdout }) => said(stdout, new RegExp(`\\b${packets}\\b`)),
    },
    {
      name: 'nfpcapd',
      command: ['nfpcapd', '-r', file, '-w', flows],
      ...work,
      output: flows,
      check: ({ stdout, stderr }) =>
        said(stdout + stderr, new RegExp(`Processed: ${packets}, skipped: 0`)) || wrote(flows, 100_000),
    },
    {
      name: 'softflowd',
      // Room for every flow: with its default of 8,192 it takes longer, expiring them. Port 9 discards.
      command: ['softflowd', '-r', file, '-d', '-m', '2000000', '-p', pid, '-c', 'none', '-n', '127.0.0.1:9'],
      ...work,
      output: null,
      check: ({ stdout, stderr }) => said(stdout + stderr, /flushed =\s+[1-9]\d{3,}/),
    },
    {
      name: 'argus',
      command: ['argus', '-X', '-F', '/dev/null', '-r', file, '-w', records],
      ...work,
      output: records,
      check: () => wrote(records, 100_000),
    },
  ];
}

/** Who would take minutes for all of it: tshark reads its first packets, pcap-parser a shorter capture of the same. */
export function slowPeers({ file, fileBytes, packets }: Input, head: Input): Contender[] {
  const few = Math.min(packets, tsharkPackets);
  return [
    {
      name: 'tshark -z conv,ip',
      command: ['tshark', '-n', '-q', '-z', 'conv,ip', '-c', String(few), '-r', file],
      packets: few,
      bytes: Math.round((fileBytes * few) / packets),
      output: null,
      check: ({ stdout }) => said(stdout, /<->/),
    },
    {
      name: 'pcap-parser',
      command: [process.execPath, path.join(root, 'dist', 'test', 'bench', 'pcap-parser-peer.js'), head.file],
      packets: head.packets,
      bytes: head.fileBytes,
      output: null,
      check: ({ stdout }) => said(stdout, new RegExp(`^${head.packets} packets`)),
    },
  ];
}

/** The first packets of a capture, for programs that would take minutes for all. */
export function headOf(packets: number): number {
  return Math.min(packets, pcapParserPackets);
}

/** Everybody who reads the capture of mixed sizes. */
export function mixedFilePeers({ file, fileBytes, packets }: Input): Contender[] {
  const work = { packets, bytes: fileBytes, output: null };
  return [
    {
      name: 'dd bs=1M',
      command: ['dd', `if=${file}`, 'of=/dev/null', 'bs=1M'],
      ...work,
      check: ({ stderr }) => said(stderr, new RegExp(`^${fileBytes} bytes`, 'm')),
    },
    {
      name: 'capinfos',
      command: ['capinfos', '-T', '-M', file],
      ...work,
      check: ({ stdout }) => said(stdout, new RegExp(`\\b${packets}\\b`)),
    },
  ];
}

function said(text: string, pattern: RegExp): string {
  return pattern.test(text) ? '' : `failed: did not say ${pattern.source}`;
}

/** Is a file, or are the files of a folder, at least so long? */
function wrote(output: string, leastBytes: number): string {
  const isFolder = fs.existsSync(output) && fs.statSync(output).isDirectory();
  const files = isFolder ? fs.readdirSync(output).map((name) => path.join(output, name)) : [output];
  const bytes = files.reduce((sum, file) => sum + (fs.existsSync(file) ? fs.statSync(file).size : 0), 0);
  return bytes >= leastBytes ? '' : `failed: wrote ${bytes} bytes`;
}
