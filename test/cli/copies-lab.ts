/**
 * Tests of observed copies: in a lab, and only where the kernel's nftables can be used.
 */
import type { ExecutionContext } from 'ava';
import { liveTest } from '../capture/ring-lab.js';
import { type Lab, makeLab } from '../lab/lab.js';
import { cannotNft } from '../lab/nft.js';

export function copiesTest(title: string, body: (t: ExecutionContext, lab: Lab) => Promise<void>): void {
  liveTest(title, async (t) => {
    t.timeout(60_000);
    if (cannotNft !== '') {
      t.log(`skipped: ${cannotNft}`);
      t.pass();
      return;
    }
    const lab = await makeLab();
    try {
      await body(t, lab);
    } finally {
      lab.remove();
    }
  });
}
