import test from 'ava';
import fc from 'fast-check';
import { Counters } from '../../src/analysis/counters.js';
import { LinkType } from '../../src/capture/link-type.js';
import { InterfaceRole } from '../../src/capture/source.js';
import { Classifier } from '../../src/classify/classify.js';
import { Evidence, evidenceName, Locality, localityName } from '../../src/classify/locality.js';
import { HostLookup } from '../../src/host/host-lookup.js';
import { check } from '../capture/property.js';
import { anyFrame } from './any-frame.js';
import { decoded } from './frames.js';
import { hosts, judgeFrames } from './judge.js';

const linkType = fc.constantFrom(...Object.values(LinkType), 147);
const role = fc.constantFrom(...Object.values(InterfaceRole));
const host = fc.constantFrom(...Object.values(hosts));
const frames = fc.array(anyFrame, { minLength: 1, maxLength: 12 });

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

test('any bytes on any link have a locality, evidence that fits it, and words for both', async (t) => {
  const property = fc.property(frames, linkType, role, host, (bytes, type, seen, model) => {
    const verdicts = judgeFrames(bytes, type, seen, model);
    return verdicts.every(({ verdict, why }) => {
      const [locality, evidence] = verdict.split(' ');
      if (!localityName.some((name) => name === locality)) return false;
      if (!evidenceName.some((name) => name === evidence)) return false;
      if (locality === 'not-ip' || locality === 'undecoded') {
        if (evidence !== 'none') return false;
      }
      if (evidence === 'observed' && !locality.endsWith('-copy')) return false;
      const isHostless =
        evidence === 'none' ||
        evidence === 'observed' ||
        evidence === 'inferred' ||
        evidence === model.origin;
      return isHostless && why !== '' && !why.includes('undefined');
    });
  });
  await check(t, property, 1000);
});

test('localities, evidence, stops and networks each add up to the frames', async (t) => {
  const property = fc.property(frames, linkType, role, host, (bytes, type, seen, model) => {
    const packets = decoded(bytes, type);
    const locality = new Uint8Array(bytes.length);
    const evidence = new Uint8Array(bytes.length);
    new Classifier(new HostLookup(model)).classify(packets, seen, locality, evidence);
    const counters = new Counters();
    counters.count(packets, locality, evidence);
    const { ipv4, ipv6, arp, other } = counters.protocols();
    const localities = counters.localities();
    const inferred = sum(localities.map((one) => one.inferred));
    const originalBytes = sum(localities.map((one) => one.originalBytes));
    return (
      [
        sum(localities.map((one) => one.frames)),
        sum(counters.evidence()),
        sum(counters.stops()),
        ipv4 + ipv6 + arp + other,
        counters.frames,
      ].every((total) => total === bytes.length) &&
      inferred === counters.evidence()[Evidence.inferred] &&
      originalBytes === counters.originalBytes
    );
  });
  await check(t, property, 500);
});

test('a verdict does not depend on the frames around it once the host is known', async (t) => {
  const property = fc.property(frames, linkType, role, (bytes, type, seen) => {
    const together = judgeFrames(bytes, type, seen, hosts.given);
    const alone = bytes.map((frame) => judgeFrames([frame], type, seen, hosts.given)[0]);
    return together.every(({ verdict, why }, i) => verdict === alone[i].verdict && why === alone[i].why);
  });
  await check(t, property, 300);
});

test('the names of localities and evidence stand at their values', (t) => {
  const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  t.deepEqual(
    Object.entries(Locality).map(([name, value]) => [kebab(name), value]),
    localityName.map((name, value) => [name, value]),
  );
  t.deepEqual(
    Object.entries(Evidence).map(([name, value]) => [name, value]),
    evidenceName.map((name, value) => [name, value]),
  );
});
