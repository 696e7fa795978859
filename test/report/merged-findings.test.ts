import test from 'ava';
import { InterfaceRole } from '../../src/capture/source.js';
import { plain } from '../../src/format/color.js';
import { verdictRecord } from '../../src/report/verdict-json.js';
import { verdictText } from '../../src/report/verdict-text.js';
import { type Finding, settingEvidence } from '../../src/verify/finding.js';
import { judge } from '../../src/verify/verdict.js';
import { compareGolden } from '../golden.js';

function finding(id: string, severity: Finding['severity'], netns: string, text: string): Finding {
  const fix = `ip netns exec ${netns} mend ${id}`;
  const evidence = [settingEvidence(text)];
  return { id, severity, title: `title of ${id}`, interface: '', netns, evidence, count: 1, fix };
}

/** Twelve containers that are made alike: three have a warning, one of them another way, and two leak. */
const names = Array.from({ length: 12 }, (_, i) => `pod${i + 1}`);
const findings = names.flatMap((netns, i) => [
  finding('setting-one', 'note', netns, `net.ipv4.conf.veth${i}.one = 0`),
  finding('setting-two', 'note', netns, `net.ipv4.conf.veth${i}.two = 0`),
  ...(i < 3 ? [finding('setting-three', 'warning', netns, i < 2 ? 'three = 1' : 'three = 2')] : []),
  ...(i < 2 ? [finding('leak-egress', 'error', netns, 'a frame')] : []),
]);
const verdict = judge({
  seconds: 10,
  blindBecause: null,
  canary: 'seen',
  copies: null,
  probe: null,
  namespaces: [],
  watched: [
    {
      interface: 'eth0',
      netns: 'pod1',
      file: '',
      role: InterfaceRole.wire,
      framesSeen: 1,
      framesMatched: 1,
      dropped: 0,
      excepted: 0,
      isDown: false,
      blindBecause: null,
    },
  ],
  findings,
});

test('what network namespaces have in common is told once in the text, but for leaks', (t) => {
  compareGolden(t, 'goldens/report/verdict-alike-namespaces.txt', verdictText(verdict, plain));
});

test('the record has every finding of every network namespace', (t) => {
  t.is((verdictRecord(verdict).findings as unknown[]).length, findings.length);
});
