/**
 * What the live reference engine (cap-source.ts) and the process that captures for it (cap-child.ts) say to each other.
 */

/** The most that the package `cap` gives of a frame. */
export const capSnapLen = 65535;

/** What the parent asks for. */
export interface CapRequest {
  readonly interface: string;
  /** pcap-filter text, '' for all. */
  readonly filter: string;
  /** Most bytes kept of a frame. */
  readonly snapLen: number;
  /** Size of the kernel's buffer. */
  readonly bufferBytes: number;
}

/** Whether the capture runs: the reason is libpcap's own, or that the package cannot be loaded. */
export interface CapReply {
  readonly error: 'load' | 'open' | null;
  readonly message: string;
}
