/**
 * The stage of a filter about verdicts: it sees every packet of a batch after it was judged, and leaves the selected
 * ones in the batch and in the columns. Flows are tracked over all packets, so that their ids and states are those of
 * the whole capture whatever is selected.
 */
import type { FrameBatch } from '../capture/frame-batch.js';
import { batchCapacity } from '../capture/frame-batch.js';
import { compactPackets, IpProtocol, type PacketBatch } from '../decode/packet-batch.js';
import type { BatchOrigin, FrameFilter } from '../filter/frame-filter.js';
import type { Verdicts } from '../filter/vocabulary.js';
import { Kind, Word } from '../flow/flow-entry.js';
import { tcpStateName } from '../flow/flow-record.js';
import { entryOfFlow, tcpState } from '../flow/flow-report.js';
import { FlowTable } from '../flow/flow-table.js';
import { FlowNumbers } from './flow-numbers.js';

export class PacketSelection {
  /** Over all packets. */
  flows = new FlowTable();
  numbers = new FlowNumbers();
  readonly #countedId = new Uint32Array(batchCapacity);
  readonly #state = new Uint8Array(batchCapacity);
  readonly #tracksStates: boolean;

  constructor(readonly filter: FrameFilter) {
    this.#tracksStates = filter.asks('state');
  }

  /**
   * Leaves the selected packets of a batch that was decoded and judged from its first frame on.
   * @param flowId receives the ids of the packets that are left, among all flows
   */
  apply(
    batch: FrameBatch,
    packets: PacketBatch,
    origin: BatchOrigin,
    { locality, evidence, flowId }: Pick<Verdicts, 'locality' | 'evidence' | 'flowId'>,
  ): void {
    if (this.#tracksStates) trackStates(this.flows, packets, locality, flowId, this.#state);
    else this.flows.add(packets, locality, flowId);
    const verdicts = { locality, evidence, stop: packets.stop, flowId, flowState: this.#state };
    this.filter.apply(batch, origin, verdicts);
    const { selected } = this.filter;
    compactPackets(packets, selected, batch.count);
    for (const column of [locality, evidence, flowId]) {
      for (let k = 0; k < batch.count; k++) column[k] = column[selected[k]];
    }
  }

  /** Counts the packets that are left, in the table of those that count, and notes which flows of the two are the same. */
  countFlows(counted: FlowTable, packets: PacketBatch, locality: Uint8Array, flowId: Uint32Array): void {
    counted.add(packets, locality, this.#countedId);
    this.numbers.note(this.#countedId, flowId, packets.count);
  }

  clear(): void {
    this.numbers = new FlowNumbers();
    this.flows = new FlowTable();
  }
}

/**
 * Adds packets to flows one by one, because a flow's state is wanted as each of them left it.
 * @param state receives the state's place in tcpStateName a packet, 0 where there is none
 */
export function trackStates(
  flows: FlowTable,
  packets: PacketBatch,
  locality: Uint8Array,
  flowId: Uint32Array,
  state: Uint8Array,
): void {
  const { first, count } = packets;
  for (let i = first; i < count; i++) {
    packets.first = i;
    packets.count = i + 1;
    flows.add(packets, locality, flowId);
    state[i] = flowId[i] === 0 ? 0 : stateOf(flows, flowId[i]);
  }
  packets.first = first;
  packets.count = count;
}

/** Place of flow `id`'s state in tcpStateName. */
function stateOf({ entries }: FlowTable, id: number): number {
  const at = entryOfFlow(id);
  const isTcp = (entries[at + Word.kind] & Kind.protocolMask) === IpProtocol.tcp;
  return isTcp ? tcpStateName.indexOf(tcpState(entries[at + Word.flags])) : 0;
}
