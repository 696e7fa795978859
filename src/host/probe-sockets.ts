/**
 * Sends by ordinary sockets, as any program of this host could, to a port that is held meanwhile. Every message carries a marker, by which it is known again wherever it is seen: a word, a number of this run and
 * the attempt's own.
 *
 *     loscope-probe-5f3a09c1-017
 */
import { randomBytes } from 'node:crypto';
import { loadNative, type Native } from '../capture/native.js';
import { NetlinkError } from '../capture/netlink-error.js';
import { bytesOfText } from '../format/kernel-text.js';

export const ProbeProtocol = { icmp: 1, tcp: 6, udp: 17 } as const;
export type ProbeProtocolName = keyof typeof ProbeProtocol;

/** What one attempt needs. */
export interface ProbeRoute {
  readonly protocol: ProbeProtocolName;
  /** To bind the socket to, or ''. */
  readonly device: string;
  /** 4 or 16 bytes; empty leaves it to the kernel. */
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  /** Interface index for link-local addresses, else 0. */
  readonly scopeIndex: number;
}

/** What became of it in this host. */
export interface ProbeReply {
  /** `sent`, or the call that failed and why (`bind EINVAL`). */
  readonly outcome: string;
  /** The port it was sent from, or 0. */
  readonly localPort: number;
}

const numberLen = 3;
/** Numbers of attempts have three digits. */
export const mostNumber = 10 ** numberLen - 1;

export class ProbeSockets {
  /** What every message of this run begins with. */
  readonly marker: string;
  readonly port: number;
  readonly #native: Native;
  readonly #sockets: readonly number[];

  /**
   * @param netns path of a network namespace, or null
   * @throws NetlinkError ENOSYS where there is no addon; NativeError where the namespace cannot be entered
   */
  constructor(readonly netns: string | null) {
    const native = loadNative();
    if ('reason' in native) throw new NetlinkError('ENOSYS', native.reason);
    this.#native = native;
    const [udp, tcp, port] = native.holdPort(netns);
    this.#sockets = [udp, tcp];
    this.port = port;
    this.marker = `loscope-probe-${randomBytes(4).toString('hex')}-`;
  }

  /**
   * Makes one attempt.
   * @param number of it, up to mostNumber
   * @throws NativeError where the namespace cannot be entered
   */
  send({ protocol, device, source, destination, scopeIndex }: ProbeRoute, number: number): ProbeReply {
    const message = Buffer.from(`${this.marker}${String(number).padStart(numberLen, '0')}`, 'latin1');
    const isPing = protocol === 'icmp';
    const [outcome, localPort] = this.#native.probeOnce(
      this.netns,
      ProbeProtocol[protocol],
      bytesOfText(device),
      source,
      destination,
      scopeIndex,
      isPing ? 0 : this.port,
      isPing ? Buffer.concat([echoRequest(destination), message]) : message,
    );
    return { outcome, localPort };
  }

  /** The number of the attempt whose message is somewhere in these bytes, or -1. */
  numberIn(bytes: Uint8Array): number {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const at = text.indexOf(this.marker, 0, 'latin1');
    if (at < 0) return -1;
    const from = at + this.marker.length;
    const digits = text.toString('latin1', from, from + numberLen);
    return /^\d{3}$/.test(digits) ? Number(digits) : -1;
  }

  close(): void {
    for (const fd of this.#sockets) this.#native.closeSocket(fd);
  }
}

/** RFC 792, RFC 4443 4.1: type, code, checksum and identifier, which are the kernel's to fill in, sequence number 1. */
function echoRequest(destination: Uint8Array): Uint8Array {
  const type = destination.length === 4 ? 8 : 128;
  return Uint8Array.of(type, 0, 0, 0, 0, 0, 0, 1);
}
