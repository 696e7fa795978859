/**
 * The socket for interfaces that come: what it cannot do becomes a reason, whatever went wrong.
 */
import type { FrameBatch } from '../../src/capture/frame-batch.js';
import { FrameSender } from '../../src/capture/frame-sender.js';
import { NamespaceLook } from '../../src/capture/namespace-look.js';
import { Detector, Judgement, type Lookout } from '../../src/verify/detector.js';
import { Ledger } from '../../src/verify/ledger.js';
import { OwnHost } from '../../src/verify/own-host.js';
import { Sentry } from '../../src/verify/sentry.js';
import { liveTest } from '../capture/ring-lab.js';
import { makeLab } from '../lab/lab.js';
import { leakKinds } from './leak-kinds.js';
import { leakyFrames } from './wrapped-frames.js';

class FailingDetector extends Detector {
  override inspect(_batch: unknown, _i: number, lookout: Lookout): Judgement {
    throw new Error(`cannot judge a frame of ${lookout.interface}`);
  }
}

/** Says when so many frames were found. */
class CountingDetector extends Detector {
  #count = 0;
  #wanted = Number.POSITIVE_INFINITY;
  #resolve: () => void = () => {};

  found(wanted: number): Promise<void> {
    this.#wanted = wanted;
    return new Promise((resolve) => {
      this.#resolve = resolve;
      if (this.#count >= wanted) resolve();
    });
  }

  override inspect(batch: FrameBatch, i: number, lookout: Lookout, frame: number): Judgement {
    const judgement = super.inspect(batch, i, lookout, frame);
    if (judgement === Judgement.found && ++this.#count >= this.#wanted) this.#resolve();
    return judgement;
  }
}

/** On every link, of kinds that the other host does not answer. */
const firstFrames = leakKinds.filter(({ name }) =>
  /^(127\.0\.0\.1 → 10\.9\.0\.77 in nothing|::1 → fd00:9::77 in nothing|ARP for 127\.0\.0\.1) on/.test(name),
);

liveTest('a sentry that failed says so when it is closed', async (t) => {
  const lab = await makeLab();
  const netns = lab.host.name;
  const look = new NamespaceLook(netns);
  try {
    const detector = new FailingDetector(new Ledger(), null);
    const nameOf = (index: number): string | null => look.nameOf(index);
    const sentry = await Sentry.open(new OwnHost(look), detector, {
      netns,
      known: [],
      nameOf,
    });
    const sender = new FrameSender(netns, 'eth0');
    sender.send(leakyFrames[0].bytes);
    sender.close();
    t.is(await sentry.close(), 'this program failed: Error: cannot judge a frame of eth0');
  } finally {
    look.close();
    lab.remove();
  }
});

liveTest(
  'what leaks in the first frames of an interface is found with its sender, in any headers, both ways',
  async (t) => {
    const lab = await makeLab();
    const netns = lab.host.name;
    const look = new NamespaceLook(netns);
    try {
      const ledger = new Ledger();
      const detector = new CountingDetector(ledger, null);
      const nameOf = (index: number): string | null => look.nameOf(index);
      const sentry = await Sentry.open(new OwnHost(look), detector, { netns, known: [], nameOf });
      for (const namespace of [lab.host, lab.neighbour]) {
        const sender = new FrameSender(namespace.name, 'eth0');
        for (const { bytes } of firstFrames) sender.send(bytes);
        sender.close();
      }
      await detector.found(2 * firstFrames.length);
      t.is(await sentry.close(), null);
      const leaks = ledger.findings().filter(({ severity }) => severity === 'error');
      const countOf = (id: string): number =>
        leaks.filter((leak) => leak.id === id).reduce((sum, { count }) => sum + count, 0);
      t.is(countOf('leak-egress'), firstFrames.length);
      t.is(countOf('leak-ingress'), firstFrames.length);
      t.true(
        leaks.every(({ evidence }) => evidence.every(({ text }) => text.endsWith('from 02:00:00:00:00:01'))),
      );
    } finally {
      look.close();
      lab.remove();
    }
  },
);
