/**
 * Makes the files in captures/ anew: `node dist/test/lab/make-captures.js [NAME...]`, as root, on Linux, with
 * iproute2, tcpdump, dumpcap, nftables, python3, ping, telnet (inetutils) and nc (OpenBSD). NAME is a file name or its start.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { removeLeftovers } from './netns.js';
import { countRecords } from './pcap-file.js';
import { type Rewriting, rewritings } from './rewritten.js';
import { makeCapture } from './scenario.js';
import { loopbackScenarios } from './scenarios-loopback.js';
import { wireScenarios } from './scenarios-wire.js';

const FOLDER = new URL('../../../captures/', import.meta.url);

const names = process.argv.slice(2);
const asked = (file: string) => names.length === 0 || names.some((name) => file.startsWith(name));
const pathOf = (file: string) => fileURLToPath(new URL(file, FOLDER));
const say = (line: string) => process.stdout.write(`${line}\n`);

const scenarios = [...loopbackScenarios, ...wireScenarios].filter(({ file }) => asked(file));
const rewrites = rewritings.filter(({ file, from }) => asked(file) || asked(from));
if (scenarios.length + rewrites.length === 0) {
  process.stderr.write(`no capture is called ${names.join(' or ')}\n`);
  process.exit(2);
}

removeLeftovers();
let failures = 0;
for (const scenario of scenarios) {
  await report(scenario.file, () => makeCapture(scenario, pathOf(scenario.file)));
}
for (const rewriting of rewrites) await report(rewriting.file, () => rewrite(rewriting));
process.exitCode = failures > 0 ? 1 : 0;

async function report(file: string, make: () => Promise<number>): Promise<void> {
  try {
    say(`${String(await make()).padStart(4)} frames  ${file}`);
  } catch (error) {
    failures += 1;
    say(`      failed  ${file}: ${error instanceof Error ? error.message : error}`);
  }
}

async function rewrite({ file, from, rewrite }: Rewriting): Promise<number> {
  const rewritten = rewrite(await readFile(pathOf(from)));
  await writeFile(pathOf(file), rewritten);
  return countRecords(rewritten);
}
