/**
 * Files of /proc as text, of this process's network namespace or of another. Every file has a most: it is text that
 * the kernel wrote, but others choose how many interfaces, routes and rules there are.
 */
import fs from 'node:fs';
import type { Native, NativeError } from '../capture/native.js';
import { bytesOfText, textOfBytes } from '../format/kernel-text.js';

/** A file's text, or the errno's name: ENOENT, EACCES; EFBIG for one that is too long to be read. */
export type KernelFile = { readonly text: string } | { readonly errno: string };

/** Reads files whose paths are absolute, all in the same namespace. */
export type ReadKernelFiles = (paths: readonly string[]) => KernelFile[];

/** A million routes of fib_trie take some 60 MB: such a router is told that its table was not looked at. */
const mostBytes = 32 << 20;

/** Where a thread sees the tables of its own network namespace. */
export const procNet = '/proc/thread-self/net';

/**
 * @param netns path of a namespace, or null for this process's own
 * @throws (the reader) NativeError when the namespace cannot be entered
 */
export function kernelFilesThrough(native: Native, netns: string | null): ReadKernelFiles {
  return (paths) =>
    native
      .readFiles(netns, paths.map(bytesOfText), mostBytes)
      .map((file) => (typeof file === 'string' ? { errno: file } : { text: textOfBytes(file) }));
}

/** The files of this process's own namespace, without the addon. */
export const ownKernelFiles: ReadKernelFiles = (paths) =>
  paths.map((path) => {
    try {
      const bytes = fs.readFileSync(Buffer.from(bytesOfText(path)));
      return bytes.length > mostBytes ? { errno: 'EFBIG' } : { text: textOfBytes(bytes) };
    } catch (error) {
      return { errno: (error as NativeError).code };
    }
  });

/** The text, or '' where there is none. */
export function textOf(file: KernelFile): string {
  return 'text' in file ? file.text : '';
}
