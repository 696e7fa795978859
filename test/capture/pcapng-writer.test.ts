import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import { CaptureError } from '../../src/capture/capture-error.js';
import { openCapture } from '../../src/capture/open-capture.js';
import { PcapngWriter } from '../../src/capture/pcapng-writer.js';
import { ownCaptures } from '../corpus.js';

/** Each frame as text: time, lengths and bytes. */
async function framesOf(file: string): Promise<string[]> {
  const frames: string[] = [];
  for await (const batch of await openCapture(file, 'fast')) {
    for (let i = 0; i < batch.count; i++) {
      const bytes = batch.bytes.subarray(batch.offset[i], batch.offset[i] + batch.capLen[i]);
      const hex = Buffer.from(bytes).toString('hex');
      frames.push(`${batch.tsNs[i]} ${batch.origLen[i]} ${batch.direction[i]} ${hex}`);
    }
    batch.release();
  }
  return frames;
}

test('what is written reads back frame for frame', async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'loscope-test-'));
  for (const file of ownCaptures().filter((name) => !name.includes('truncated'))) {
    const source = await openCapture(file, 'fast');
    const copy = path.join(folder, `${path.basename(file)}.pcapng`);
    let writer: PcapngWriter | null = null;
    for await (const batch of source) {
      writer ??= new PcapngWriter(copy, 'a test', source.interfaces);
      writer.write(batch.interfaceId, batch);
      batch.release();
      // The other interfaces of a file come up while it is read; one is enough here.
      if (source.interfaces.length > 1) break;
    }
    writer?.close([7]);
    const written = await framesOf(copy);
    t.deepEqual(written, (await framesOf(file)).slice(0, written.length), file);
    t.true(written.length > 0);
    t.is(fs.statSync(copy).mode & 0o077, 0, 'captures are nobody else’s business');
  }
});

test('interfaces keep their names, addresses and drops', async (t) => {
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'loscope-test-')), 'x.pcapng');
  const addresses = ['192.0.2.7/24', '2001:db8::7/64', '10.0.0.1/32'];
  const writer = new PcapngWriter(file, 'a test', [
    { name: 'lo', linkType: 1, snapLen: 0, addresses: ['127.0.0.1/8'] },
    { name: 'eth0', linkType: 1, snapLen: 262144, addresses },
  ]);
  writer.close([3, null]);
  const source = await openCapture(file, 'fast');
  for await (const batch of source) batch.release();
  t.like(source.interfaces[0], { name: 'lo', addresses: ['127.0.0.1/8'], dropped: 3 });
  t.like(source.interfaces[1], { name: 'eth0', addresses, dropped: null });
});

test('a path that cannot be written is refused, and a full disk is said', (t) => {
  const cannot = t.throws(() => new PcapngWriter('/nowhere/x.pcapng', 'a test', []), {
    instanceOf: CaptureError,
  });
  t.is(cannot?.code, 'unwritable');
  const full = t.throws(() => new PcapngWriter('/dev/full', 'a test', []), { instanceOf: CaptureError });
  t.regex(full?.message ?? '', /^\/dev\/full: no space left on the disk \(.*\)$/);
});
