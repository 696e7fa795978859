/**
 * Interfaces as open live sources.
 */
import { capSnapLen } from '../capture/cap-request.js';
import { openCap } from '../capture/cap-source.js';
import { CaptureError } from '../capture/capture-error.js';
import { InterfaceRole, type Source } from '../capture/source.js';
import { type HostInterface, listInterfaces } from '../host/interfaces.js';
import { UsageError } from './exit-code.js';
import type { Options } from './options.js';

/** The interfaces' names. */
export function interfaceTitle(sources: readonly Source[]): string {
  return sources.map((source) => source.name).join(', ');
}

/**
 * Opens the interfaces asked for, or every loopback interface.
 * @throws CaptureError, UsageError
 */
export async function openInterfaces(options: Options, filter: string): Promise<Source[]> {
  if (options.engine === 'fast') {
    throw new UsageError(
      '--engine fast: captures files only so far (leave it out: live capture goes through libpcap)',
    );
  }
  const known = listInterfaces();
  const loopbacks = known.filter((each) => each.isLoopback).map((each) => each.name);
  const names = options.interfaces.length > 0 ? options.interfaces : loopbacks;
  if (names.length === 0) throw new UsageError('no loopback interface was found (name one with -i)');
  const sources: Source[] = [];
  try {
    for (const name of new Set(names)) sources.push(await openInterface(name, known, options, filter));
  } catch (error) {
    for (const source of sources) void source.close();
    throw error;
  }
  return sources;
}

async function openInterface(
  name: string,
  known: readonly HostInterface[],
  options: Options,
  filter: string,
): Promise<Source> {
  const found = known.find((each) => each.name === name);
  if (found === undefined && name !== 'any') {
    const names = known.map((each) => each.name).join(', ');
    throw new CaptureError('interface', name, 'no such interface', -1, `there are: ${names}`);
  }
  if (found?.isUp === false) {
    throw new CaptureError('interface', name, 'the interface is down', -1, `ip link set ${name} up`);
  }
  return openCap({
    interface: name,
    role: roleOf(found),
    filter,
    snapLen: options.snapLen === 0 ? capSnapLen : Math.min(options.snapLen, capSnapLen),
    bufferBytes: options.bufferBytes,
  });
}

/** `any` has no role: its link header names each frame's device type. */
function roleOf(found: HostInterface | undefined): InterfaceRole {
  if (found === undefined) return InterfaceRole.unknown;
  return found.isLoopback ? InterfaceRole.loopback : InterfaceRole.wire;
}
