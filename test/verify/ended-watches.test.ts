/**
 * What is kept of interfaces that come and go is bounded, however many they are, and nothing of it makes a blind check clean.
 */
import test from 'ava';
import { InterfaceRole } from '../../src/capture/source.js';
import { EndedWatches } from '../../src/verify/ended-watches.js';
import type { InterfaceWatch } from '../../src/verify/interface-watch.js';
import { Unwatched } from '../../src/verify/unwatched.js';
import type { Watched } from '../../src/verify/verdict.js';

const many = 5000;
const none = new Map<string, never>();

function watchOf(name: string, blindBecause: string | null): InterfaceWatch {
  const watched: Watched = {
    interface: name,
    file: '',
    role: InterfaceRole.wire,
    framesSeen: 3,
    framesMatched: 2,
    dropped: 1,
    excepted: 0,
    isDown: false,
    blindBecause,
  };
  return { end: () => Promise.resolve(watched) } as InterfaceWatch;
}

test('interfaces that ended are named up to a number, and those beyond are one entry with all of their frames', async (t) => {
  const ended = new EndedWatches();
  for (let i = 0; i < many; i++) ended.add(watchOf(`veth${i}`, i % 2 === 1 ? 'it was removed' : null));
  await ended.settled();
  const results = ended.results();
  t.is(results.length, 257);
  t.is(
    results.reduce((sum, { framesSeen }) => sum + framesSeen!, 0),
    3 * many,
  );
  t.is(
    results.reduce((sum, { dropped }) => sum + dropped!, 0),
    many,
  );
  const further = results[256];
  t.is(further.interface, `${many - 256} further interfaces`);
  t.is(further.blindBecause, '2,372 not seen in whole, the first veth257: it was removed');
});

test('of interfaces that are gone, those that were only down are forgotten, and the others stay blind', (t) => {
  const unwatched = new Unwatched();
  for (let i = 0; i < many; i++) {
    const down = { name: `down${i}`, index: 2 * i };
    unwatched.noteDown(down, none);
    unwatched.refuse({ name: `odd${i}`, index: 2 * i + 1 }, 'no memory', none);
    unwatched.forgetGone([down]);
  }
  const results = unwatched.results(none);
  t.is(results.length, 258);
  t.deepEqual(
    results.filter(({ isDown }) => isDown).map(({ interface: name }) => name),
    [`down${many - 1}`],
  );
  t.true(results.every(({ isDown, blindBecause }) => isDown || blindBecause !== null));
  t.true(unwatched.isRefused(1));
});
