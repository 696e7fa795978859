/**
 * The network interfaces of this machine: which are loopback, which are up. Loopback is told by IFF_LOOPBACK,
 * never by the name `lo`.
 */
import fs from 'node:fs';
import os from 'node:os';
import { iffLoopback, iffUp } from '../capture/interface-flags.js';
import { bytesOfText, textOfBytes } from '../format/kernel-text.js';

export interface HostInterface {
  readonly name: string;
  readonly isLoopback: boolean;
  readonly isUp: boolean;
}

/** In the order of the system; [] where nothing can be read. */
export function listInterfaces(root = '/sys/class/net'): HostInterface[] {
  try {
    return fs.readdirSync(root, 'buffer').flatMap((name) => readInterface(root, textOfBytes(name)));
  } catch {
    return Object.entries(os.networkInterfaces()).map(([name, addresses]) => ({
      name,
      isLoopback: addresses?.some((address) => address.internal) ?? false,
      isUp: true,
    }));
  }
}

function readInterface(root: string, name: string): HostInterface[] {
  try {
    const file = Buffer.from(bytesOfText(`${root}/${name}/flags`));
    const flags = Number.parseInt(fs.readFileSync(file, 'latin1'), 16);
    return [{ name, isLoopback: (flags & iffLoopback) !== 0, isUp: (flags & iffUp) !== 0 }];
  } catch {
    return []; // Not a directory of an interface (bonding_masters), or gone by now.
  }
}
