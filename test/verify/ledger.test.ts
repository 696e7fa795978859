import test from 'ava';
import { Ledger } from '../../src/verify/ledger.js';
import type { Sighting, SightingDetail } from '../../src/verify/sighting.js';

const sighting: Sighting = {
  kind: 'leak',
  passage: 'egress',
  place: 'datagram',
  provoked: 'not',
  ends: ['ip saddr'],
  namesSender: true,
  interface: 'eth0',
  file: '',
};
const detail = (n: number): SightingDetail => ({
  timeNs: BigInt(n),
  src: '127.0.0.1',
  dst: '10.0.0.1',
  frame: 0,
  text: '',
});

test('one finding for each kind of sighting, with the first five as evidence and all counted', (t) => {
  const ledger = new Ledger();
  let asked = 0;
  for (let i = 0; i < 100; i++) {
    ledger.add(sighting, false, () => {
      asked++;
      return detail(i);
    });
  }
  ledger.add({ ...sighting, place: 'arp' }, false, () => detail(0));
  const [first, second] = ledger.findings();
  t.like(first, { id: 'leak-egress', severity: 'error', count: 100 });
  t.deepEqual(
    first.evidence.map(({ timeNs }) => timeNs),
    [0n, 1n, 2n, 3n, 4n],
  );
  t.is(asked, 5);
  t.is(second.count, 1);
});

test('what is kept has a most, and what is beyond is still a leak', (t) => {
  const ledger = new Ledger();
  for (let i = 0; i < 5000; i++) ledger.add({ ...sighting, interface: `eth${i}` }, false, () => detail(0));
  const findings = ledger.findings();
  t.is(findings.length, 4097);
  t.like(findings.at(-1), { id: 'leak', severity: 'error', count: 904 });
});

test('a datagram from an own address that only came in is a warning: another host may have the address', (t) => {
  const hairpin: Sighting = { ...sighting, kind: 'hairpin', passage: 'ingress' };
  const heard = new Ledger();
  heard.add(hairpin, false, () => ({ ...detail(0), src: '10.0.0.7' }));
  t.like(heard.findings()[0], { id: 'hairpin', severity: 'warning' });
  t.regex(heard.findings()[0].advice!, /arping -D -c 3 -I eth0 10\.0\.0\.7/);
  t.is(heard.findings()[0].fix, '');
  const returned = new Ledger();
  returned.add(hairpin, true, () => detail(0));
  t.is(returned.findings()[0].severity, 'error');
});
