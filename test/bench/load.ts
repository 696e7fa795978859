/**
 * Traffic for live capture, in a network namespace of its own, so that nothing else crosses its `lo` and the
 * interface's own counter says how many packets there were.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { root } from '../corpus.js';
import type { Namespace } from '../lab/netns.js';
import { isInstalled } from './measure.js';
import type { Scratch } from './scratch.js';

const port = 18999;
const address = '127.0.0.87';

/** One kind of traffic. */
export interface Load {
  readonly name: string;
  /** pcap-filter: the load's packets and nothing else. */
  readonly filter: string;
  /** True where what a capturer writes would outgrow memory, so that it must begin anew now and then. */
  readonly isHuge: boolean;
  /** Runs it to its end. @returns how fast it went, for people */
  readonly run: (namespace: Namespace) => Promise<string>;
}

/** Datagrams of 64 bytes, one send(2) each, as fast as one sender can; or why not. */
export function datagrams(scratch: Scratch, count: number): Load | string {
  if (!isInstalled('cc')) return 'the sender needs cc';
  const send = scratch.path('send');
  const built = spawnSync('cc', ['-O2', '-o', send, path.join(root, 'test', 'bench', 'send.c')], {
    encoding: 'utf8',
  });
  if (built.status !== 0) return `the sender does not compile: ${built.stderr.trim()}`;
  return {
    name: 'datagrams',
    filter: `udp port ${port}`,
    isHuge: false,
    run: async (namespace) => {
      const seconds = Number(await namespace.run(send, address, String(port), String(count)));
      return `${Math.round(count / seconds / 1000)} k/s`;
    },
  };
}

/** One TCP stream of iperf3; or why not. */
export function stream(seconds: number): Load | string {
  if (!isInstalled('iperf3')) return 'iperf3 is not installed';
  return {
    name: 'stream',
    filter: `tcp port ${port}`,
    isHuge: true,
    run: async (namespace) => {
      const server = await namespace.start(
        /Server listening/,
        'iperf3',
        '-s',
        '-1',
        '--forceflush',
        '-p',
        String(port),
      );
      const gone = new Promise((resolve) => server.once('close', resolve));
      const said = await namespace.run(
        'iperf3',
        '-J',
        '-c',
        '127.0.0.1',
        '-p',
        String(port),
        '-t',
        String(seconds),
      );
      await gone;
      const { end } = JSON.parse(said) as { end: { sum_sent: { bits_per_second: number } } };
      return `${(end.sum_sent.bits_per_second / 1e9).toFixed(1)} Gbit/s`;
    },
  };
}

/** Packets that crossed `lo` of the namespace that a process is in. */
export function packetsOnLoopback(pid: number): number {
  const line = /^ *lo:(.*)$/m.exec(fs.readFileSync(`/proc/${pid}/net/dev`, 'utf8'));
  return Number(line![1].trim().split(/\s+/)[1]);
}

/** Is a packet socket bound to `lo` and running in the namespace that a process is in? */
export function isCapturing(pid: number): boolean {
  const [, ...sockets] = fs.readFileSync(`/proc/${pid}/net/packet`, 'utf8').trimEnd().split('\n');
  return sockets.some((line) => {
    const [, , , , interfaceIndex, running] = line.trim().split(/\s+/);
    return interfaceIndex === '1' && running === '1';
  });
}
