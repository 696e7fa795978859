/**
 * The socket for interfaces that come: what it cannot do becomes a reason, whatever went wrong.
 */
import { FrameSender } from '../../src/capture/frame-sender.js';
import { NamespaceLook } from '../../src/capture/namespace-look.js';
import { Detector, type Judgement, type Lookout } from '../../src/verify/detector.js';
import { Ledger } from '../../src/verify/ledger.js';
import { OwnHost } from '../../src/verify/own-host.js';
import { Sentry } from '../../src/verify/sentry.js';
import { liveTest } from '../capture/ring-lab.js';
import { makeLab } from '../lab/lab.js';
import { leakyFrames } from './wrapped-frames.js';

class FailingDetector extends Detector {
  override inspect(_batch: unknown, _i: number, lookout: Lookout): Judgement {
    throw new Error(`cannot judge a frame of ${lookout.interface}`);
  }
}

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
