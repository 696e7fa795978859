/**
 * Which interfaces the fast live engine captures, and as what.
 */
import { CaptureError } from './capture-error.js';
import { deviceByName } from './device.js';
import { interfaceIsDown, noLoopbackInterface, noSuchInterface } from './interface-fault.js';
import { iffLoopback, iffUp } from './interface-flags.js';
import { LinkType } from './link-type.js';
import { type LiveSockets, readInterfaceNames } from './live-sockets.js';
import type { DeviceFacts, Native } from './native.js';
import { FrameKind } from './ring-frames.js';
import { Hardware } from './ring-layout.js';
import { InterfaceRole } from './source.js';

/** One interface as it will be captured. */
export interface Plan {
  readonly name: string;
  readonly device: DeviceFacts;
  /** null: not one that is read here. */
  readonly kind: FrameKind | null;
}

export const linkTypeOfKind = {
  [FrameKind.ethernet]: LinkType.ethernet,
  [FrameKind.ip]: LinkType.raw,
  [FrameKind.any]: LinkType.linuxSll2,
} as const;

/** Every interface, as index 0 of a packet socket has it. */
const anyDevice: DeviceFacts = { index: 0, flags: iffUp, hardware: 0, mtu: 0 };

/** Hardware types whose packets begin with an IP header when the link header is left out. */
const tunnels: readonly number[] = [
  Hardware.none,
  Hardware.rawIp,
  Hardware.tunnel,
  Hardware.tunnel6,
  Hardware.sit,
  Hardware.ipGre,
  Hardware.ip6Gre,
  Hardware.ppp,
];

export function isLoopback({ flags }: DeviceFacts): boolean {
  return (flags & iffLoopback) !== 0;
}

/** `any` has no role: its link header names each frame's device type. */
export function roleOf({ kind, device }: Plan): InterfaceRole {
  if (kind === FrameKind.any) return InterfaceRole.unknown;
  return isLoopback(device) ? InterfaceRole.loopback : InterfaceRole.wire;
}

/** Every interface of the namespace. */
export function listPlans(native: Native, look: LiveSockets): Plan[] {
  return readInterfaceNames(look.tables).flatMap((name) => {
    try {
      return [planOf(native, look, name)];
    } catch {
      return []; // Gone by now.
    }
  });
}

/** @throws NativeError when there is no such interface */
function planOf(native: Native, { control }: LiveSockets, name: string): Plan {
  const device = deviceByName(native, control, name);
  return { name, device, kind: kindOf(device.hardware) };
}

function kindOf(hardware: number): FrameKind | null {
  if (hardware === Hardware.ethernet || hardware === Hardware.loopback) return FrameKind.ethernet;
  return tunnels.includes(hardware) ? FrameKind.ip : null;
}

/**
 * The interfaces asked for, or every loopback interface.
 * @throws CaptureError `interface`
 */
export function planInterfaces(native: Native, look: LiveSockets, names: readonly string[]): Plan[] {
  const plans =
    names.length > 0
      ? [...new Set(names)].map((name) => planNamed(native, look, name))
      : listPlans(native, look).filter(({ device }) => isLoopback(device));
  if (plans.length === 0) throw noLoopbackInterface();
  for (const plan of plans) check(plan);
  return plans;
}

function planNamed(native: Native, look: LiveSockets, name: string): Plan {
  if (name === 'any') return { name, device: anyDevice, kind: FrameKind.any };
  try {
    return planOf(native, look, name);
  } catch {
    throw noSuchInterface(name, readInterfaceNames(look.tables));
  }
}

function check({ name, device, kind }: Plan): void {
  if ((device.flags & iffUp) === 0) throw interfaceIsDown(name);
  if (kind !== null) return;
  const what = `interfaces of hardware type ${device.hardware} are not read by the fast engine`;
  throw new CaptureError('interface', name, what, -1, 'use --engine reference');
}
