/**
 * What tells processes of one name apart: the command line (proc(5): words apart by NUL, which the process may overwrite
 * with anything) and the container.
 */
import fs from 'node:fs';
import { type Container, parseContainer } from './container.js';

export interface ProcessDetails {
  /** Words apart by spaces, at most 200 characters; '' where it has none, or is gone. */
  readonly commandLine: string;
  readonly container: Container | null;
}

const mostCharacters = 200;
/** In UTF-8 a character takes up to four. */
const mostBytes = 4 * mostCharacters;

/** Reads the details of each process once, however often it is asked for: it may hold any number of sockets. */
export function processDetailsReader(): (pid: number) => ProcessDetails {
  const known = new Map<number, ProcessDetails>();
  return (pid) => {
    const details = known.get(pid) ?? readProcessDetails(pid);
    known.set(pid, details);
    return details;
  };
}

function readProcessDetails(pid: number): ProcessDetails {
  const words = readStart(`/proc/${pid}/cmdline`, mostBytes).replaceAll('\0', ' ').trimEnd();
  const isCut = words.length > mostCharacters;
  return {
    commandLine: isCut ? `${words.slice(0, mostCharacters)}…` : words,
    container: parseContainer(readStart(`/proc/${pid}/cgroup`, 1 << 16)),
  };
}

/** The first bytes of a file of any length; '' where it is gone. */
function readStart(file: string, most: number): string {
  try {
    const fd = fs.openSync(file, 'r');
    try {
      const room = Buffer.alloc(most);
      return room.toString('utf8', 0, fs.readSync(fd, room, 0, most, 0));
    } finally {
      fs.closeSync(fd);
    }
  } catch {
    return '';
  }
}
