/**
 * Opens interfaces for the fast live engine: sockets by whoever may, then rings, then all of them bound.
 */
import { CaptureError } from './capture-error.js';
import { closeSockets, type LiveSockets, netnsPath, openSockets, SocketError } from './live-sockets.js';
import { grantCommand, loadNative, type Native, type NativeError } from './native.js';
import { outOfFiles } from './out-of-files.js';
import type { Ring } from './ring.js';
import { FrameKind } from './ring-frames.js';
import { Lane } from './ring-lane.js';
import { ethPAll } from './ring-layout.js';
import { isLoopback, linkTypeOfKind, type Plan, planInterfaces, roleOf } from './ring-plan.js';
import { type RingOptions, setUpRing } from './ring-setup.js';
import { RingSource } from './ring-source.js';

export interface RingsOptions extends RingOptions {
  /** Names; [] is every loopback interface. */
  readonly interfaces: readonly string[];
  /** A network namespace by name, process id or path, or null. */
  readonly netns: string | null;
  /** Sockets to look at the interfaces through, of the same namespace, where the caller has some; they stay open. */
  readonly look?: LiveSockets;
}

/** @throws CaptureError `engine` where the addon or the kernel cannot, `permission`, `interface`, `filter` */
export async function openRings(options: RingsOptions): Promise<RingSource> {
  const { netns } = options;
  const where = options.interfaces[0] ?? 'lo';
  const native = nativeFor(where);
  const look = options.look ?? openSocketsFor(native, netns, 0, 0, where);
  try {
    const plans = planInterfaces(native, look, options.interfaces);
    const raw = plans.filter(isRaw).length;
    const sockets = openSocketsFor(native, netns, raw, plans.length - raw, where);
    return await openLanes(native, sockets, plans, options);
  } finally {
    if (options.look === undefined) closeSockets(native, look);
  }
}

/** Are its frames captured with their link header? */
function isRaw({ kind }: Plan): boolean {
  return kind === FrameKind.ethernet;
}

/** The addon. @throws CaptureError `engine` where there is none */
export function nativeFor(where: string): Native {
  const native = loadNative();
  if (!('reason' in native)) return native;
  throw new CaptureError('engine', where, native.reason, -1, '`loscope interfaces` says what to do');
}

/**
 * Sockets in a network namespace.
 * @param netns its name, process id or path, or null
 * @param interfaceName for errors
 * @throws CaptureError `permission`, `interface`
 */
export function openSocketsFor(
  native: Native,
  netns: string | null,
  raw: number,
  cooked: number,
  interfaceName: string,
): LiveSockets {
  const path = netns === null ? null : netnsPath(netns);
  const where = netns === null ? interfaceName : `--netns ${netns}`;
  try {
    return openSockets(native, path, raw, cooked);
  } catch (error) {
    if (!(error instanceof SocketError)) throw error;
    const lack = outOfFiles(error, where);
    if (lack !== null) throw lack;
    if (path !== null && error.attempts.some(({ reason }) => /invalid argument/i.test(reason))) {
      throw new CaptureError('interface', where, 'is not a network namespace', -1, '`ip netns` lists names');
    }
    const what = `this user may not ${path === null ? 'capture packets' : 'enter the network namespace'}`;
    throw new CaptureError(
      'permission',
      where,
      `${what}: ${error.message}`,
      -1,
      `run as root, or once: ${grantCommand}`,
    );
  }
}

/** Takes the sockets over, also when it throws. */
async function openLanes(
  native: Native,
  sockets: LiveSockets,
  plans: readonly Plan[],
  options: RingsOptions,
): Promise<RingSource> {
  const raw = sockets.packets.slice(0, plans.filter(isRaw).length);
  const cooked = sockets.packets.slice(raw.length);
  const lanes: Lane[] = [];
  let source: RingSource | null = null;
  const settled = await Promise.allSettled(
    plans.map((plan, id) => {
      // Nothing happens on a ring before the source waits for it.
      const onEvent = (status: number): void => source?.onEvent(lanes[id], status);
      return setUpRing(native, (isRaw(plan) ? raw : cooked).shift()!, plan, options, onEvent);
    }),
  );
  const rings = settled.flatMap((each) => (each.status === 'fulfilled' ? each.value : []));
  try {
    for (const each of settled) if (each.status === 'rejected') throw each.reason;
    for (const [id, ring] of rings.entries()) {
      lanes.push(laneOf(native, ring, plans[id], id, sockets.control, options.followsName ?? true));
      bind(native, ring.fd, plans[id]);
    }
    source = new RingSource(native, lanes, sockets, options.netns !== null);
    return source;
  } catch (error) {
    await Promise.all(rings.map((ring) => ring.close()));
    closeSockets(native, { ...sockets, packets: [] });
    throw error;
  }
}

function laneOf(
  native: Native,
  ring: Ring,
  plan: Plan,
  id: number,
  control: number,
  followsName: boolean,
): Lane {
  const { name, device } = plan;
  const { index, hardware } = device;
  const shown = {
    id,
    name,
    linkType: linkTypeOfKind[plan.kind as FrameKind],
    snapLen: ring.shape.snapLen,
    role: roleOf(plan),
    addresses: [],
    dropped: 0,
    index,
  };
  const facts = { index, hardware, isLoopback: isLoopback(device) };
  return new Lane(ring, shown, facts, native, control, followsName);
}

/** @throws CaptureError `interface` for one that went away meanwhile */
function bind(native: Native, fd: number, { name, device }: Plan): void {
  try {
    native.bindPacket(fd, ethPAll, device.index);
  } catch (error) {
    const { code, message } = error as NativeError;
    if (code !== 'ENODEV' && code !== 'ENXIO' && code !== 'ENETDOWN') throw error;
    throw new CaptureError('interface', name, message, -1, 'was it removed?');
  }
}
