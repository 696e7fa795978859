/**
 * Interfaces as open live sources: our own engine first, then, where it cannot or may not and nobody insists, the
 * reference engine.
 */

import { capSnapLen } from '../capture/cap-request.js';
import { openCap } from '../capture/cap-source.js';
import { CaptureError } from '../capture/capture-error.js';
import { interfaceIsDown, noLoopbackInterface, noSuchInterface } from '../capture/interface-fault.js';
import { openCopies } from '../capture/open-copies.js';
import { openRings } from '../capture/open-ring.js';
import { InterfaceRole, type Source } from '../capture/source.js';
import { type HostInterface, listInterfaces } from '../host/interfaces.js';
import { copiesSieve, kernelCompiler, planReferenceFilter } from './live-filter.js';
import type { LiveSpec } from './source-spec.js';

/**
 * Opens the interfaces asked for, or every loopback interface; and the observation of copies, if that is asked for.
 * @throws CaptureError, FilterError; with nothing left open
 */
export async function openLive(spec: LiveSpec): Promise<Source[]> {
  if (spec.observesCopies !== true) return openInterfaces(spec);
  const sieve = copiesSieve(spec.filter);
  const sources = await openInterfaces(spec);
  try {
    return [...sources, openCopies({ ...spec, sieve })];
  } catch (error) {
    for (const source of sources) void source.close();
    throw error;
  }
}

async function openInterfaces(spec: LiveSpec): Promise<Source[]> {
  if (spec.engine !== 'reference') {
    try {
      return [await openRings({ ...spec, compiler: kernelCompiler })];
    } catch (error) {
      const isLast = spec.engine === 'fast' || spec.netns !== null;
      if (isLast || !(error instanceof CaptureError && canOtherTry(error))) throw error;
      return openReference(spec).catch((second: unknown) => {
        // Without either engine the better one is worth compiling.
        const isMissing = second instanceof CaptureError && second.code === 'engine';
        throw error.code === 'permission' || isMissing ? error : second;
      });
    }
  }
  if (spec.netns !== null) {
    const what = 'the reference engine cannot enter a network namespace';
    throw new CaptureError('engine', `--netns ${spec.netns}`, what, -1, 'leave --engine out');
  }
  return openReference(spec);
}

/** The other engine may do what this one cannot here; a wrong name or filter is wrong for both. */
function canOtherTry({ code }: CaptureError): boolean {
  return code === 'engine' || code === 'permission';
}

/** Through libpcap: a source an interface. */
async function openReference(spec: LiveSpec): Promise<Source[]> {
  const known = listInterfaces();
  const loopbacks = known.filter((each) => each.isLoopback).map((each) => each.name);
  const names = spec.interfaces.length > 0 ? spec.interfaces : loopbacks;
  if (names.length === 0) throw noLoopbackInterface();
  const sources: Source[] = [];
  try {
    for (const name of new Set(names)) sources.push(await openInterface(name, known, spec));
  } catch (error) {
    for (const source of sources) void source.close();
    throw error;
  }
  return sources;
}

async function openInterface(
  name: string,
  known: readonly HostInterface[],
  { filter, snapLen, bufferBytes }: LiveSpec,
): Promise<Source> {
  const found = known.find((each) => each.name === name);
  if (found === undefined && name !== 'any') {
    const names = known.map((each) => each.name);
    throw noSuchInterface(name, names);
  }
  if (found?.isUp === false) throw interfaceIsDown(name);
  return openCap({
    interface: name,
    role: roleOf(found),
    filter: planReferenceFilter(filter).kernelText,
    snapLen: snapLen === 0 ? capSnapLen : Math.min(snapLen, capSnapLen),
    bufferBytes,
  });
}

/** `any` has no role: its link header names each frame's device type. */
function roleOf(found: HostInterface | undefined): InterfaceRole {
  if (found === undefined) return InterfaceRole.unknown;
  return found.isLoopback ? InterfaceRole.loopback : InterfaceRole.wire;
}
