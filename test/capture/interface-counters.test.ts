import test from 'ava';
import { parseInterfaceCounters } from '../../src/capture/interface-counters.js';

const text = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:    1296      16    0    0    0     0          0         0     1296      16    0    0    0     0       0          0
  eth0:9007199254740993 18446744073709551615 0 0 0 0 0 0 1 2 0 0 0 0 0 0
veth.5@x:7 8 0 0 0 0 0 0 9 10 0 0 0 0 0 0
  bad0: 1
`;

test('counters are read by interface, and a line that is none of one is left out', (t) => {
  t.deepEqual(
    [...parseInterfaceCounters(text)],
    [
      ['lo', { received: 16, sent: 16 }],
      ['veth.5@x', { received: 8, sent: 10 }],
    ],
  );
  t.is(parseInterfaceCounters('').size, 0);
});
