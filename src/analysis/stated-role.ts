/**
 * What is said of a capture beside its frames: the roles of its interfaces, and addresses it recorded.
 */
import type { CaptureInterface, InterfaceRole, Source } from '../capture/source.js';
import { isLoopbackPrefix, parsePrefix } from '../host/host-model.js';
import { interfaceNames } from './origin.js';

/**
 * The role of an interface: as the user says, else as the capture does.
 * @param roles by interface name, by file name for captures that name no interface, or `*` for all
 */
export function statedRole(
  source: Source,
  captured: CaptureInterface,
  roles: ReadonlyMap<string, InterfaceRole>,
): InterfaceRole {
  const given = [...interfaceNames(source, captured), '*']
    .map((name) => roles.get(name))
    .find((role) => role !== undefined);
  return given ?? captured.role;
}

/** Recorded addresses that tell which host it is: lo's own 127.0.0.1 alone says nothing. */
export function tellingAddresses(recorded: readonly string[]): string[] {
  return recorded.filter((text) => {
    const prefix = parsePrefix(text);
    return prefix !== null && !isLoopbackPrefix(prefix);
  });
}
