/**
 * Packet sockets, by whoever has the right to open them: this process, or loscope-open, the small program that may
 * carry the capability. Every attempt is kept with its reason.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { textOfBytes } from '../format/kernel-text.js';
import { CaptureError } from './capture-error.js';
import { interfaceLines } from './interface-counters.js';
import { helperPath, type Native, type NativeError } from './native.js';
import type { HostTables } from './source.js';
import { getSystemErrorMessage } from './system-error.js';

/** Who tried, and why it did not work; '' where it did. */
export interface Attempt {
  readonly by: 'this process' | 'loscope-open' | 'reference engine';
  readonly reason: string;
}

export interface LiveSockets {
  /** For ioctls in the namespace. */
  readonly control: number;
  /** fib_trie, if_inet6, ipv6_route, igmp, igmp6, dev. */
  readonly tables: readonly number[];
  readonly packets: readonly number[];
}

const tableCount = 6;
/** Descriptor number of the channel in the helper. */
const helperChannel = 3;
const helperSeconds = 5;

/**
 * The path of a network namespace.
 * @param text a name of `ip netns`, a process id, or a path
 * @throws CaptureError `interface`
 */
export function netnsPath(text: string): string {
  const where = `--netns ${text}`;
  const file = /^\d+$/.test(text)
    ? `/proc/${text}/ns/net`
    : text.includes('/')
      ? path.resolve(text)
      : `/run/netns/${text}`;
  const isName = text !== '' && text !== '.' && text !== '..' && !text.includes('\0');
  if (!isName || !exists(file)) {
    throw new CaptureError('interface', where, 'no such network namespace', -1, '`ip netns` lists names');
  }
  return file;
}

/** A link to another user's namespace cannot be followed, but is there. */
function exists(file: string): boolean {
  try {
    fs.lstatSync(file);
    return true;
  } catch {
    return false;
  }
}

/**
 * Opens sockets in the order of attempts.
 * @param netns path of a namespace, or null
 * @throws CaptureError `permission` when nobody may
 */
export function openSockets(native: Native, netns: string | null, raw: number, cooked: number): LiveSockets {
  const attempts: Attempt[] = [];
  for (const [by, open] of openers) {
    const opened = open(native, netns, raw, cooked);
    attempts.push({ by, reason: typeof opened === 'string' ? opened : '' });
    if (typeof opened === 'string') continue;
    return {
      control: opened[0],
      tables: opened.slice(1, 1 + tableCount),
      packets: opened.slice(1 + tableCount),
    };
  }
  throw new SocketError(attempts);
}

/**
 * Opens a packet socket in every way there is, and closes it again.
 * @param netns path of a namespace, or null
 */
export function tryOpening(native: Native, netns: string | null): Attempt[] {
  return openers.map(([by, open]) => {
    const opened = open(native, netns, 1, 0);
    if (typeof opened === 'string') return { by, reason: opened };
    for (const fd of opened) native.closeSocket(fd);
    return { by, reason: '' };
  });
}

/** Nobody may open the sockets. */
export class SocketError extends Error {
  constructor(readonly attempts: readonly Attempt[]) {
    super(attempts.map(({ by, reason }) => `${by}: ${reason}`).join('; '));
  }
}

export function closeSockets(native: Native, { control, tables, packets }: LiveSockets): void {
  for (const fd of [control, ...tables, ...packets]) native.closeSocket(fd);
}

const needs: Record<string, string> = {
  socket: 'needs cap_net_raw',
  setns: 'needs cap_sys_admin to enter a network namespace',
};

function explain({ code, message }: NativeError): string {
  const call = message.split(':')[0];
  const isRefused = code === 'EPERM' || code === 'EACCES';
  return isRefused && needs[call] !== undefined ? needs[call] : message;
}

function openHere(native: Native, netns: string | null, raw: number, cooked: number): number[] | string {
  try {
    return native.openSockets(netns, raw, cooked);
  } catch (error) {
    return explain(error as NativeError);
  }
}

function openThroughHelper(
  native: Native,
  netns: string | null,
  raw: number,
  cooked: number,
): number[] | string {
  const program = helperPath();
  if (!exists(program)) return 'not compiled';
  let pair: readonly number[] = [];
  try {
    const [ours, theirs] = native.socketPair();
    pair = [ours, theirs];
    const args = [helperChannel, raw, cooked].map(String);
    const result = spawnSync(program, netns === null ? args : [...args, netns], {
      env: {},
      stdio: ['ignore', 'ignore', 'pipe', theirs],
      timeout: helperSeconds * 1000,
      encoding: 'utf8',
    });
    if (result.error !== undefined) return explainStart(result.error as NodeJS.ErrnoException);
    if (result.status === 0) return native.receiveSockets(ours);
    const [, errno, call] = /^(\d+) (.+)\n$/.exec(result.stderr) ?? [];
    if (errno === undefined) return `ended with ${result.signal ?? result.status}`;
    const name = getSystemErrorMessage(Number(errno));
    return explain({ code: name.code, message: `${call}: ${name.text}` } as NativeError);
  } catch (error) {
    return (error as Error).message;
  } finally {
    for (const fd of pair) native.closeSocket(fd);
  }
}

function explainStart({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'EACCES' || code === 'EPERM') return 'this user may not run it';
  return code === 'ETIMEDOUT' ? 'did not answer' : message;
}

/** The host model's tables of the namespace, read anew. */
export function readTables(tables: readonly number[]): HostTables {
  const [fibTrie, ifInet6, ipv6Route, igmp, igmp6] = tables.map(readWhole);
  return { fibTrie, ifInet6, ipv6Route, igmp, igmp6 };
}

/** /proc/net/dev of the namespace: two lines of heading, then `name: counters`. */
export function readInterfaceText(tables: readonly number[]): string {
  return readWhole(tables[tableCount - 1]);
}

/** Names of all interfaces of the namespace. */
export function readInterfaceNames(tables: readonly number[]): string[] {
  return interfaceLines(readInterfaceText(tables)).map(([name]) => name);
}

/** One for all readings, of which there are a dozen a second: made anew, it took an eighth of what a quiet watch takes. */
const chunk = Buffer.alloc(65536);

/** A file of /proc from its start; it makes its text anew for each reading. */
function readWhole(fd: number): string {
  const chunks: Buffer[] = [];
  let at = 0;
  for (;;) {
    const got = fs.readSync(fd, chunk, 0, chunk.length, at);
    if (got === 0) return textOfBytes(Buffer.concat(chunks));
    chunks.push(Buffer.from(chunk.subarray(0, got)));
    at += got;
  }
}

/** Who may open sockets, in the order in which they are asked: each gives the descriptors, or why there are none. */
const openers = [
  ['this process', openHere],
  ['loscope-open', openThroughHelper],
] as const;
