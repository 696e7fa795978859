/**
 * Who captures live beside loscope, how each is asked for the same packets, and what it says it saw in the end.
 */
import path from 'node:path';
import { loscope } from './file-peers.js';
import type { Load } from './load.js';

export interface Capturer {
  readonly name: string;
  /** The program that must be there. */
  readonly program: string;
  readonly inTerminal: boolean;
  readonly command: (load: Load, folder: string) => string[];
  /** Reads its closing words. @returns null when it said nothing of the kind */
  readonly counted: (said: string) => Counted | null;
}

export interface Counted {
  readonly seen: number;
  /** Packets that the program itself says were lost; null where it does not know. */
  readonly dropped: number | null;
}

export const plain = 'loscope --format none';
export const dashboard = 'loscope, dashboard';
export const tcpdump = 'tcpdump -w';

export const capturers: readonly Capturer[] = [
  ourCapturer(plain, ['--format', 'none'], false),
  ourCapturer(dashboard, [], true),
  ourCapturer('loscope --engine reference (cap)', ['--engine', 'reference', '--format', 'none'], false),
  {
    name: tcpdump,
    program: 'tcpdump',
    inTerminal: false,
    // In two files of 200 MB in turns where all of it would not fit; as root, who owns the folder.
    command: ({ filter, isHuge }, folder) => [
      ...['tcpdump', '-n', '-Z', 'root', '-i', 'lo', '-w', path.join(folder, 'tcpdump.pcap')],
      ...(isHuge ? ['-C', '200', '-W', '2'] : []),
      filter,
    ],
    counted: (said) => {
      const seen = /(\d+) packets? captured/.exec(said);
      const dropped = /(\d+) packets? dropped by kernel/.exec(said);
      return seen === null ? null : { seen: Number(seen[1]), dropped: Number(dropped?.[1] ?? 0) };
    },
  },
  {
    name: 'dumpcap -w',
    program: 'dumpcap',
    inTerminal: false,
    command: ({ filter, isHuge }, folder) => [
      ...['dumpcap', '-q', '-i', 'lo', '-f', filter, '-w', path.join(folder, 'dumpcap.pcapng')],
      ...(isHuge ? ['-b', 'filesize:200000', '-b', 'files:2'] : []),
    ],
    counted: (said) => {
      const found = /received\/dropped on interface .*: (\d+)\/(\d+) \(/.exec(said);
      return found === null ? null : { seen: Number(found[1]), dropped: Number(found[2]) };
    },
  },
];

function ourCapturer(name: string, words: readonly string[], inTerminal: boolean): Capturer {
  return {
    name,
    program: loscope[0],
    inTerminal,
    command: ({ filter }) => [...loscope, 'live', '-i', 'lo', ...words, filter],
    counted: (said) => {
      const last = [
        ...said.matchAll(/([\d,]+) frames, [\d,]+ bytes, (?:([\d,]+) dropped|drops unknown)/g),
      ].at(-1);
      if (last === undefined) return null;
      const [, seen, dropped] = last;
      return { seen: numberOf(seen), dropped: dropped === undefined ? null : numberOf(dropped) };
    },
  };
}

function numberOf(grouped: string): number {
  return Number(grouped.replaceAll(',', ''));
}
