/**
 * Which processes hold a socket: the links in /proc/PID/fd (proc(5)). Only the user's own processes can be looked into
 * without privilege, so an owner that is not found is unknown, not absent.
 */
import fs from 'node:fs';

export interface Process {
  readonly pid: number;
  readonly name: string;
}

/** Processes looked into, and descriptors of each: a host may have any number. */
const mostProcesses = 1 << 16;
const mostDescriptors = 1 << 16;

/** The processes that hold each of the sockets, by the socket's inode. Inodes without a known owner are left out. */
export function ownersOf(inodes: ReadonlySet<number>, root = '/proc'): Map<number, Process[]> {
  const owners = new Map<number, Process[]>();
  if (inodes.size === 0) return owners;
  const pids = entries(root).filter((name) => /^\d+$/.test(name));
  for (const pid of pids.slice(0, mostProcesses)) {
    const held = heldInodes(`${root}/${pid}/fd`, inodes);
    if (held.size === 0) continue;
    const owner = { pid: Number(pid), name: commandName(`${root}/${pid}/comm`) };
    for (const inode of held) owners.set(inode, [...(owners.get(inode) ?? []), owner]);
  }
  return owners;
}

function heldInodes(folder: string, inodes: ReadonlySet<number>): Set<number> {
  const held = new Set<number>();
  for (const fd of entries(folder).slice(0, mostDescriptors)) {
    const [, inode] = /^socket:\[(\d+)\]$/.exec(target(`${folder}/${fd}`)) ?? [];
    if (inode !== undefined && inodes.has(Number(inode))) held.add(Number(inode));
  }
  return held;
}

/** [] for what is gone, or another user's. */
function entries(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch {
    return [];
  }
}

function target(link: string): string {
  try {
    return fs.readlinkSync(link);
  } catch {
    return '';
  }
}

function commandName(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8').trimEnd();
  } catch {
    return '';
  }
}
