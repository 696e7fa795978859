/**
 * The one pass that every frame takes: decode, classify, find its flow, count. Holds the columns of the batch in
 * hand, so that a printer or a store can look at it before the next one. Where nobody wants all columns, plain
 * frames of known flows take a shorter way (fast-lane.ts).
 *
 *     FrameBatch → decode → PacketBatch → classify → locality, evidence → FlowTable → flowId → Counters
 */
import type { FrameBatch } from '../capture/frame-batch.js';
import { batchCapacity } from '../capture/frame-batch.js';
import { LinkType } from '../capture/link-type.js';
import type { CaptureInterface, InterfaceRole, Source } from '../capture/source.js';
import { Classifier } from '../classify/classify.js';
import { Locality } from '../classify/locality.js';
import { decode } from '../decode/decode.js';
import { PacketBatch } from '../decode/packet-batch.js';
import type { FrameFilter } from '../filter/frame-filter.js';
import { FlowTable } from '../flow/flow-table.js';
import { HostLookup } from '../host/host-lookup.js';
import { emptyHost, type HostModel, hostOfAddresses } from '../host/host-model.js';
import { Copies } from './copies.js';
import { Counters } from './counters.js';
import { FastLane, fastestLoop } from './fast-lane.js';
import type { FlowNumbers } from './flow-numbers.js';
import { reportInterfaces } from './interface-report.js';
import { originOf } from './origin.js';
import { PacketSelection } from './packet-selection.js';
import type { InterfaceReport } from './port.js';
import { statedRole, tellingAddresses } from './stated-role.js';
import { Timeline } from './timeline.js';
import { VerdictTags } from './verdict-tags.js';

/** What the user said of the host and its interfaces. */
export interface PipelineOptions {
  /** `--host`: the addresses of the host, as `ADDR/PREFIX`; [] when not given. */
  readonly hostAddresses: readonly string[];
  /** Reads the model of this machine, for live sources only. */
  readonly liveHost: (() => HostModel) | null;
  /** A filter about verdicts, which only the pipeline can apply; null or absent for none. */
  readonly selection?: FrameFilter | null;
  /** `--interface-role`: by interface name, by file name for captures that name no interface, or `*` for all. */
  readonly roles: ReadonlyMap<string, InterfaceRole>;
  /** Knows the numbers of the frames of a batch that it selected; without it they are numbered as they come. */
  readonly filter?: { readonly numbers: Float64Array } | null;
}

/** One source as the pipeline sees it. */
interface SourceState {
  readonly source: Source;
  classifier: Classifier;
  /** Interfaces that were learned. */
  knownInterfaces: number;
  /** Addresses that the capture recorded and the classifier knows. */
  recordedAddresses: number;
  /** When the live host was read, in milliseconds of the process's clock. */
  hostReadMs: number;
  readonly roles: InterfaceRole[];
  readonly frames: number[];
  readonly loopbackLinks: number[];
}

/** Addresses of one capture that are taken for the host's own; a hostile file may record any number. */
const maxRecordedAddresses = 65536;
/** The live host's tables are read no more often. */
const hostReadEveryMs = 1000;

export class Pipeline {
  readonly packets = new PacketBatch(batchCapacity);
  readonly locality = new Uint8Array(batchCapacity);
  readonly evidence = new Uint8Array(batchCapacity);
  readonly flowId = new Uint32Array(batchCapacity);
  counters = new Counters();
  flows = new FlowTable();
  timeline = new Timeline();
  readonly copies = new Copies();
  /** Whether somebody looks at `packets` after ingest(): then every frame goes through the stages. */
  wantsColumns = false;
  #lane: FastLane;
  /** Frames that go through the stages next time that the fast lane ends. */
  #stride = 1;
  readonly #sources: SourceState[];
  /** null where every packet counts. */
  readonly #selection: PacketSelection | null;

  constructor(
    sources: readonly Source[],
    readonly options: PipelineOptions,
    readonly makeLoop = fastestLoop,
    readonly tags = new VerdictTags(),
  ) {
    this.#lane = new FastLane(this, this.packets, tags, makeLoop);
    const { selection = null } = options;
    this.#selection = selection === null ? null : new PacketSelection(selection);
    this.#sources = sources.map((source) => ({
      source,
      classifier: new Classifier(new HostLookup(this.#firstHost(source))),
      knownInterfaces: 0,
      recordedAddresses: 0,
      hostReadMs: performance.now(),
      roles: [],
      frames: [],
      loopbackLinks: [],
    }));
    // A live source knows its interfaces before the first frame.
    for (const state of this.#sources) this.#learnInterfaces(state, state.source.interfaces);
  }

  /** Takes one batch of source number `sourceIndex`; its columns stand until the next call. */
  ingest(sourceIndex: number, batch: FrameBatch): void {
    if (batch.count > batchCapacity)
      throw new RangeError(`a batch of ${batch.count} frames is above ${batchCapacity}`);
    const state = this.#sources[sourceIndex];
    this.#learnNew(state);
    const role = state.roles[batch.interfaceId];
    const seen = this.counters.frames;
    if (this.#selection !== null) this.#passSelected(state, batch, role, this.#selection);
    else if (this.wantsColumns || batch.linkType !== LinkType.ethernet)
      this.#pass(state, batch, role, 0, batch.count);
    else this.#ingestEthernet(state, batch, role);
    this.#lookForCopies(state, batch, seen);
    state.frames[batch.interfaceId] += batch.count;
  }

  /** Counts one batch of source number `sourceIndex` without judging it: no verdicts, no flows. */
  countUnjudged(sourceIndex: number, batch: FrameBatch): void {
    const state = this.#sources[sourceIndex];
    this.#learnNew(state);
    this.counters.countUnjudged(batch);
    state.frames[batch.interfaceId] += batch.count;
  }

  /** @param seen frames before this batch */
  #lookForCopies(state: SourceState, batch: FrameBatch, seen: number): void {
    const filter = this.options.filter ?? null;
    this.copies.look(batch, this.locality, {
      numberOf: (i) => (filter === null ? seen + i + 1 : filter.numbers[i]),
      interface: state.source.interfaces[batch.interfaceId].name,
      host: () => {
        this.#readHostAgain(state);
        return state.classifier.host;
      },
    });
  }

  /**
   * By turns: the fast lane as far as it goes, then some frames through the stages. Where the lane takes few, more
   * and more frames go through the stages at once, which cost less each the more they are.
   */
  #ingestEthernet(state: SourceState, batch: FrameBatch, role: InterfaceRole): void {
    const lane = this.#lane;
    if (this.tags.areSpent) {
      this.flows.forgetVerdicts();
      this.tags.restart();
    }
    for (let from = 0; from < batch.count; ) {
      const taken = lane.take(batch, from, state.classifier, role) - from;
      state.loopbackLinks[batch.interfaceId] += lane.loopbackLinks;
      from += taken;
      this.#stride = taken > this.#stride ? 1 : Math.min(2 * this.#stride, batchCapacity);
      const to = Math.min(from + this.#stride, batch.count);
      if (from === to) return;
      this.#pass(state, batch, role, from, to);
      from = to;
    }
  }

  /** Frames `from` up to `to` of a batch through the stages. */
  #pass(state: SourceState, batch: FrameBatch, role: InterfaceRole, from: number, to: number): void {
    const { packets, locality, evidence, flowId } = this;
    this.#judge(state, batch, role, from, to);
    this.flows.add(packets, locality, flowId);
    state.loopbackLinks[batch.interfaceId] += this.counters.count(packets, locality, evidence);
    this.timeline.add(batch.tsWords, locality, from, to);
  }

  #judge(state: SourceState, batch: FrameBatch, role: InterfaceRole, from: number, to: number): void {
    decode(batch, this.packets, from, to);
    state.classifier.classify(this.packets, role, this.locality, this.evidence);
    this.#judgeStraysAgain(state, role);
  }

  /** The whole batch: every packet is judged, the selected ones are left in it and counted. */
  #passSelected(
    state: SourceState,
    batch: FrameBatch,
    role: InterfaceRole,
    selection: PacketSelection,
  ): void {
    const { packets, locality, evidence, flowId } = this;
    this.#judge(state, batch, role, 0, batch.count);
    selection.apply(batch, packets, originOf(state.source, batch), { locality, evidence, flowId });
    if (batch.count === 0) return;
    selection.countFlows(this.flows, packets, locality, flowId);
    state.loopbackLinks[batch.interfaceId] += this.counters.count(packets, locality, evidence);
    this.timeline.add(batch.tsWords, locality, 0, batch.count);
  }

  /** Numbers of flows where only some packets count; null where all do. */
  get flowNumbers(): FlowNumbers | null {
    return this.#selection?.numbers ?? null;
  }

  /** The table that `flowId` is about: with a filter about verdicts, that of all packets. */
  get trackedFlows(): FlowTable {
    return this.#selection?.flows ?? this.flows;
  }

  /** What is known of a source's host before anything was read. */
  #firstHost(source: Source): HostModel {
    const { hostAddresses, liveHost } = this.options;
    if (hostAddresses.length > 0) return hostOfAddresses('given', hostAddresses);
    return source.format === 'live' && liveHost !== null ? liveHost() : emptyHost;
  }

  #learnNew(state: SourceState): void {
    const { interfaces } = state.source;
    if (state.knownInterfaces !== interfaces.length) this.#learnInterfaces(state, interfaces);
  }

  #learnInterfaces(state: SourceState, interfaces: readonly CaptureInterface[]): void {
    for (let id = state.knownInterfaces; id < interfaces.length; id++) {
      state.roles.push(statedRole(state.source, interfaces[id], this.options.roles));
      state.frames.push(0);
      state.loopbackLinks.push(0);
      this.#learnAddresses(state, interfaces[id].addresses);
      if (interfaces[id].linkType === LinkType.nflog)
        this.copies.expect(state.source.observesCopies === true);
    }
    state.knownInterfaces = interfaces.length;
  }

  /** Takes recorded addresses for the host's own, where nobody gave others. lo's own 127.0.0.1 alone says nothing. */
  #learnAddresses(state: SourceState, recorded: readonly string[]): void {
    const { origin } = state.classifier.host;
    if (origin === 'given' || origin === 'live') return;
    const room = Math.max(0, maxRecordedAddresses - state.recordedAddresses);
    const telling = tellingAddresses(recorded).slice(0, room);
    if (telling.length === 0) return;
    state.recordedAddresses += telling.length;
    const model = hostOfAddresses('recorded', telling);
    if (origin === 'recorded') state.classifier.host.add(model);
    else state.classifier = new Classifier(new HostLookup(model));
  }

  /**
   * An address may have come to a live host since its tables were read, and would make its traffic stray: reads
   * them again, at most once a second, and judges the batch anew.
   */
  #judgeStraysAgain(state: SourceState, role: InterfaceRole): void {
    const { packets, locality, evidence } = this;
    if (state.classifier.host.origin !== 'live') return;
    if (!locality.subarray(packets.first, packets.count).includes(Locality.stray)) return;
    if (this.#readHostAgain(state)) state.classifier.classify(packets, role, locality, evidence);
  }

  /** Reads the live host's tables, if that is long enough ago. @returns whether it did */
  #readHostAgain(state: SourceState): boolean {
    const { liveHost } = this.options;
    if (state.classifier.host.origin !== 'live' || liveHost === null) return false;
    if (performance.now() - state.hostReadMs < hostReadEveryMs) return false;
    state.hostReadMs = performance.now();
    state.classifier = new Classifier(new HostLookup(liveHost()));
    return true;
  }

  /** Own addresses that verdicts of any source use. */
  ownAddresses(): string[] {
    return [...new Set(this.#sources.flatMap((state) => state.classifier.host.addresses))];
  }

  /** Name and role of the interface that a frame was seen on, and the host it was seen by. */
  seenOn(
    sourceIndex: number,
    interfaceId: number,
  ): { interface: string; role: InterfaceRole; host: HostLookup } {
    const { source, roles, classifier } = this.#sources[sourceIndex];
    const { name } = source.interfaces[interfaceId];
    return { interface: name, role: roles[interfaceId], host: classifier.host };
  }

  /** The interfaces of a source with what was seen of each. */
  interfaceReports(sourceIndex: number): InterfaceReport[] {
    return reportInterfaces(this.#sources[sourceIndex]);
  }

  /** Forgets everything counted. */
  clear(): void {
    this.counters = new Counters();
    this.flows = new FlowTable();
    this.timeline = new Timeline();
    this.#selection?.clear();
    this.copies.clear();
    this.#lane = new FastLane(this, this.packets, this.tags, this.makeLoop);
    for (const state of this.#sources) {
      state.frames.fill(0);
      state.loopbackLinks.fill(0);
    }
  }
}
