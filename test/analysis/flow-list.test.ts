import test from 'ava';
import { Analyzer } from '../../src/analysis/analyzer.js';
import { FlowList } from '../../src/analysis/flow-list.js';
import type { FlowSort, ViewFilter } from '../../src/analysis/port.js';
import { LinkType } from '../../src/capture/link-type.js';
import { InterfaceRole } from '../../src/capture/source.js';
import { Locality } from '../../src/classify/locality.js';
import { datagram, segment } from '../flow/conversation.js';
import { plainOptions } from './analyze.js';
import { analyzerOf, FakeLiveSource, openBytes, pcapOf } from './sources.js';

/** Four flows: 1 of 3 segments, 2 of one datagram, 3 of a leak, 4 refused. */
const capture = pcapOf(
  [
    segment('127.0.0.1:40000', '127.0.0.1:80', 'S'),
    datagram('127.0.0.9:5000', '127.0.0.2:53'),
    segment('127.0.0.1:80', '127.0.0.1:40000', 'S.'),
    datagram('127.0.0.1:6000', '192.0.2.9:53'),
    segment('127.0.0.1:40001', '127.0.0.1:81', 'S', { len: 500 }),
    segment('127.0.0.1:81', '127.0.0.1:40001', 'R.'),
    segment('127.0.0.1:40000', '127.0.0.1:80', '.'),
  ].map(({ bytes }) => bytes),
  LinkType.raw,
);

async function flowList(): Promise<FlowList> {
  const analyzer = await analyzerOf([await openBytes('flows.pcap', capture)]);
  return new FlowList(analyzer.pipeline);
}

const sorts = test.macro({
  exec: async (t, sort: FlowSort, ids: readonly number[]) => {
    const list = await flowList();
    const found = list.page(sort, false, 0, 10, {});
    t.is(found.total, 4);
    t.deepEqual(
      found.rows.map(({ id }) => id),
      [...ids],
    );
    const descending = list.page(sort, true, 0, 10, {});
    t.deepEqual(
      descending.rows.map(({ id }) => id),
      [...ids].reverse(),
    );
  },
  title: (_provided, sort) => `flows sort by ${sort}, both ways`,
});

test(sorts, 'first', [1, 2, 3, 4]);
test(sorts, 'last', [2, 3, 4, 1]);
test(sorts, 'frames', [2, 3, 4, 1]);
test(sorts, 'bytes', [2, 3, 1, 4]);
test(sorts, 'initiator', [3, 1, 4, 2]);
test(sorts, 'responder', [1, 4, 2, 3]);
test(sorts, 'state', [1, 4, 2, 3]);

const filters = test.macro({
  exec: async (t, _what: string, filter: ViewFilter, ids: readonly number[]) => {
    const { total, rows } = (await flowList()).page('first', false, 0, 10, filter);
    t.deepEqual(
      rows.map(({ id }) => id),
      [...ids],
    );
    t.is(total, ids.length);
  },
  title: (_provided, what) => `${what} lists its flows`,
});

test(filters, 'a filter on a locality', { localities: [Locality.leak] }, [3]);
test(filters, 'a filter on two localities', { localities: [Locality.leak, Locality.loopback] }, [1, 2, 3, 4]);
test(filters, 'a filter on no locality', { localities: [] }, []);
test(filters, 'a filter on a flow', { flow: 2 }, [2]);
test(filters, 'a filter on a flow and another locality', { flow: 2, localities: [Locality.leak] }, []);
test(filters, 'a filter on flow 0, which there is not,', { flow: 0 }, []);
test(filters, 'a filter on a flow past the last', { flow: 5 }, []);

test('a page is a part of the list', async (t) => {
  const list = await flowList();
  const ids = (from: number, count: number) =>
    list.page('first', false, from, count, {}).rows.map(({ id }) => id);
  t.deepEqual(ids(1, 2), [2, 3]);
  t.deepEqual(ids(3, 10), [4]);
  t.deepEqual(ids(4, 10), []);
  t.deepEqual(ids(0, 0), []);
  const backwards = (from: number, count: number) =>
    list.page('first', true, from, count, {}).rows.map(({ id }) => id);
  t.deepEqual(backwards(0, 2), [4, 3]);
  t.deepEqual(backwards(3, 10), [1]);
  t.deepEqual(backwards(4, 10), []);
  t.deepEqual(backwards(9, 10), []);
});

test('a list that is asked for again has the flows that came since, also after a clear', async (t) => {
  const fields = { linkType: LinkType.raw, role: InterfaceRole.loopback };
  const one = [datagram('127.0.0.1:1', '127.0.0.1:2')];
  const two = [datagram('127.0.0.1:3', '127.0.0.1:4'), datagram('127.0.0.1:4', '127.0.0.1:3')];
  const source = new FakeLiveSource('lo', [one, two, one], fields);
  const analyzer = new Analyzer([source], plainOptions);
  const list = new FlowList(analyzer.pipeline);
  const seen: string[] = [];
  const onBatch = () => {
    const { total, rows } = list.page('frames', true, 0, 1, {});
    seen.push(`${total} ${rows[0].initiator.port}`);
    if (total === 2) {
      analyzer.pipeline.clear();
      seen.push(`${list.page('frames', true, 0, 1, {}).total}`);
    }
  };
  await analyzer.run([{ onBatch, onEnd: () => {} }]);
  t.deepEqual(seen, ['1 1', '2 3', '0', '1 1']);
});
