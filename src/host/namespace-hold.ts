/**
 * A network namespace held open: by a number of a process alone another namespace may be meant a moment later, and a
 * path may be gone while the namespace is not (namespaces(7)).
 */
import fs from 'node:fs';
import type { NetworkNamespace } from './namespaces.js';

export interface NamespaceHold {
  /** By which it can be entered while it is held, also by programs that this process starts. */
  readonly path: string;
  close(): void;
}

/**
 * Opens the namespace that was listed, and no other that has its path by now.
 * @returns null where it is gone
 * @throws NodeJS.ErrnoException where this user may not
 */
export function holdNamespace({
  path,
  inode,
}: Pick<NetworkNamespace, 'path' | 'inode'>): NamespaceHold | null {
  let fd: number;
  try {
    fd = fs.openSync(path, 'r');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return null;
    throw error;
  }
  if (fs.fstatSync(fd).ino === inode) {
    return { path: `/proc/${process.pid}/fd/${fd}`, close: () => fs.closeSync(fd) };
  }
  fs.closeSync(fd);
  return null;
}
