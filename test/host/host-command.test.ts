import process from 'node:process';
import test from 'ava';
import { runHostCommand } from '../../src/host/host-command.js';
import { liveTest } from '../capture/ring-lab.js';

test('a program that is not there, that fails and that answers tell so', (t) => {
  t.like(runHostCommand(null, ['loscope-no-such-program']), { isMissing: true });
  t.deepEqual(runHostCommand(null, ['sh', '-c', 'echo no >&2; exit 7']), {
    reason: 'sh ended with 7: no',
    isMissing: false,
  });
  t.deepEqual(runHostCommand(null, ['echo', 'yes']), { text: 'yes\n' });
});

liveTest('a program that does not end is waited for once, and after that for a moment', async (t) => {
  t.timeout(60_000);
  const asked = ['sleep', '1000'];
  t.deepEqual(runHostCommand(null, asked), {
    reason: 'sleep did not end within 10 seconds',
    isMissing: false,
  });
  const beganMs = performance.now();
  t.deepEqual(runHostCommand(`/proc/${process.pid}/ns/net`, asked), {
    reason: 'sleep did not end within 1 second',
    isMissing: false,
  });
  t.true(performance.now() - beganMs < 9000);
});
