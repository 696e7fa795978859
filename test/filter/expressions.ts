/**
 * Filters that people write: facts to compare with libpcap. `manual` are those of pcap-filter(7) and tcpdump(8), with
 * addresses for their host names; the rest come from cheat sheets, scripts and corners of the grammar.
 */
const lines = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

export const manual = lines(String.raw`
  host 10.0.0.1
  host 10.0.0.1 and ( 10.0.0.2 or 10.0.0.3 )
  ip host 10.0.0.1 and not 10.0.0.2
  net 128.3
  port 20
  portrange 6000-6008
  src net 128.3
  dst net 128.3
  src or dst port ftp-data
  src and dst port 53
  ether src 1:2:3:4:5:6
  arp net 128.3
  tcp port 21
  udp portrange 7000-7009
  host 10.0.0.1 and not port ftp and not port ftp-data
  tcp dst port ftp or ftp-data or domain
  tcp dst port ftp or tcp dst port ftp-data or tcp dst port domain
  ip host 127.0.0.1
  ether proto \ip and host 127.0.0.1
  ether host 0:0:0:0:0:0 and not host 127.0.0.1
  net 192.168.1.0
  net 192.168.1
  net 172.16
  net 10
  net 10.0.0.0 mask 255.0.0.0
  net 10.0.0.0/8
  dst port 513
  port domain
  less 100
  greater 100
  len <= 100
  len >= 100
  ip proto \tcp
  ip proto 6
  icmp
  ip proto 1
  ip6 proto 6
  icmp6
  ip6 proto 58
  proto 6
  ah
  esp
  pim
  sctp
  tcp
  udp
  ether broadcast
  ether multicast
  ether[0] & 1 != 0
  ip multicast
  ip6 multicast
  ether proto \arp
  ether proto 0x88cc
  ip
  ip6
  arp
  rarp
  atalk
  aarp
  decnet
  iso
  stp
  ipx
  netbeui
  lat
  moprc
  mopdl
  llc
  vlan
  vlan 100
  vlan 100 && vlan 200
  vlan && vlan 300 && ip
  pppoed
  iso proto \clnp
  clnp
  esis
  isis
  ether[0] & 1 != 0
  ip[0] & 0xf != 5
  ip[6:2] & 0x1fff = 0
  not host 10.0.0.1 and ip
  ip and not net 127.0.0.0/8
  tcp[tcpflags] & (tcp-syn|tcp-fin) != 0 and not src and dst net 127.0.0.0/8
  tcp[tcpflags] & (tcp-rst|tcp-ack) == (tcp-rst|tcp-ack)
  tcp port 80 and (((ip[2:2] - ((ip[0]&0xf)<<2)) - ((tcp[12]&0xf0)>>2)) != 0)
  ip[2:2] > 576
  ether[0] & 1 = 0 and ip[16] >= 224
  icmp[icmptype] != icmp-echo and icmp[icmptype] != icmp-echoreply
  tcp[13] == 2
  tcp[13] & 2 == 2
  tcp[13] & 2 != 0
  tcp[tcpflags] & tcp-push != 0
  not tcp port 22
`);

export const others = lines(String.raw`
  tcp and port 80
  tcp port http or https
  tcp port 80 or tcp port 443
  port 80 or port 443
  port 80 or 443 or 8080
  tcp src port 18888
  tcp dst port 18888
  udp port 53
  udp port 5353 and ip multicast
  udp and not port 53
  not port 22
  not ( port 22 or port 53 )
  port not 22
  port (22 or 80)
  port not (22 or 80)
  host not 127.0.0.1
  host (127.0.0.1 or 127.0.0.2)
  host 127.0.0.1 or 127.0.0.2 or 127.0.0.87
  src host 127.0.0.1
  dst host 127.0.0.87
  src 127.0.0.1 and dst 127.0.0.87
  src 127.0.0.88 && dst 127.0.0.87
  src or dst host 127.0.0.1
  dst or src host 127.0.0.1
  src and dst host 127.0.0.1
  dst and src host 127.0.0.1
  src and dst net 127.0.0.0/8
  src net 127.0.0.0/8 and not dst net 127.0.0.0/8
  not src net 127 and dst net 127
  net 127
  net 127.0
  net 127.0.0
  net 127.0.0.0
  net 127.0.0.0/8 and not net 127.0.0.0/24
  net 0.0.0.0/0
  net 128.0.0.0/1
  net 224.0.0.0/4
  dst net 224.0.0.0/4 and udp
  host 10.1
  host 127.1
  host 0x7f000001
  host 2130706433
  src 5
  net 256
  net 0
  net 0x7f000000
  net 192.168.0.0 mask 255.255.0.0
  net 127.0.0.1 mask 255.255.255.255
  net 10 or 172.16 or 192.168
  ip src 127.0.0.1
  ip dst 127.0.0.1
  arp host 10.9.0.1
  rarp host 10.9.0.1
  arp src host 10.9.0.1
  arp dst 10.9.0.2
  arp and host 10.9.0.2
  arp[6:2] = 1
  arp[6:2] = 2
  arp or icmp
  arp or (ip and net 10)
  host ::1
  ip6 host ::1
  src host ::1
  dst ::1
  src and dst ::1
  ip6 src ::1 and ip6 dst ::1
  not ip6 host ::1
  host ::1 or host 127.0.0.1
  host 127.0.0.1 or host ::1
  host fe80::1
  net fe80::/10
  dst net ff00::/8
  net ::1/128
  net ::/0
  net 2001:db8::/32 or net fd00::/8
  net fe80::/64
  src net fc00::/7
  ip6 net ::ffff:0:0/96
  ip6 and tcp
  ip6 and udp port 53
  ip6 and not icmp6
  ip6[6] = 58
  ip6[40] = 128
  ip6[6] = 58 and ip6[40] = 135
  ip6[7] < 64
  ip6[4:2] > 1000
  ip6[0] & 0xf0 = 0x60
  ip6[6] = 0 or ip6[6] = 43 or ip6[6] = 44 or ip6[6] = 60
  icmp6[icmp6type] = icmp6-echo
  icmp6[0] = 128 or icmp6[0] = 129
  icmp6[icmp6type] >= icmp6-routersolicit and icmp6[icmp6type] <= icmp6-redirect
  icmp6 and ip6[40] = icmp6-neighborsolicit
  icmp[icmptype] = icmp-echo
  icmp[icmptype] == icmp-echo or icmp[icmptype] == icmp-echoreply
  icmp[0] = 3 and icmp[1] = 3
  icmp[icmptype] = icmp-unreach
  icmp[icmptype] = icmp-unreach and icmp[icmpcode] = 4
  icmp[icmptype] != icmp-echo
  icmp[4:2] = 0
  icmp or udp
  icmp and not icmp[icmptype] = icmp-echo
  icmp and host 127.127.127.127
  icmp or icmp6
  tcp or udp
  tcp or udp or icmp or icmp6 or arp
  not tcp and not udp
  not (tcp or udp)
  not ip and not ip6
  ip or ip6
  ip and tcp
  ip and udp
  ip and ip6
  tcp and not ip6
  igmp
  igrp
  vrrp
  carp
  proto 2
  proto \udp
  ip proto \icmp
  ip proto \icmp or \igmp
  ip proto 17 or 6
  ip6 proto \udp
  ip6 proto 44
  ip proto ospf
  ip proto gre
  proto ospf
  ip6 proto ipv6-icmp
  proto 255
  proto 300
  ether proto \ip6
  ether proto \arp or \ip
  ether proto 0x800
  ether proto 0x86dd
  ether proto 2048
  ether proto 100
  ether proto 1500
  ether proto 1501
  ether proto \stp
  ether proto \ipx
  ether proto \atalk
  ether proto loopback
  link proto \ip
  ether src 02:00:00:00:00:01
  ether dst ff:ff:ff:ff:ff:ff
  ether host 00-00-00-00-00-00
  ether host 0000.0000.0000
  ether host 000000000000
  ether src and dst 0:0:0:0:0:0
  not ether host 0:0:0:0:0:0
  broadcast
  multicast
  not broadcast and not multicast
  ether broadcast or ip multicast
  broadcast or multicast or ip6 multicast
  dst host 255.255.255.255
  udp and dst host 255.255.255.255
  ether[6:4] = 0
  ether[12:2] = 0x800
  ether[12:2] > 1500
  ether[0:4] != 0
  ether[0] = 0 and ether[1] = 0
  link[0] = 0
  len > 1000
  len < 60
  len = 74
  len != 74
  len > 60 and len < 100
  len - 14 > 60
  len = ip[2:2] + 14
  len > ip[2:2] + 14
  ip[2:2] + 14 != len
  length > 100
  less 60 or greater 1500
  greater 65535
  less 0
  tcp[13] = 18
  tcp[13] & 4 != 0
  tcp[13] & 1 != 0
  tcp[13] & 18 = 18
  tcp[13] = 2 or tcp[13] = 18
  tcp[tcpflags] = tcp-syn
  tcp[tcpflags] == tcp-syn|tcp-ack
  tcp[tcpflags] & tcp-syn != 0
  tcp[tcpflags] & tcp-ack = 0
  tcp[tcpflags] & (tcp-syn|tcp-ack) = tcp-syn
  tcp[tcpflags] & (tcp-rst) != 0
  tcp[tcpflags] & (tcp-fin|tcp-rst) != 0 or icmp
  tcp[tcpflags] & tcp-urg != 0 or tcp[tcpflags] & tcp-ece != 0 or tcp[tcpflags] & tcp-cwr != 0
  tcp[tcpflags] & tcp-syn != 0 and tcp[tcpflags] & tcp-ack = 0 and port 18888
  tcp and tcp[13] & 7 != 0
  tcp[14:2] = 0
  tcp[14:2] < 1000
  tcp[0:2] = 18888
  tcp[0:2] > 1024 and tcp[2:2] < 1024
  tcp[2:2] = tcp[0:2]
  tcp[4:4] = 0
  tcp[8:4] != 0
  tcp[12] & 0xf0 != 0x50
  (tcp[12] >> 4) > 5
  tcp[12] >> 2 > 20
  tcp[((tcp[12:1] & 0xf0) >> 2):4] = 0x47455420
  tcp[((tcp[12:1] & 0xf0) >> 2):4] = 0x48545450
  tcp port 80 and tcp[((tcp[12:1] & 0xf0) >> 2):4] = 0x47455420
  tcp[(tcp[12]>>2):4] = 0x5353482D
  (tcp[(tcp[12]>>2):4] = 0x5353482D) and (tcp[((tcp[12]>>2)+4):2] = 0x312E or tcp[((tcp[12]>>2)+4):2] = 0x322E)
  tcp[20:4] = 0x47455420
  udp[4:2] > 100
  udp[4:2] < 8
  udp[0:2] = 53 or udp[2:2] = 53
  udp[8:2] != 0
  udp[10] & 0x80 = 0 and udp port 53
  udp[6:2] = 0
  udp[8] = 0 or udp[9] = 1
  sctp port 80
  sctp[0:2] = 80
  sctp portrange 1-1024
  sctp or esp or ah
  igmp[0] = 0x16
  pim[0] = 0x20
  vrrp[0] = 33
  ip[0] = 0x45
  ip[0] & 0xf > 5
  ip[0] != 0x45
  ip[1] & 0xfc >> 2 = 46
  (ip[1] & 0xfc) >> 2 = 46
  ip[1] = 0x10
  ip[6] & 0x20 != 0
  ip[6] & 0x40 != 0
  ip[6] = 64
  ip[6:2] & 0x3fff != 0
  (ip[6:2] & 0x1fff) != 0
  (ip[6] & 0x20 != 0) or (ip[6:2] & 0x1fff != 0)
  ((ip[6:2] > 0) and (not ip[6] = 64))
  ip[8] < 5
  ip[8] = 1 or ip[8] = 64
  ip[8] >= 64 and ip[8] <= 128
  ip[9] = 6
  ip[9] = 6 or ip[9] = 17
  ip[12:4] = 0x7f000001
  ip[12] = 127
  ip[12] = 127 or ip[16] = 127
  ip[12:4] = ip[16:4]
  ip[16:4] = 0x7f000057 and tcp
  ip[12] & 0xff = 127
  ip[2:2] - 20 > 500
  ip[2:2] * 2 > 1000
  ip[2:2] / 4 = 15
  ip[2:2] % 4 = 0
  ip[2:2] ^ 60 = 0
  ip[2:2] | 1 = 61
  ip[2:2] << 1 = 120
  ip[ip[0] & 15] = 0
  ip[(ip[0] & 0xf) << 2:2] = 18888
  ip[((ip[0] & 0xf) << 2) + 13] & 2 != 0
  ip[0] + ip[1] = 69
  ip[0] - ip[1] > 60
  ip[0] * ip[8] > 1000
  -ip[0] < 0
  ip[0] = -187 + 256
  0 < ip[8]
  60 = ip[2:2]
  5 > 3
  1 = 2
  10 & 3 = 2
  ip[100] = 0
  ip[65535] = 0
  ether[1514] = 0 or ip
  ip[2:2] > 40 or ip6
  not ip[2:2] > 40
  not not tcp
  ! tcp
  !(tcp || udp)
  tcp && port 18888 || icmp
  tcp or udp and port 53
  (tcp or udp) and port 53
  tcp or (udp and port 53)
  portrange 1-1024
  portrange 18000-19000
  tcp portrange 18000-19000
  src portrange 30000-65535
  dst portrange 1-1023 and not port 22
  udp dst portrange 33434-33534
  portrange 80
  portrange 19000-18000
  portrange ftp-data-telnet
  portrange 0-65535
  port 0
  port 65535
  port http
  port ftp
  port ssh or telnet
  port bootps or bootpc
  udp port domain or ntp or snmp
  tcp port https and net 10
  src port 18888 or dst port 18888
  src port 18888 and dst port 40669
  tcp src port 18888 or 40669
  port 53 and host 127.0.0.1
  host 127.0.0.1 and port 53
  host 127.0.0.1 and tcp and port 18888
  host 127.0.0.1 and host 127.0.0.87
  host 127.0.0.88 and host 127.0.0.87 and tcp port 18888
  host 127.0.0.1 and (port 80 or port 443)
  (host 127.0.0.1 or host ::1) and (tcp port 80 or udp port 53)
  src host 127.0.0.1 and (dst port 80 or dst port 443 or dst port 8080)
  not host 127.0.0.1 and not host ::1
  not (host 127.0.0.1 and port 22)
  tcp and not port 22 and not host 10.0.0.1
  ip and not tcp and not udp and not icmp
  (ip or ip6) and not (tcp or udp or icmp or icmp6)
  vlan and host 10.0.0.1
  vlan and tcp port 80
  vlan 5 and ip6
  vlan or ip
  ip or vlan
  not vlan
  vlan and vlan
  vlan and arp
  vlan 5 and ether[0] = 0
  vlan and iso
  tcp port 80 and (udp) or 443
  ip host 127.0.0.1 or 127.0.0.2 and not 127.0.0.3
  tcp dst port 80 or 443 and src port 1024
  esp or udp port isakmp or udp port 4500
  byte 0 = 0
  byte 14 = 0x45
  byte 12 > 7
  byte 12 < 9
  inbound
  outbound
  ifindex 1
  inbound and tcp
  not outbound
  decnet[0] = 1
  rarp[6:2] = 3
  es-is or is-is
  llc i
  llc s
  llc u
  llc rr or llc rnr
  llc rej
  llc ui
  llc ua or llc disc
  llc sabme
  llc test
  llc xid
  not llc frmr
`);

export const expressions: readonly string[] = [...manual, ...others];
