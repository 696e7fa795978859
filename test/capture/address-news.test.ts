import test from 'ava';
import { AddressNews } from '../../src/capture/address-news.js';
import { labTest } from './ring-lab.js';

labTest('an address that comes or goes is told at once, and once', async (t, lab) => {
  const news = AddressNews.open(`/run/netns/${lab.name}`)!;
  t.false(news.take());
  for (const line of [
    'ip address add 192.0.2.1/32 dev lo',
    'ip address del 192.0.2.1/32 dev lo',
    'ip -6 address add 2001:db8::1/128 dev lo nodad',
  ]) {
    await lab.sh(line);
    t.true(news.take(), line);
    t.false(news.take(), line);
  }
  await lab.sh('ip route add 198.51.100.0/24 dev lo');
  t.false(news.take());
  news.close();
});

labTest('more notices than a socket holds are told, too', async (t, lab) => {
  const news = AddressNews.open(`/run/netns/${lab.name}`)!;
  const addresses = Array.from({ length: 3000 }, (_, i) => `address add 10.${i >> 8}.${i & 255}.1/32 dev lo`);
  await lab.run('sh', '-c', `ip -batch - <<EOF\n${addresses.join('\n')}\nEOF`);
  t.true(news.take());
  let more = 0;
  while (news.take()) more++;
  t.true(more < 3000);
  news.close();
});

test('a namespace that is not there has no news', (t) => {
  t.is(AddressNews.open('/run/netns/loscope-none'), null);
});
