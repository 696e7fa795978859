import test from 'ava';
import { invokingUser } from '../../src/capture/privilege.js';

test('root started by sudo or pkexec has an invoking user', (t) => {
  t.deepEqual(invokingUser({ SUDO_UID: '1000', SUDO_GID: '100' }, 0), { uid: 1000, gid: 100 });
  t.deepEqual(invokingUser({ PKEXEC_UID: '1000' }, 0), { uid: 1000, gid: null });
});

test('plain root, root under sudo of root, and everybody else have none', (t) => {
  t.is(invokingUser({}, 0), null);
  t.is(invokingUser({ SUDO_UID: '0', SUDO_GID: '0' }, 0), null);
  t.is(invokingUser({ SUDO_UID: '1000' }, 1000), null);
  t.is(invokingUser({ SUDO_UID: 'x' }, 0), null);
  t.is(invokingUser({ SUDO_UID: '4294967295' }, 0), null);
});
