/**
 * Sources as plain data: what to open, so that they can be opened in the thread that reads them.
 */
import type { EngineName } from '../capture/source.js';

/** Capture files, merged by time. */
export interface FilesSpec {
  readonly kind: 'files';
  /** `-` is standard input. */
  readonly paths: readonly string[];
  readonly engine: EngineName;
  /** Waits at a file's end for more of it. */
  readonly follow: boolean;
  /** Bytes to keep of each pipe and compressed file, so that its frames can be shown again; 0 for none. */
  readonly spoolBytes: number;
  /** pcap-filter text, absent or '' for all. */
  readonly filter?: string;
}

/** Interfaces of this machine, captured live. */
export interface LiveSpec {
  readonly kind: 'live';
  /** Names; [] is every loopback interface. */
  readonly interfaces: readonly string[];
  /** null: the fast one where it can run, else the reference one. */
  readonly engine: EngineName | null;
  /** pcap-filter text, '' for all. */
  readonly filter: string;
  /** Most bytes kept of a frame; 0 is no limit. */
  readonly snapLen: number;
  /** Size of the kernel's buffer, for each interface. */
  readonly bufferBytes: number;
  /** A network namespace by name, process id or path; null is the one this process is in. */
  readonly netns: string | null;
  /** Also the copies of own broadcasts and multicasts, which packet sockets do not see. */
  readonly observesCopies?: boolean;
}

export type SourcesSpec = FilesSpec | LiveSpec;
