/**
 * The whole of a capture as plain data: the snapshot, the largest flows, and every address with its traffic.
 */

import { Kind, Word } from '../flow/flow-entry.js';
import type { FlowRecord } from '../flow/flow-record.js';
import { addressText, entryOfFlow } from '../flow/flow-report.js';
import type { FlowTable } from '../flow/flow-table.js';
import { addressScope } from '../format/address-scope.js';
import type { Analyzer } from './analyzer.js';
import type { Snapshot } from './port.js';

/** Flows and addresses that a summary lists: the largest by bytes. */
const topFlows = 20;
const topAddresses = 100;

export interface AddressTotal {
  readonly address: string;
  /** `loopback`, `private`, `global` … */
  readonly scope: string;
  /** Frames with the address as source or destination. */
  readonly frames: number;
  readonly originalBytes: number;
}

export interface Summary extends Snapshot {
  /** Largest by bytes first. */
  readonly topFlows: readonly FlowRecord[];
  /** Largest by bytes first. */
  readonly addresses: readonly AddressTotal[];
  /** Addresses seen, of which `addresses` lists the largest. */
  readonly addressCount: number;
}

export async function summarize(analyzer: Analyzer): Promise<Summary> {
  const { rows } = await analyzer.flows('bytes', true, 0, topFlows, {});
  const totals = addressTotals(analyzer.pipeline.flows);
  return { ...analyzer.snapshotNow(), topFlows: rows, ...totals };
}

/** Frames and bytes of each address, over both ends of all flows; of an address that sends to itself once. */
function addressTotals(flows: FlowTable): { addresses: AddressTotal[]; addressCount: number } {
  const indexOfAddress = new Map<number, number>();
  const keys: number[] = [];
  const frames: number[] = [];
  const bytes: number[] = [];
  const add = (key: number, flowFrames: number, flowBytes: number): void => {
    let index = indexOfAddress.get(key);
    if (index === undefined) {
      index = keys.length;
      indexOfAddress.set(key, index);
      keys.push(key);
      frames.push(0);
      bytes.push(0);
    }
    frames[index] += flowFrames;
    bytes[index] += flowBytes;
  };
  const { entries, doubles } = flows;
  for (let id = 1; id <= flows.size; id++) {
    const at = entryOfFlow(id);
    const flowFrames = (entries[at + Word.forwardFrames] >>> 0) + (entries[at + Word.reverseFrames] >>> 0);
    const flowBytes = doubles[(at + Word.forwardBytes) >> 1] + doubles[(at + Word.reverseBytes) >> 1];
    // IPv6 numbers are told from IPv4 addresses by an offset beyond 32 bits.
    const version = (entries[at + Word.kind] & Kind.ipv6) !== 0 ? 2 ** 32 : 0;
    const low = version + (entries[at + Word.low] >>> 0);
    const high = version + (entries[at + Word.high] >>> 0);
    add(low, flowFrames, flowBytes);
    if (high !== low) add(high, flowFrames, flowBytes);
  }
  const order = Array.from(keys, (_, i) => i).sort(
    (a, b) => bytes[b] - bytes[a] || frames[b] - frames[a] || a - b,
  );
  const addresses = order.slice(0, topAddresses).map((i) => {
    const address = addressText(flows, keys[i] >= 2 ** 32, keys[i] | 0);
    return { address, scope: addressScope(address), frames: frames[i], originalBytes: bytes[i] };
  });
  return { addresses, addressCount: keys.length };
}
