/**
 * Opens the observation of copies: a free log group, then the table that logs to it. What keeps this process from it
 * is said in words.
 */
import { CaptureError } from './capture-error.js';
import { type BatchSieve, CopiesSource } from './copies-source.js';
import { installCopyTable, probeTables, removeStaleTables } from './copy-table.js';
import { netnsPath } from './live-sockets.js';
import { loadNative, type NativeError } from './native.js';
import { NetlinkProtocol, NetlinkSocket } from './netlink.js';
import type { NetlinkError } from './netlink-error.js';
import { bindFreeGroup, mostPacketLen } from './nflog-group.js';
import type { Source } from './source.js';

export interface CopiesOptions {
  /** A network namespace by name, process id or path; null is the one this process is in. */
  readonly netns: string | null;
  /** Most bytes kept of a packet; 0 is no limit. */
  readonly snapLen: number;
  /** Memory of the socket in the kernel. */
  readonly bufferBytes: number;
  /** Leaves the frames that are wanted; null for all. */
  readonly sieve?: BatchSieve | null;
  /** The log group that is tried first. */
  readonly group?: number;
  /** False makes the table as on a kernel that knows no owners of tables. */
  readonly mayOwn?: boolean;
}

const where = '--observe-copies';
const solSocket = 1;
const optionReceiveBuffer = 8;
const optionReceiveBufferForce = 33;
/** The kernel doubles it, in 32 bits. */
const mostReceiveBytes = 1 << 29;

/**
 * A source of the copies of the host's own broadcasts and multicasts, each once, marked FrameFlag.observedCopy.
 * @throws CaptureError `permission`, `engine`, `interface`; then nothing is left behind
 */
export function openCopies(options: CopiesOptions): Source {
  const native = loadNative();
  if ('reason' in native) {
    throw new CaptureError('engine', where, native.reason, -1, '`loscope interfaces` says what to do');
  }
  const path = options.netns === null ? null : netnsPath(options.netns);
  const opened: NetlinkSocket[] = [];
  try {
    for (let i = 0; i < 2; i++) opened.push(NetlinkSocket.open(NetlinkProtocol.netfilter, path));
    return open(opened[0], opened[1], options);
  } catch (error) {
    for (const socket of opened) socket.close();
    throw explain(error as NativeError, options.netns);
  }
}

/** Takes both sockets over, unless it throws. */
function open(tables: NetlinkSocket, log: NetlinkSocket, options: CopiesOptions): Source {
  const { snapLen, sieve = null, group: firstTry, mayOwn } = options;
  probeTables(tables);
  removeStaleTables(tables);
  setReceiveBuffer(log, Math.min(options.bufferBytes, mostReceiveBytes));
  const keepLen = snapLen === 0 ? mostPacketLen : Math.min(snapLen, mostPacketLen);
  const group = bindFreeGroup(log, keepLen, firstTry);
  return new CopiesSource(log, installCopyTable(tables, group, mayOwn), keepLen, sieve);
}

/** As large as asked for where that is allowed, else as large as the system lets everybody have it. */
function setReceiveBuffer({ native, fd }: NetlinkSocket, bytes: number): void {
  const value = new Uint8Array(Int32Array.of(bytes).buffer);
  try {
    native.setOption(fd, solSocket, optionReceiveBufferForce, value);
  } catch {
    native.setOption(fd, solSocket, optionReceiveBuffer, value);
  }
}

function explain(error: NativeError | NetlinkError, netns: string | null): unknown {
  const { code, message } = error;
  if (code === undefined || error instanceof CaptureError) return error;
  if (code === 'EPERM' || code === 'EACCES') {
    const need = netns === null ? 'cap_net_admin' : 'cap_net_admin and cap_sys_admin';
    const what = `this user may not make an nftables table: needs ${need}`;
    return new CaptureError(
      'permission',
      where,
      what,
      -1,
      'run as root, or leave it out: copies are then inferred',
    );
  }
  if (code === 'taken') {
    return new CaptureError(
      'engine',
      where,
      message,
      -1,
      'end what listens to them: `cat /proc/net/netfilter/nfnetlink_log`',
    );
  }
  const what = `the kernel does not log copies here: ${message}`;
  return new CaptureError('engine', where, what, -1, 'needs nf_tables with fib, and nfnetlink_log');
}
