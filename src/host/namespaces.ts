/**
 * Every network namespace of this host, once each, with a name: those that ip-netns(8) and Docker keep under a path, and those
 * of processes (namespaces(7): /proc/PID/ns/net is `net:[INODE]`). One that neither has is found by nobody.
 */
import fs from 'node:fs';
import path from 'node:path';
import { outOfFiles } from '../capture/out-of-files.js';
import { type Container, parseContainer } from './container.js';

export interface NetworkNamespace {
  readonly inode: number;
  /** By which it can be entered. */
  readonly path: string;
  /** For people: a name of ip netns, a container, or a process. */
  readonly name: string;
  /** Of its processes the one with the lowest number; 0: it has none. */
  readonly pid: number;
  /** That process's command name, or ''. */
  readonly command: string;
  readonly container: Container | null;
  /** It is this process's own. */
  readonly isOwn: boolean;
}

export interface NamespaceList {
  /** This process's own first, then those with names, then by process. */
  readonly namespaces: readonly NetworkNamespace[];
  /** Those that this user may not see, by one process of each. */
  readonly hidden: readonly string[];
  /** There are processes that this user is not shown at all (proc(5), hidepid). */
  readonly hidesProcesses: boolean;
}

/** Folders where namespaces lie under names, and what their names are called. */
const namedFolders = ['/run/netns', '/run/docker/netns'];

interface Roots {
  readonly proc: string;
  readonly named: readonly string[];
}

/**
 * Where there is no /proc the list is empty.
 * @throws CaptureError where there are too few descriptors
 */
export function listNamespaces(roots: Roots = { proc: '/proc', named: namedFolders }): NamespaceList {
  const own = inodeOfLink(`${roots.proc}/self/ns/net`);
  const names = namedNamespaces(roots);
  const { pids, unreadable, hasFirst } = pidsByInode(roots.proc);
  const hidden = hiddenPids(roots.proc, pids, unreadable);
  const inodes = new Set([...(own === null ? [] : [own]), ...names.keys(), ...pids.keys()]);
  const namespaces = [...inodes].map((inode) => {
    const pid = pids.get(inode) ?? 0;
    const file = names.get(inode);
    const isOwn = inode === own;
    const process = pid === 0 ? null : describe(roots.proc, pid);
    const entrance = file ?? (pid === 0 ? `${roots.proc}/self/ns/net` : `${roots.proc}/${pid}/ns/net`);
    const container = process?.container ?? null;
    return {
      inode,
      path: entrance,
      name: file === undefined && isOwn ? 'this namespace' : nameOf(file, pid, process),
      pid,
      command: process?.command ?? '',
      container,
      isOwn,
    };
  });
  return {
    namespaces,
    hidden: hidden.map((pid) => nameOf(undefined, pid, describe(roots.proc, pid))),
    hidesProcesses: own !== null && !hasFirst,
  };
}

function nameOf(file: string | undefined, pid: number, process: Described | null): string {
  if (process?.container) {
    const { runtime, id, pod } = process.container;
    return `${runtime} ${id}${pod === '' ? '' : ` (pod ${pod})`}`;
  }
  if (file !== undefined) return path.basename(file);
  return process === null ? 'this process' : `${process.command}[${pid}]`;
}

/** Files of the namespace's own file system, by inode: what else lies in such a folder is no namespace. */
function namedNamespaces({ proc, named }: Roots): Map<number, string> {
  const files = new Map<number, string>();
  const device = statOf(`${proc}/self/ns/net`)?.dev;
  for (const folder of named) {
    for (const name of namesIn(folder)) {
      const file = `${folder}/${name}`;
      const stat = statOf(file);
      if (stat !== null && stat.dev === device && !files.has(stat.ino)) files.set(stat.ino, file);
    }
  }
  return files;
}

function namesIn(folder: string): string[] {
  try {
    return fs.readdirSync(folder).sort();
  } catch (error) {
    const lack = outOfFiles(error, folder);
    if (lack !== null) throw lack;
    return [];
  }
}

function statOf(file: string): fs.Stats | null {
  try {
    return fs.statSync(file);
  } catch {
    return null;
  }
}

interface Processes {
  /** The lowest process of each namespace, by inode. */
  readonly pids: Map<number, number>;
  readonly unreadable: readonly number[];
  /** Process 1 is listed. It is always there, so that where it is not, others may be hidden too. */
  readonly hasFirst: boolean;
}

function pidsByInode(proc: string): Processes {
  const pids = new Map<number, number>();
  const unreadable: number[] = [];
  const numbers = namesIn(proc)
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);
  for (const pid of numbers) {
    try {
      const inode = parseNamespaceLink(fs.readlinkSync(`${proc}/${pid}/ns/net`));
      if (inode !== null && !pids.has(inode)) pids.set(inode, pid);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EACCES' || code === 'EPERM') unreadable.push(pid);
    }
  }
  return { pids, unreadable, hasFirst: numbers[0] === 1 };
}

/**
 * One process of each namespace that no process of `known` is in. /proc/PID/net is for everybody to see, and its files
 * are the namespace's: two processes with the same file share it. One that has ended, or is a zombie, has none.
 */
function hiddenPids(
  proc: string,
  known: ReadonlyMap<number, number>,
  unreadable: readonly number[],
): number[] {
  if (unreadable.length === 0) return [];
  const fileOf = (pid: number): number | null => statOf(`${proc}/${pid}/net/dev`)?.ino ?? null;
  const seen = new Set([...known.values()].map(fileOf));
  return unreadable.filter((pid) => {
    const file = fileOf(pid);
    if (file === null || seen.has(file)) return false;
    seen.add(file);
    return true;
  });
}

function inodeOfLink(file: string): number | null {
  try {
    return parseNamespaceLink(fs.readlinkSync(file));
  } catch {
    return null;
  }
}

/** The inode of `net:[4026531840]`, or null. */
export function parseNamespaceLink(text: string): number | null {
  const match = /^net:\[(\d{1,15})\]$/.exec(text);
  return match === null ? null : Number(match[1]);
}

interface Described {
  readonly command: string;
  readonly container: Container | null;
}

function textOfFile(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function describe(proc: string, pid: number): Described {
  const read = (name: string): string => textOfFile(`${proc}/${pid}/${name}`);
  return { command: read('comm').trimEnd() || 'process', container: parseContainer(read('cgroup')) };
}
