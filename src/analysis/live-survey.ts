/**
 * What can be captured on this machine and by whom, found by trying.
 */
import os from 'node:os';
import { capSnapLen } from '../capture/cap-request.js';
import { isCapInstalled, openCap } from '../capture/cap-source.js';
import { CaptureError } from '../capture/capture-error.js';
import { iffUp } from '../capture/interface-flags.js';
import type { LinkType } from '../capture/link-type.js';
import { type Attempt, closeSockets, netnsPath, tryOpening } from '../capture/live-sockets.js';
import { compileCommand, grantCommand, loadNative, type Native } from '../capture/native.js';
import { openSocketsFor } from '../capture/open-ring.js';
import { linkTypeOfKind, listPlans, roleOf } from '../capture/ring-plan.js';
import { type EngineName, InterfaceRole } from '../capture/source.js';
import { listInterfaces } from '../host/interfaces.js';
import { readLinksOf } from '../host/links.js';

/** One interface, as it would be captured. */
export interface SurveyedInterface {
  readonly name: string;
  readonly isUp: boolean;
  readonly role: InterfaceRole;
  /** null where only libpcap would tell. */
  readonly linkType: LinkType | null;
  readonly mtu: number | null;
  /** `ADDRESS/PREFIX`; null where this process may not ask. */
  readonly addresses: readonly string[] | null;
  /** Who would capture it; null: nobody may. */
  readonly engine: EngineName | null;
}

export interface Survey {
  /** As it was asked for, or null: this process's own network namespace. */
  readonly netns: string | null;
  readonly interfaces: readonly SurveyedInterface[];
  /** In the order in which they are made. */
  readonly attempts: readonly Attempt[];
  /** What to do where something is missing, or ''. */
  readonly advice: string;
}

const compileAdvice = `compile the fast engine (needs a C++ compiler, make and python3): ${compileCommand}`;
const grantAdvice = `capture without being root: ${grantCommand}`;

/**
 * @param netns a network namespace by name, process id or path, or null for this process's own
 * @throws CaptureError `interface`, `permission`, `engine` when the namespace cannot be looked into
 */
export async function surveyLive(netns: string | null): Promise<Survey> {
  const path = netns === null ? null : netnsPath(netns);
  const native = loadNative();
  const isMissing = 'reason' in native;
  if (isMissing && netns !== null) {
    throw new CaptureError('engine', `--netns ${netns}`, native.reason, -1, compileCommand);
  }
  const fast: Attempt[] = isMissing
    ? [{ by: 'this process', reason: native.reason }]
    : tryOpening(native, path);
  const reference = await tryReference(netns);
  const isFast = fast.some(({ reason }) => reason === '');
  const isReference = reference.reason === '';
  const engineOf = (isRead: boolean): EngineName | null => {
    if (isFast && isRead) return 'fast';
    return isReference ? 'reference' : null;
  };
  const interfaces = isMissing ? listWithout(engineOf) : listThrough(native, netns, path, engineOf);
  const advice = isMissing ? compileAdvice : isFast ? '' : grantAdvice;
  return { netns, interfaces, attempts: [...fast, reference], advice };
}

/** Opens and closes a loopback interface through libpcap. */
async function tryReference(netns: string | null): Promise<Attempt> {
  const by = 'reference engine';
  if (netns !== null) return { by, reason: 'cannot enter a network namespace' };
  if (!isCapInstalled())
    return { by, reason: 'the optional package `cap` is not installed or did not build' };
  const lo = listInterfaces().find((each) => each.isLoopback && each.isUp);
  if (lo === undefined) return { by, reason: 'there is no loopback interface to try' };
  try {
    const source = await openCap({
      interface: lo.name,
      role: InterfaceRole.loopback,
      filter: '',
      snapLen: capSnapLen,
      bufferBytes: 1 << 20,
    });
    await source.close();
    return { by, reason: '' };
  } catch (error) {
    return { by, reason: (error as Error).message };
  }
}

type EngineOf = (isRead: boolean) => EngineName | null;

function listThrough(
  native: Native,
  netns: string | null,
  path: string | null,
  engineOf: EngineOf,
): SurveyedInterface[] {
  const sockets = openSocketsFor(native, netns, 0, 0, 'lo');
  try {
    const addresses = addressesByInterface(path);
    return listPlans(native, sockets).map((plan) => ({
      name: plan.name,
      isUp: (plan.device.flags & iffUp) !== 0,
      role: roleOf(plan),
      linkType: plan.kind === null ? null : linkTypeOfKind[plan.kind],
      mtu: plan.device.mtu,
      addresses: addresses === null ? null : (addresses.get(plan.name) ?? []),
      engine: engineOf(plan.kind !== null),
    }));
  } finally {
    closeSockets(native, sockets);
  }
}

/** null where only loscope-open may enter the namespace: it passes no socket to ask. */
function addressesByInterface(path: string | null): Map<string, string[]> | null {
  const byName = new Map<string, string[]>();
  try {
    for (const { interface: name, address, prefixLen } of readLinksOf(path).addresses) {
      byName.set(name, [...(byName.get(name) ?? []), `${address}/${prefixLen}`]);
    }
    return byName;
  } catch {
    return null;
  }
}

function listWithout(engineOf: EngineOf): SurveyedInterface[] {
  return listInterfaces().map(({ name, isUp, isLoopback }) => ({
    name,
    isUp,
    role: isLoopback ? InterfaceRole.loopback : InterfaceRole.wire,
    linkType: null,
    mtu: null,
    addresses: addressesOf(name),
    engine: engineOf(false),
  }));
}

function addressesOf(name: string): string[] {
  return (os.networkInterfaces()[name] ?? []).flatMap(({ cidr }) => cidr ?? []);
}
