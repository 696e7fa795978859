/**
 * Where figures were measured: without it they mean nothing.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { root } from '../corpus.js';

/** How a program tells its version, and what of it to keep. */
const versionOf: readonly [command: string, argument: string, pattern: RegExp][] = [
  ['tcpdump', '--version', /tcpdump version (\S+)[\s\S]*libpcap version \S+/],
  ['capinfos', '--version', /\(Wireshark\) (\S+)/],
  ['dumpcap', '--version', /\(Wireshark\) (\S+)/],
  ['tshark', '--version', /\(Wireshark\) (\S+)/],
  ['nfpcapd', '-V', /Version: (\S+)/],
  ['softflowd', '-h', /version ([\d.]+\d)/],
  ['argus', '-h', /Version (\S+)/],
  ['iperf3', '--version', /iperf (\S+)/],
  ['dd', '--version', /\(coreutils\) (\S+)/],
];
const packages = ['pcap-parser', 'cap'];

/** Lines for people. */
export function describeMachine(now: Date): string[] {
  const cpus = os.cpus();
  const programs = versionOf.map(([command, argument, pattern]) => {
    const { stdout, stderr } = spawnSync(command, [argument], { encoding: 'utf8' });
    return `${command} ${pattern.exec(`${stdout ?? ''}${stderr ?? ''}`)?.[1] ?? 'not installed'}`;
  });
  return [
    now.toISOString().slice(0, 16).replace('T', ' ').concat(' UTC'),
    `${cpus.length} cores of ${cpus[0].model.trim()}, ${Math.round(os.totalmem() / 2 ** 30)} GiB of memory`,
    `${os.type()} ${os.release()}, Node ${process.version}, loscope ${loscopeVersion()}`,
    [...programs, ...packages.map((name) => `${name} ${packageVersion(name)}`)].join(', '),
  ];
}

function loscopeVersion(): string {
  const { stdout } = spawnSync('git', ['-C', root, 'describe', '--always', '--dirty'], { encoding: 'utf8' });
  return `${versionIn(path.join(root, 'package.json'))} ${(stdout ?? '').trim()}`.trim();
}

function packageVersion(name: string): string {
  const file = path.join(root, 'node_modules', name, 'package.json');
  return fs.existsSync(file) ? versionIn(file) : 'not installed';
}

function versionIn(file: string): string {
  return (JSON.parse(fs.readFileSync(file, 'utf8')) as { version: string }).version;
}
