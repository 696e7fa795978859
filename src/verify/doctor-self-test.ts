/**
 * Whether a datagram to 127.0.0.1 is captured, and once: sent by this process to a socket of its own, captured as `loscope live`
 * would. Loopback shows every packet twice to a packet socket (out and in), and tools that do not know show it twice too.
 */
import dgram from 'node:dgram';
import { once } from 'node:events';
import { openLive } from '../analysis/open-live.js';
import type { Source } from '../capture/source.js';
import { type DoctorCheck, fine, trouble } from './doctor-check.js';

const theme = 'capture';
const sent = 3;
const waitSeconds = 3;
const bufferBytes = 4 << 20;

export async function examineCapture(): Promise<DoctorCheck[]> {
  let seen: number;
  try {
    seen = await countOwnDatagrams();
  } catch (error) {
    return [
      trouble(theme, 'blind', {
        id: 'capture-loopback',
        title: 'loopback cannot be captured',
        evidence: [(error as Error).message],
        fix: '',
      }),
    ];
  }
  if (seen === sent) return [fine(theme, 'datagrams to 127.0.0.1 are captured, each once')];
  const evidence = [`${sent} datagrams sent to 127.0.0.1, ${seen} captured`];
  if (seen > sent) {
    const title = 'packets on loopback are captured more than once';
    const advice = 'Update Linux to 4.20 or later, or use --engine fast.';
    return [trouble(theme, 'warning', { id: 'capture-doubled', title, evidence, advice, fix: '' })];
  }
  const title = 'datagrams to 127.0.0.1 do not appear on the loopback interface';
  return [trouble(theme, 'blind', { id: 'capture-loopback', title, evidence, fix: '' })];
}

/** Datagrams captured before a last, longer one. @throws CaptureError, or the socket's error */
async function countOwnDatagrams(): Promise<number> {
  const socket = dgram.createSocket('udp4');
  try {
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const { port } = socket.address();
    const sources = await openLive({
      kind: 'live',
      interfaces: [],
      engine: null,
      filter: `udp and dst port ${port}`,
      snapLen: 128,
      bufferBytes,
      netns: null,
    });
    const counts = Promise.all(sources.map(countUntilLonger));
    for (let i = 0; i < sent; i++) await send(socket, port, 1);
    await send(socket, port, 2);
    return (await counts).reduce((sum, count) => sum + count, 0);
  } finally {
    socket.close();
  }
}

function send(socket: dgram.Socket, port: number, payloadLen: number): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.send(new Uint8Array(payloadLen), port, '127.0.0.1', (error) =>
      error ? reject(error) : resolve(),
    );
  });
}

/** Frames as long as the first, until a longer one shows that no more of them come. Closes the source. */
async function countUntilLonger(source: Source): Promise<number> {
  const timer = setTimeout(() => void source.close(), waitSeconds * 1000);
  let first = 0;
  let count = 0;
  try {
    for await (const batch of source) {
      let isOver = false;
      for (let i = 0; i < batch.count; i++) {
        const len = batch.origLen[i];
        if (first === 0) first = len;
        if (len > first) isOver = true;
        else if (!isOver) count++;
      }
      batch.release();
      if (isOver) break;
    }
    return count;
  } finally {
    clearTimeout(timer);
    await source.close();
  }
}
