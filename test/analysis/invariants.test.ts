import path from 'node:path';
import test from 'ava';
import { summarize } from '../../src/analysis/summary.js';
import { Locality } from '../../src/classify/locality.js';
import { flowRecord } from '../../src/flow/flow-report.js';
import { summaryJson } from '../../src/report/summary-json.js';
import { ownCaptures } from '../corpus.js';
import { analyzerOf, openFile } from './sources.js';

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

async function read(file: string, most?: number) {
  const analyzer = await analyzerOf([await openFile(file, path.basename(file), most)]);
  const summary = await summarize(analyzer);
  const error = analyzer.errors[0];
  return { analyzer, summary, error: error === null ? '' : `${error.code} at ${error.byte}` };
}

for (const file of ownCaptures()) {
  const name = path.basename(file);

  test(`${name}: what is counted in several ways adds up`, async (t) => {
    const { analyzer, summary } = await read(file);
    const { frames, originalBytes, localities, protocols } = summary;
    t.true(frames > 0);
    t.is(sum(localities.map((one) => one.frames)), frames, 'localities');
    t.is(sum(localities.map((one) => one.originalBytes)), originalBytes, 'bytes of localities');
    t.is(sum(summary.evidence), frames, 'evidence');
    t.is(sum(summary.stops), frames, 'stops');
    t.is(protocols.ipv4 + protocols.ipv6 + protocols.arp + protocols.other, frames, 'networks');
    t.is(sum(summary.sources[0].interfaces.map((one) => one.frames)), frames, 'interfaces');
    t.is(sum(summary.timeline.counts.map(sum)), frames, 'timeline');
    t.true(summary.capturedBytes <= originalBytes);
    const { total, tcp, udp, icmp } = summary.flows;
    t.true(tcp + udp + icmp <= total);
    const { rows } = await analyzer.rows(0, frames, {});
    t.is(rows.length, frames);
    const arpLeaks = rows.filter((row) => row.protocol === 'arp' && row.locality === Locality.leak);
    const withAddresses =
      originalBytes -
      sum([Locality.notIp, Locality.undecoded].map((locality) => localities[locality].originalBytes));
    const flows = Array.from({ length: total }, (_, i) => flowRecord(analyzer.pipeline.flows, i + 1));
    const flowBytes = flows.map(({ forward, reverse }) => forward.originalBytes + reverse.originalBytes);
    t.is(sum(flowBytes), withAddresses - sum(arpLeaks.map((row) => row.origLen)), 'flows');
    const framesOfFlows = flows.map(({ forward, reverse }) => forward.frames + reverse.frames);
    t.is(sum(framesOfFlows), rows.filter((row) => row.flow > 0).length, 'frames of flows');
  });

  test(`${name}: how many bytes a read gives changes nothing in the summary or the timeline`, async (t) => {
    const whole = await read(file);
    for (const most of [1, 17, 4096]) {
      const pieces = await read(file, most);
      t.is(pieces.error, whole.error, `${most} a read`);
      t.is(summaryJson(pieces.summary), summaryJson(whole.summary), `${most} a read`);
      t.deepEqual(pieces.summary.timeline, whole.summary.timeline, `${most} a read`);
    }
  });
}

test('a later fragment counts for its version of IP and for no transport', async (t) => {
  const file = ownCaptures().find((name) => name.endsWith('fragments-lowered-mtu.pcap'))!;
  const { summary } = await read(file);
  t.like(summary.protocols, { ipv4: 3, ipv6: 3, udp: 2 });
});
