import path from 'node:path';
import test from 'ava';
import { summarize } from '../../src/analysis/summary.js';
import { LinkType } from '../../src/capture/link-type.js';
import { InterfaceRole } from '../../src/capture/source.js';
import { evidenceName, localityName } from '../../src/classify/locality.js';
import { stopName } from '../../src/decode/layer.js';
import { ansi, plain } from '../../src/format/color.js';
import { summaryJson, summaryRecord } from '../../src/report/summary-json.js';
import { summaryText } from '../../src/report/summary-text.js';
import { analyzerOf, openBytes, pcapOf } from '../analysis/sources.js';
import { ownCaptures } from '../corpus.js';
import { compareGolden } from '../golden.js';
import { labHost, ownSummary, visible } from './summaries.js';

const readsAs = test.macro({
  exec: async (t, golden: string, names: readonly string[], hostAddresses: readonly string[]) => {
    const summary = await ownSummary(names, { hostAddresses });
    compareGolden(t, `goldens/report/${golden}.summary.txt`, summaryText(summary, plain));
    compareGolden(t, `goldens/report/${golden}.summary.json`, summaryJson(summary));
  },
  title: (_provided, golden) => `the summary of ${golden} reads as its goldens say`,
});

test(readsAs, 'two-interfaces', ['two-interfaces-lo-and-eth0.pcapng'], []);
test(readsAs, 'truncated-file', ['truncated-file.pcap'], []);
test(
  readsAs,
  'several-files-host-given',
  [
    'self-addressed.pcap',
    'hairpin-router-pings-itself.pcap',
    'fragments-lowered-mtu.pcap',
    'ping-127.127.127.127.pcap',
  ],
  labHost,
);

test('colour marks leaks, damage and headings, and nothing else of the text', async (t) => {
  const summary = await ownSummary(['leak-egress-lost-local-route.pcapng', 'truncated-file.pcap']);
  const text = summaryText(summary, ansi);
  t.regex(visible(text), /\\e\[31mleak .*A LOOPBACK ADDRESS ON A WIRE\\e\[0m\n/);
  t.regex(visible(text), /\\e\[31m {4}INCOMPLETE: truncated-file\.pcap.*\\e\[0m\n/);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are escape sequences
  t.is(text.replaceAll(/\u001b\[\d+m/g, ''), summaryText(summary, plain));
});

test('a capture without frames says so', async (t) => {
  const analyzer = await analyzerOf([await openBytes('empty.pcap', pcapOf([], LinkType.ethernet))]);
  const summary = await summarize(analyzer);
  t.regex(summaryText(summary, plain), /^Verdicts\n {2}no frames\n/);
  t.false(summaryText(summary, plain).includes('NaN'));
  const record = JSON.parse(summaryJson(summary));
  t.like(record, { frames: 0, firstTime: null, lastTime: null, addresses: [] });
});

test('copies that looped back unseen stand below the verdicts, and are no frames', async (t) => {
  const summary = await ownSummary(['cast-original-with-local-receiver.pcap'], {
    hostAddresses: labHost,
    roles: new Map([['*', InterfaceRole.wire]]),
  });
  const [title, originals, copies] = summaryText(summary, plain).split('\n');
  t.is(title, 'Verdicts on 4 frames');
  t.regex(originals, /^ {2}cast-original {2}4 /);
  t.is(copies, '  and 2 broadcast copies that looped back unseen (inferred from the originals)');
});

test('names from a capture cannot move the cursor of a terminal', async (t) => {
  const analyzer = await analyzerOf([await openBytes('\u001b[2J.pcap', pcapOf([], LinkType.ethernet))]);
  t.false(summaryText(await summarize(analyzer), plain).includes('\u001b'));
});

const sections = [
  'schema',
  'sources',
  'frames',
  'capturedBytes',
  'originalBytes',
  'firstTime',
  'lastTime',
  'protocols',
  'localities',
  'evidence',
  'stops',
  'flows',
  'addresses',
];

/** Names of the members of an object, in order. */
function keys(value: unknown): string[] {
  return Object.keys(value as object);
}

function isTime(value: unknown): boolean {
  return value === null || /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/.test(String(value));
}

for (const file of ownCaptures()) {
  const name = path.basename(file);
  test(`the record of ${name} has the shape of loscope.summary/1`, async (t) => {
    const record = summaryRecord(await ownSummary([name]));
    t.deepEqual(keys(record).slice(0, sections.length), sections);
    t.is(record.schema, 'loscope.summary/1');
    t.deepEqual(keys(record.localities), [...localityName]);
    t.deepEqual(keys(record.evidence).sort(), [...evidenceName].sort());
    t.deepEqual(keys(record.stops), [...stopName]);
    t.true(isTime(record.firstTime) && isTime(record.lastTime));
    const [source] = record.sources as Record<string, unknown>[];
    t.is(source.name, name);
    t.deepEqual(keys(source), ['name', 'format', 'engine', 'complete', 'error', 'interfaces']);
    const [seen] = source.interfaces as Record<string, unknown>[];
    t.deepEqual(keys(seen), ['id', 'name', 'linkType', 'role', 'frames', 'dropped']);
    const json = summaryJson(await ownSummary([name]));
    t.deepEqual(JSON.parse(json), record, 'everything in it is plain JSON');
    t.false(json.includes('/work/') || json.includes('undefined'));
  });
}
