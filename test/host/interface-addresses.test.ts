import { formatIpv4, formatIpv6 } from '../../src/format/address.js';
import { readInterfaceAddresses } from '../../src/host/interface-addresses.js';
import { labTest } from '../capture/ring-lab.js';

labTest(
  'addresses of interfaces are read, also those that no table loops, and the own end of a tunnel',
  async (t, lab) => {
    await lab.sh('ip link add v0 type veth peer name v1');
    await lab.sh('ip address add 192.0.2.7/24 dev v0');
    await lab.sh('ip address add 192.0.2.9 peer 192.0.2.10 dev v1');
    await lab.sh('ip address add fd00:9::1/64 dev v0 nodad');
    await lab.sh('ip route del local 192.0.2.7 table local').catch(() => {});
    const texts = readInterfaceAddresses(`/run/netns/${lab.name}`).map(({ bytes, prefixLen }) => {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      return `${bytes.length === 4 ? formatIpv4(view.getInt32(0)) : formatIpv6(view, 0)}/${prefixLen}`;
    });
    t.deepEqual(texts.sort(), ['127.0.0.1/32', '192.0.2.7/32', '192.0.2.9/32', '::1/128', 'fd00:9::1/128']);
  },
);
