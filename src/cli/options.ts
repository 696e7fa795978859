/**
 * Options as the commands use them: parsed once, checked, plain data after.
 */
import path from 'node:path';
import { type EngineName, type InterfaceRole, roleName } from '../capture/source.js';
import { parsePrefix } from '../host/host-model.js';
import { UsageError } from './exit-code.js';

/** `--format` where packets are printed; `none` counts only. */
export const packetFormats = ['text', 'ndjson', 'json', 'none'] as const;
export type PacketFormat = (typeof packetFormats)[number];
/** `--format` of reports. */
export const summaryFormats = ['text', 'json'] as const;
/** `--format` of verify. */
export const verdictFormats = ['text', 'json', 'junit', 'sarif'] as const;

/** As commander hands them over, before they are checked. */
export interface RawOptions {
  readonly interface?: string[];
  readonly engine?: string;
  readonly netns?: string;
  readonly allNetns?: boolean;
  readonly host?: string[];
  readonly interfaceRole?: string[];
  readonly format?: string;
  readonly color?: string;
  readonly count?: string;
  readonly for?: string;
  readonly snaplen?: string;
  readonly buffer?: string;
  readonly retain?: string;
  readonly output?: string;
  readonly write?: string;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly ascii?: boolean;
  readonly follow?: boolean;
  readonly except?: string;
  readonly probe?: boolean;
  readonly resolve?: boolean;
  readonly observeCopies?: boolean;
  readonly watch?: boolean;
  readonly dumpBpf?: boolean;
  readonly dumpBpfJson?: boolean;
}

export interface Options {
  readonly interfaces: readonly string[];
  /** A network namespace by name, process id or path, or null. */
  readonly netns: string | null;
  /** `--all-netns`: every network namespace of the host. */
  readonly isEveryNetns: boolean;
  /** null: the default of the command. */
  readonly engine: EngineName | null;
  readonly hostAddresses: readonly string[];
  readonly roles: ReadonlyMap<string, InterfaceRole>;
  /** null: the default of the command. */
  readonly format: string | null;
  readonly color: 'auto' | 'always' | 'never';
  readonly maxFrames: number;
  /** Infinity: until interrupted. */
  readonly forSeconds: number;
  /** 0: no limit. */
  readonly snapLen: number;
  readonly bufferBytes: number;
  /** `-B` was given; else bufferBytes is its default. */
  readonly isBufferGiven: boolean;
  readonly retainBytes: number;
  readonly outputFile: string | null;
  /** `-w`, or null. */
  readonly captureFile: string | null;
  readonly isQuiet: boolean;
  readonly isVerbose: boolean;
  readonly isAscii: boolean;
  /** `--follow`. */
  readonly isFollowing: boolean;
  /** `--except`: pcap-filter text, '' for none. */
  readonly except: string;
  /** `--probe`: tries to make the host leak. */
  readonly isProbing: boolean;
  /** `--resolve`: names of hosts in filters are looked up. */
  readonly resolvesNames: boolean;
  /** `--observe-copies`. */
  readonly observesCopies: boolean;
  /** `--watch`: says what changes, until interrupted. */
  readonly isWatching: boolean;
  /** `--dump-bpf`: shows the filter's program and does nothing else. */
  readonly dumpForm: 'text' | 'json' | null;
}

const mebibyte = 1 << 20;
const maxSnapLen = 262144;
/** 23 days: a timer holds 2^31 ms. */
const maxSeconds = 2_000_000;
const defaultBufferMebibytes = 64;
const defaultRetainMebibytes = 256;

/** @throws UsageError naming the option, the value and what it takes */
export function checkOptions(raw: RawOptions, formats: readonly string[]): Options {
  if (raw.write === '-' && raw.format !== undefined && raw.format !== 'none') {
    throw new UsageError(`-w - --format ${raw.format}: both would go to standard output (leave one out)`);
  }
  return {
    interfaces: raw.interface ?? [],
    netns: raw.netns ?? null,
    isEveryNetns: raw.allNetns ?? false,
    engine: choice('--engine', raw.engine, ['fast', 'reference'] as const),
    hostAddresses: (raw.host ?? []).map(hostAddress),
    roles: new Map((raw.interfaceRole ?? []).map(interfaceRole)),
    format: choice('--format', raw.format, formats),
    color: choice('--color', raw.color, ['auto', 'always', 'never'] as const) ?? 'auto',
    maxFrames: wholeNumber('-c', raw.count, 1, Number.MAX_SAFE_INTEGER) ?? Number.POSITIVE_INFINITY,
    forSeconds: seconds('--for', raw.for) ?? Number.POSITIVE_INFINITY,
    snapLen: wholeNumber('-s', raw.snaplen, 0, maxSnapLen) ?? 0,
    bufferBytes: (wholeNumber('-B', raw.buffer, 1, 1024) ?? defaultBufferMebibytes) * mebibyte,
    isBufferGiven: raw.buffer !== undefined,
    retainBytes: (wholeNumber('--retain', raw.retain, 1, 65536) ?? defaultRetainMebibytes) * mebibyte,
    outputFile: raw.output ?? null,
    captureFile: raw.write ?? null,
    isQuiet: raw.quiet ?? false,
    isVerbose: raw.verbose ?? false,
    isAscii: raw.ascii ?? false,
    observesCopies: raw.observeCopies ?? false,
    except: raw.except ?? '',
    isProbing: raw.probe ?? false,
    dumpForm: raw.dumpBpfJson ? 'json' : raw.dumpBpf ? 'text' : null,
    isFollowing: raw.follow ?? false,
    resolvesNames: raw.resolve ?? false,
    isWatching: raw.watch ?? false,
  };
}

function choice<Name extends string>(
  option: string,
  text: string | undefined,
  names: readonly Name[],
): Name | null {
  if (text === undefined) return null;
  const name = names.find((known) => known === text);
  if (name === undefined) throw new UsageError(`${option} ${text}: not one of ${names.join(', ')}`);
  return name;
}

function wholeNumber(option: string, text: string | undefined, least: number, most: number): number | null {
  if (text === undefined) return null;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new UsageError(`${option} ${text}: not a whole number from ${least} to ${most}`);
}

function seconds(option: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  const value = /^(\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : Number.NaN;
  if (value > 0 && value <= maxSeconds) return value;
  throw new UsageError(`${option} ${text}: not a number of seconds above 0 and up to ${maxSeconds}`);
}

function hostAddress(text: string): string {
  if (parsePrefix(text) !== null) return text;
  throw new UsageError(`--host ${text}: not an address or ADDRESS/PREFIX (example: --host 192.0.2.7/24)`);
}

function interfaceRole(text: string): [name: string, role: InterfaceRole] {
  const match = /^(.+)=(loopback|wire)$/.exec(text);
  if (match === null) {
    throw new UsageError(
      `--interface-role ${text}: not NAME=loopback or NAME=wire (example: --interface-role eth0=wire)`,
    );
  }
  return [match[1], roleName.indexOf(match[2] as 'loopback' | 'wire') as InterfaceRole];
}

/** Stands among the operands where `--` stood. */
export const filterMark = '\0--';

/**
 * File operands, then the filter: the first operand is a file, and so is each next one that names something; all behind
 * `--`, where files stand before it, is the filter.
 */
export function splitOperands(
  operands: readonly string[],
  exists: (path: string) => boolean,
): { files: string[]; filter: string } {
  const mark = operands.indexOf(filterMark);
  if (mark > 0) return { files: operands.slice(0, mark), filter: operands.slice(mark + 1).join(' ') };
  const all = operands.slice(mark + 1);
  let files = 1;
  while (files < all.length && looksLikeFile(all[files], exists)) files++;
  return { files: all.slice(0, files), filter: all.slice(files).join(' ') };
}

/** An operand with a capture file's ending is meant as a file, even where there is none: better said than filtered by. */
function looksLikeFile(operand: string, exists: (path: string) => boolean): boolean {
  if (operand === '-' || exists(operand)) return true;
  // `interface lo.pcap` in quotes is a filter.
  if (/\s/.test(operand)) return false;
  return /\.(pcap|pcapng|cap|dmp)(\.\w+)?$/i.test(path.basename(operand));
}
