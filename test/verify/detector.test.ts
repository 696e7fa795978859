import test from 'ava';
import fc from 'fast-check';
import { Direction } from '../../src/capture/frame-batch.js';
import { LinkType } from '../../src/capture/link-type.js';
import { InterfaceRole } from '../../src/capture/source.js';
import { Classifier } from '../../src/classify/classify.js';
import { HostLookup } from '../../src/host/host-lookup.js';
import { hostOfAddresses } from '../../src/host/host-model.js';
import { Detector, Judgement, type Lookout } from '../../src/verify/detector.js';
import { Except } from '../../src/verify/except.js';
import { Ledger } from '../../src/verify/ledger.js';
import { check } from '../capture/property.js';
import { anyFrame } from '../classify/any-frame.js';
import { batchOf, type TestFrame } from '../classify/frames.js';
import * as build from '../decode/frame-builder.js';
import { frame, leakyFrames } from './wrapped-frames.js';

const own = hostOfAddresses('given', ['10.77.0.1/30', '192.0.2.7/24', 'fd00:77::1/64', 'fd00:78::1/64']);

function lookout(role: InterfaceRole = InterfaceRole.wire): Lookout {
  return { interface: 'eth0', file: '', role, classifier: new Classifier(new HostLookup(own)) };
}

function judgeAll(
  frames: readonly TestFrame[],
  linkType: LinkType = LinkType.raw,
  except = '',
): { ledger: Ledger; judgements: Judgement[] } {
  const ledger = new Ledger();
  const detector = new Detector(ledger, except === '' ? null : new Except(except));
  const batch = batchOf(frames, linkType);
  const where = lookout();
  return { ledger, judgements: frames.map((_, i) => detector.inspect(batch, i, where, 0)) };
}

const payload = build.udp({ source: '10.77.0.1', destination: '192.0.2.7' });
const ends = { source: '10.77.0.1', destination: '192.0.2.7', payload };
const ends6 = { source: 'fd00:77::1', destination: 'fd00:78::1', payload };

test('a datagram that comes back with a lower TTL is the same one, in either version', (t) => {
  const there: TestFrame[] = [
    { bytes: build.ipv4({ ...ends, id: 1, ttl: 64 }), direction: Direction.out },
    { bytes: build.ipv4({ ...ends, id: 1, ttl: 63 }), direction: Direction.in },
    { bytes: build.ipv4({ ...ends, id: 2, ttl: 63 }), direction: Direction.in },
    { bytes: build.ipv6({ ...ends6, flowLabel: 7, hopLimit: 64 }), direction: Direction.out },
    { bytes: build.ipv6({ ...ends6, flowLabel: 7, hopLimit: 62 }), direction: Direction.in },
  ];
  const { ledger, judgements } = judgeAll(there);
  t.true(judgements.every((judgement) => judgement === Judgement.found));
  const texts = ledger.findings().flatMap(({ evidence }) => evidence.map(({ text }) => text));
  t.deepEqual(texts, [
    '',
    '',
    'the return of a datagram sent with TTL 64: now 63',
    '',
    'the return of a datagram sent with TTL 64: now 62',
  ]);
});

test('a copy that did not pass a router is no return', (t) => {
  const twice = [64, 64].map((ttl) => ({ bytes: build.ipv4({ ...ends, ttl }) }));
  const [{ evidence }] = judgeAll(twice).ledger.findings();
  t.deepEqual(
    evidence.map(({ text }) => text),
    ['', ''],
  );
});

test('a frame of a loopback link is clear, whatever it holds', (t) => {
  const lo = build.ethernet({ payload: build.ipv4() });
  t.deepEqual(judgeAll([{ bytes: lo }], LinkType.ethernet).judgements, [Judgement.found]);
  const detector = new Detector(new Ledger(), null);
  const batch = batchOf([{ bytes: lo }], LinkType.ethernet);
  t.is(detector.inspect(batch, 0, lookout(InterfaceRole.unknown), 1), Judgement.onLoopback);
});

test('what is excepted is no finding, and what was cut is not checked', (t) => {
  const frames = leakyFrames.map(({ bytes }) => ({ bytes }));
  const { ledger, judgements } = judgeAll(frames, LinkType.ethernet, 'ether[0] >= 0');
  t.true(judgements.every((judgement) => judgement === Judgement.excepted));
  t.deepEqual(ledger.findings(), []);
  const cut = judgeAll([{ bytes: leakyFrames[0].bytes.slice(0, 20), origLen: 60 }], LinkType.ethernet);
  t.deepEqual(cut.judgements, [Judgement.unchecked]);
});

test('live, a malformed frame that goes out cannot be judged; one that came in is noted and hides nothing', (t) => {
  const bytes = frame(new Uint8Array(46).fill(0x0b), 0x0800);
  const { in: into, out, broadcast, multicast, other } = Direction;
  const directions = [out, into, broadcast, multicast, other];
  const { judgements, ledger } = judgeAll(
    directions.map((direction) => ({ bytes, direction })),
    LinkType.ethernet,
  );
  t.deepEqual(judgements, [Judgement.malformed, ...directions.slice(1).map(() => Judgement.clear)]);
  t.deepEqual(
    ledger.findings().map(({ id, severity, count }) => [id, severity, count]),
    [
      ['malformed', 'note', 1],
      ['malformed', 'note', 4],
    ],
  );
});

test('any frames of any link type are judged without an error', async (t) => {
  const linkTypes = [...Object.values(LinkType), 189];
  await check(
    t,
    fc.property(
      fc.array(anyFrame, { maxLength: 8 }),
      fc.constantFrom(...linkTypes),
      fc.nat(9),
      (frames, linkType, more) => {
        const { judgements, ledger } = judgeAll(
          frames.map((frame) => ({ ...frame, origLen: frame.bytes.length + more })),
          linkType,
        );
        ledger.findings();
        return judgements.length === frames.length;
      },
    ),
    1000,
  );
});
