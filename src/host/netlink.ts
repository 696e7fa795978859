/**
 * A netlink socket (netlink(7)): questions to the kernel and all of their answers, in this or another network namespace;
 * also batches and listening, for whoever numbers and matches messages by himself.
 *
 * Bounded: a wait ends after two seconds, a dump after 64 MiB; a dump that changed while it was read is asked for again.
 */
import { loadNative, type Native } from '../capture/native.js';
import { NetlinkError } from './netlink-error.js';
import {
  buildMessage,
  MessageFlag,
  MessageType,
  type NetlinkMessage,
  parseMessages,
  readOutcome,
} from './netlink-message.js';

/** NETLINK_ numbers (linux/netlink.h). */
export const NetlinkProtocol = { route: 0, sockDiag: 4, netfilter: 12 } as const;

const solNetlink = 270;
const optionCapAck = 10;
const optionExtAck = 11;
const optionStrictCheck = 12;

const waitMs = 2000;
/** The kernel fills a datagram of a dump with up to 32 KiB; one message alone may be longer. */
const datagramLen = 1 << 18;
const mostDumpBytes = 64 << 20;
const dumpAttempts = 4;

export class NetlinkSocket {
  #sequence = 0;
  readonly #room = new Uint8Array(datagramLen);

  private constructor(
    readonly native: Native,
    /** For polling and for socket options; close() closes it. */
    readonly fd: number,
  ) {}

  /**
   * @param netns path of a network namespace, or null for this one
   * @throws NetlinkError ENOSYS where there is no addon; NativeError of the call that failed
   */
  static open(protocol: number, netns: string | null = null): NetlinkSocket {
    const native = loadNative();
    if ('reason' in native) throw new NetlinkError('ENOSYS', native.reason);
    const fd = native.openNetlink(netns, protocol);
    const on = Uint8Array.of(1, 0, 0, 0);
    // Without the first two (before Linux 4.12) errors are only numbers, and quote the whole request; without the last
    // (before 4.20) a dump leaves out nothing, so whoever asks for a part looks at what comes.
    for (const option of [optionExtAck, optionCapAck, optionStrictCheck]) {
      try {
        native.setOption(fd, solNetlink, option, on);
      } catch {}
    }
    return new NetlinkSocket(native, fd);
  }

  /**
   * Asks one question.
   * @param flags `dump` for a table; without it an acknowledgement is asked for too, so that every answer has an end
   * @param payload the family's header and attributes
   * @returns the replies, without acknowledgements; copies, so valid for good
   * @throws NetlinkError what the kernel refused, or why its answer cannot be read
   */
  request(type: number, flags: number, payload: readonly Uint8Array[]): NetlinkMessage[] {
    const isDump = (flags & MessageFlag.dump) === MessageFlag.dump;
    for (let attempt = 1; ; attempt++) {
      const sequence = this.nextSequence();
      const asked = MessageFlag.request | flags | (isDump ? 0 : MessageFlag.ack);
      this.send(buildMessage(type, asked, sequence, payload));
      const { replies, isInterrupted } = this.#replies(sequence);
      if (!isInterrupted) return replies;
      if (attempt === dumpAttempts) {
        throw new NetlinkError('interrupted', `a table changed while it was read, ${attempt} times`);
      }
    }
  }

  /** A number for the next message that is sent by `send`. */
  nextSequence(): number {
    this.#sequence = (this.#sequence + 1) >>> 0;
    return this.#sequence;
  }

  /** Sends whole messages as they are. @throws NativeError */
  send(bytes: Uint8Array): void {
    this.native.sendNetlink(this.fd, bytes);
  }

  /**
   * The next datagram's messages.
   * @param forMs to wait; 0 looks and returns
   * @returns null when none came; views that are valid until the next call
   * @throws NetlinkError `malformed`, `cut`; NativeError ENOBUFS where messages were lost
   */
  receive(forMs: number): NetlinkMessage[] | null {
    const len = this.native.receiveNetlink(this.fd, this.#room, forMs);
    if (len === 0) return null;
    if (len > this.#room.length) {
      throw new NetlinkError('cut', `netlink: a datagram of ${len} bytes (room for ${this.#room.length})`);
    }
    return parseMessages(this.#room.subarray(0, len));
  }

  close(): void {
    this.native.closeSocket(this.fd);
  }

  #replies(sequence: number): { replies: NetlinkMessage[]; isInterrupted: boolean } {
    const replies: NetlinkMessage[] = [];
    let bytes = 0;
    let isInterrupted = false;
    for (;;) {
      const messages = this.receive(waitMs);
      if (messages === null) throw new NetlinkError('timeout', `netlink: no answer in ${waitMs} ms`);
      // Answers to a question that was given up on may still come.
      for (const message of messages.filter((each) => each.sequence === sequence)) {
        isInterrupted ||= (message.flags & MessageFlag.dumpInterrupted) !== 0;
        if (message.type === MessageType.done || message.type === MessageType.error) {
          const failure = readOutcome(message);
          if (failure !== null) throw failure;
          return { replies, isInterrupted };
        }
        bytes += message.payload.length;
        if (bytes > mostDumpBytes)
          throw new NetlinkError('too-long', `netlink: above ${mostDumpBytes} bytes`);
        if (message.type !== MessageType.noop) replies.push({ ...message, payload: message.payload.slice() });
      }
    }
  }
}
