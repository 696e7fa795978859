import test from 'ava';
import fc from 'fast-check';
import { FrameBatchBuffer } from '../../src/capture/frame-batch.js';
import { LinkType } from '../../src/capture/link-type.js';
import { openCapture } from '../../src/capture/open-capture.js';
import { decodeLayers, firstLayer } from '../../src/decode/decode.js';
import { PacketBatch } from '../../src/decode/packet-batch.js';
import { decodePlain } from '../../src/decode/plain.js';
import { ownCaptures } from '../corpus.js';

const columns = [
  'network',
  'networkOffset',
  'ipProtocol',
  'transportOffset',
  'srcIpv4',
  'dstIpv4',
  'srcPort',
  'dstPort',
  'tcpFlags',
  'payloadLen',
  'direction',
  'facts',
  'stop',
  'lastLayer',
] as const;

const plain = new PacketBatch(1);
const layered = new PacketBatch(1);
const batch = new FrameBatchBuffer(1);

/** Decodes a frame both ways. @returns null when it has not the plain shape, else whether all columns agree */
function agree(frame: Uint8Array, origLen: number): boolean | null {
  batch.rebind(frame, new DataView(frame.buffer, frame.byteOffset, frame.length), 0, LinkType.ethernet);
  batch.count = 1;
  batch.offset[0] = 0;
  batch.capLen[0] = frame.length;
  batch.origLen[0] = origLen;
  plain.frames = layered.frames = batch;
  if (!decodePlain(batch, plain, 0)) return null;
  decodeLayers(batch, layered, 0, firstLayer(LinkType.ethernet));
  return columns.every((name) => plain[name][0] === layered[name][0]);
}

/** The Ethernet frames of every own capture. */
async function ethernetFrames(): Promise<Uint8Array[]> {
  const frames: Uint8Array[] = [];
  for (const file of ownCaptures().filter((name) => !name.includes('truncated'))) {
    for await (const each of await openCapture(file, 'fast')) {
      for (let i = 0; each.linkType === LinkType.ethernet && i < each.count; i++) {
        frames.push(each.bytes.slice(each.offset[i], each.offset[i] + Math.min(each.capLen[i], 200)));
      }
      each.release();
    }
  }
  return frames;
}

test('the plain path and the layers write the same columns for every own frame', async (t) => {
  const verdicts = (await ethernetFrames()).map((frame) => agree(frame, frame.length));
  t.true(verdicts.filter((verdict) => verdict === true).length > 50);
  t.false(verdicts.includes(false));
});

test('they agree on damaged frames too', async (t) => {
  const frames = await ethernetFrames();
  const damage = fc.array(fc.tuple(fc.nat(70), fc.nat(255)), { maxLength: 3 });
  const cut = fc.option(fc.nat(120), { nil: undefined });
  let plainFrames = 0;
  const seed = Number(process.env.FC_SEED ?? Date.now() & 0x7fffffff);
  t.log(`fast-check seed ${seed}`);
  fc.assert(
    fc.property(fc.nat(frames.length - 1), damage, cut, fc.nat(300), (which, changes, length, origLen) => {
      const frame = frames[which].slice(0, length);
      for (const [at, value] of changes) if (at < frame.length) frame[at] = value;
      const verdict = agree(frame, origLen);
      if (verdict === true) plainFrames++;
      return verdict !== false;
    }),
    { numRuns: 5000, seed },
  );
  t.true(plainFrames > 100);
});
