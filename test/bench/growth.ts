/**
 * The suite `growth`: what the work costs as it grows, by packets and by flows. Time should grow as packets do, memory
 * with flows alone.
 */
import { formatCount } from '../../src/format/units.js';
import { type Contender, loscopeSummary } from './file-peers.js';
import { usualFlows } from './files.js';
import { most } from './statistics.js';
import { type Bench, type SuiteResult, sized } from './suite.js';
import { type Outcomes, runContenders, workTable } from './work.js';

/** The last is ten times the one before the one before it, for the bar on memory. */
const packetSteps = [100_000, 1_000_000, 2_000_000, 5_000_000, 20_000_000];
const flowSteps = [100, 10_000, 1_000_000];
const flowPackets = 5_000_000;

export async function growth(bench: Bench): Promise<SuiteResult> {
  const byPackets = packetSteps.map((packets) =>
    bench.inputs.get({ packets: sized(bench, packets), flows: usualFlows, sizes: 'small' }),
  );
  const packetWork = byPackets.map((input) => loscopeSummary(input, `${formatCount(input.packets)} packets`));
  const onPackets = await runContenders(bench, packetWork);
  bench.inputs.drop(byPackets.at(-1)!);
  const byFlows = flowSteps.map((flows) =>
    bench.inputs.get({ packets: sized(bench, flowPackets), flows: sized(bench, flows), sizes: 'small' }),
  );
  const flowWork = byFlows.map((input) => loscopeSummary(input, `${formatCount(input.flows)} flows`));
  const onFlows = await runContenders(bench, flowWork);
  return {
    tables: [
      workTable(
        `Growth: packets, in ${formatCount(usualFlows)} flows`,
        ['loscope summary, whole processes.'],
        onPackets,
      ),
      workTable(
        `Growth: flows, of ${formatCount(byFlows[0].packets)} packets`,
        ['loscope summary.'],
        onFlows,
      ),
    ],
    figures: {
      peakOverTenth: peakOf(onPackets, packetWork.at(-1)!) / peakOf(onPackets, packetWork.at(-3)!),
      peakMillionFlows: peakOf(onFlows, flowWork.at(-1)!),
    },
  };
}

function peakOf(outcomes: Outcomes, contender: Contender): number {
  return most(outcomes.get(contender)!.runs.map((run) => run.peakMebibytes));
}
