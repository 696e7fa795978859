/**
 * The suite `files`: whole-process times on the same cached captures, ours beside everybody's who is installed.
 */
import { formatBytes, formatCount } from '../../src/format/units.js';
import { headOf, loscopeSummary, mixedFilePeers, slowPeers, smallFilePeers } from './file-peers.js';
import type { Input } from './inputs.js';
import { type Bench, type SuiteResult, sized } from './suite.js';
import { type Outcomes, runContenders, secondsPerPacket, workTable } from './work.js';

/** Flows of every capture here, unless flows are what is varied. */
export const usualFlows = 28_000;
const smallPackets = 5_000_000;
const mixedPackets = 3_000_000;
const startNote = 'Whole processes, their start included; the last column compares times a packet.';

export async function files(bench: Bench): Promise<SuiteResult> {
  const small = bench.inputs.get({ packets: sized(bench, smallPackets), flows: usualFlows, sizes: 'small' });
  const head = bench.inputs.get({ packets: headOf(small.packets), flows: usualFlows, sizes: 'small' });
  const ownSmall = loscopeSummary(small);
  const onSmall = await runContenders(bench, [
    ownSmall,
    ...smallFilePeers(small, bench.scratch),
    ...slowPeers(small, head),
  ]);
  const mixed = bench.inputs.get({ packets: sized(bench, mixedPackets), flows: usualFlows, sizes: 'mixed' });
  const ownMixed = loscopeSummary(mixed);
  const onMixed = await runContenders(bench, [ownMixed, ...mixedFilePeers(mixed)]);
  bench.inputs.drop(mixed);
  return {
    tables: [
      workTable(`Files: ${describe(small)}, small`, [startNote], onSmall),
      workTable(`Files: ${describe(mixed)}, mixed sizes`, [startNote], onMixed),
    ],
    figures: { ...smallFigures(onSmall, ownSmall.name), ...mixedFigures(onMixed, ownMixed.name) },
  };
}

function smallFigures(outcomes: Outcomes, own: string): Record<string, number> {
  const ours = secondsPerPacket(outcomes, own);
  const theirs = (name: string): number => secondsPerPacket(outcomes, name);
  const flowTools = ['nfpcapd', 'softflowd', 'argus'].map(theirs).filter((seconds) => !Number.isNaN(seconds));
  return {
    summaryOverTcpdump: ours / theirs('tcpdump -w, one host'),
    flowToolOverSummary: flowTools.length === 0 ? Number.NaN : Math.min(...flowTools) / ours,
    tsharkOverSummary: theirs('tshark -z conv,ip') / ours,
  };
}

function mixedFigures(outcomes: Outcomes, own: string): Record<string, number> {
  return { summarySpeedOverDd: secondsPerPacket(outcomes, 'dd bs=1M') / secondsPerPacket(outcomes, own) };
}

function describe({ packets, flows, fileBytes }: Input): string {
  return `${formatCount(packets)} packets in ${formatCount(flows)} flows, ${formatBytes(fileBytes)}`;
}
