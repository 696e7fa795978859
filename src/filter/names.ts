/**
 * Names of services and protocols: a small table of the usual ones, so that a filter means the same on every host.
 * Reference: IANA service-names-port-numbers, protocol-numbers and ieee-802-numbers, with the names of /etc/services.
 */
const tcp = 6;
const udp = 17;
const sctp = 132;

/** name port[/protocols]; without protocols both TCP and UDP, and one number alone checks no protocol. */
const services = `tcpmux 1/t echo 7 discard 9 systat 11/t daytime 13 netstat 15/t qotd 17/t chargen 19 ftp-data 20/t
ftp 21/t fsp 21/u ssh 22/t telnet 23/t smtp 25/t mail 25/t time 37 whois 43/t nicname 43/t tacacs 49 domain 53
bootps 67/u bootpc 68/u tftp 69/u gopher 70/t finger 79/t http 80/t www 80/t kerberos 88 kerberos5 88 iso-tsap 102/t
acr-nema 104 pop3 110/t pop-3 110/t sunrpc 111 portmapper 111 auth 113/t ident 113/t nntp 119/t ntp 123/u
epmap 135/t netbios-ns 137/u netbios-dgm 138/u netbios-ssn 139/t imap2 143/t imap 143/t snmp 161 snmp-trap 162
snmptrap 162 xdmcp 177/u bgp 179/t irc 194 ldap 389 svrloc 427 https 443 microsoft-ds 445 kpasswd 464
submission 587/t isakmp 500/u rtsp 554 exec 512/t biff 512/u login 513/t who 513/u shell 514/t syslog 514/u
printer 515/t talk 517/u ntalk 518/u route 520/u router 520/u dhcpv6-client 546/u dhcpv6-server 547/u
ldaps 636 domain-s 853 rsync 873/t ftps-data 989/t ftps 990/t telnets 992/t imaps 993/t pop3s 995/t socks 1080/t
openvpn 1194 rmiregistry 1099/t ms-sql-s 1433/t ms-sql-m 1434/u l2f 1701/u l2tp 1701/u radius 1812/u
radius-acct 1813/u cvspserver 2401/t nfs 2049 mysql 3306/t rdp 3389 ms-wbt-server 3389/t svn 3690/t
ipsec-nat-t 4500/u sip 5060 sip-tls 5061 xmpp-client 5222/t xmpp-server 5269/t mdns 5353/u postgresql 5432/t
amqp 5672 x11 6000/t http-alt 8080/t`;

export interface Service {
  readonly port: number;
  /** IP protocol number; null where the name stands for more than one. */
  readonly protocol: number | null;
}

const serviceByName = new Map<string, Service>();
const words = services.split(/\s+/);
for (let i = 0; i < words.length; i += 2) {
  const [port, letter] = words[i + 1].split('/');
  const protocol = letter === undefined ? null : letter === 't' ? tcp : udp;
  serviceByName.set(words[i], { port: Number(port), protocol });
}

export function findService(name: string): Service | null {
  return serviceByName.get(name) ?? null;
}

/** IP protocol numbers. */
export const IpProtocol = {
  icmp: 1,
  igmp: 2,
  tcp,
  igrp: 9,
  udp,
  ipv6Fragment: 44,
  esp: 50,
  ah: 51,
  icmp6: 58,
  pim: 103,
  vrrp: 112,
  sctp,
} as const;

// biome-ignore format: a table
const ipProtocols: Readonly<Record<string, number>> = {
  ip: 0, hopopt: 0, icmp: 1, igmp: 2, ggp: 3, ipencap: 4, st: 5, tcp, egp: 8, igp: 9, igrp: 9, pup: 12, udp,
  hmp: 20, 'xns-idp': 22, rdp: 27, 'iso-tp4': 29, dccp: 33, xtp: 36, ddp: 37, 'idpr-cmtp': 38, ipv6: 41,
  'ipv6-route': 43, 'ipv6-frag': 44, idrp: 45, rsvp: 46, gre: 47, esp: 50, ah: 51, skip: 57, 'ipv6-icmp': 58,
  'ipv6-nonxt': 59, 'ipv6-opts': 60, rspf: 73, vmtp: 81, eigrp: 88, ospf: 89, 'ax.25': 93, ipip: 94, etherip: 97,
  encap: 98, pim: 103, ipcomp: 108, vrrp: 112, l2tp: 115, isis: 124, sctp, fc: 133, 'mobility-header': 135,
  udplite: 136, 'mpls-in-ip': 137, manet: 138, hip: 139, shim6: 140, wesp: 141, rohc: 142, ethernet: 143,
};

export function findIpProtocol(name: string): number | null {
  return Object.hasOwn(ipProtocols, name) ? ipProtocols[name] : null;
}

/** EtherTypes; below 1536 the LLC service access points that libpcap takes for them. */
// biome-ignore format: a table
const linkProtocols: Readonly<Record<string, number>> = {
  pup: 0x200, xns: 0x600, ip: 0x800, arp: 0x806, rarp: 0x8035, ip6: 0x86dd, mopdl: 0x6001, moprc: 0x6002,
  decnet: 0x6003, lat: 0x6004, sca: 0x6007, atalk: 0x809b, aarp: 0x80f3, ipx: 0xe0, iso: 0xfe, stp: 0x42,
  netbeui: 0xf0, loopback: 0x9000,
};

export function findLinkProtocol(name: string): number | null {
  return Object.hasOwn(linkProtocols, name) ? linkProtocols[name] : null;
}

const isoProtocols: Readonly<Record<string, number>> = { clnp: 0x81, esis: 0x82, isis: 0x83 };

export function findIsoProtocol(name: string): number | null {
  return Object.hasOwn(isoProtocols, name) ? isoProtocols[name] : null;
}
