import path from 'node:path';
import test from 'ava';
import { Analyzer } from '../src/analysis/analyzer.js';
import type { PacketRow } from '../src/analysis/port.js';
import { openCapture } from '../src/capture/open-capture.js';
import { localityName } from '../src/classify/locality.js';
import type { Field } from '../src/decode/field.js';
import { plain } from '../src/format/color.js';
import { packetText } from '../src/report/packet-text.js';
import { plainOptions } from './analysis/analyze.js';
import { ownCaptures } from './corpus.js';
import { compareGolden } from './golden.js';

/** The host that captures/ was made on, as captures/README.md gives it. */
const labHost = ['10.77.0.1/30', 'fd00:77::1/64', 'fe80::ff:fe00:1/64'];
const retainBytes = 64 << 20;

/** Every packet of a capture, by the dashboard's own way of asking. */
async function packetsOf(file: string, hostAddresses: readonly string[]) {
  const analyzer = new Analyzer([await openCapture(file, 'fast')], {
    ...plainOptions,
    retainBytes,
    hostAddresses,
  });
  await analyzer.run();
  const { rows } = await analyzer.rows(0, 1000, {});
  return { analyzer, rows };
}

function verdict({ number, locality, why }: PacketRow): string {
  return `${String(number).padStart(6)} ${localityName[locality]}: ${why}`;
}

function treeLines(fields: readonly Field[], depth = 0): string[] {
  return fields.flatMap(({ name, value, meaning, offset, len, children }) => {
    const said = [value, meaning === '' ? '' : `(${meaning})`].filter((part) => part !== '').join(' ');
    const line = `${'  '.repeat(depth)}${name}${said === '' ? '' : `: ${said}`}  [${offset}+${len}]`;
    return [line, ...treeLines(children, depth + 1)];
  });
}

for (const file of ownCaptures()) {
  const name = path.basename(file);
  test(`${name} reads as its golden says`, async (t) => {
    const { analyzer, rows } = await packetsOf(file, []);
    const given = await packetsOf(file, labHost);
    const changed = given.rows.filter((row, i) => row.why !== rows[i].why);
    const trees = await Promise.all(
      rows.map(async ({ number }) => {
        const detail = await analyzer.detail(number);
        return [`frame ${number}`, ...treeLines(detail?.fields ?? [], 1)].join('\n');
      }),
    );
    const sections = [
      rows.map((row) => packetText(row, plain, true)).join('\n'),
      ...(changed.length === 0 ? [] : [`with the host given:\n${changed.map(verdict).join('\n')}`]),
      ...trees,
      ...(analyzer.errors[0] === null ? [] : [analyzer.errors[0].what]),
    ];
    compareGolden(t, `goldens/${name}.txt`, `${sections.join('\n\n')}\n`);
  });
}
