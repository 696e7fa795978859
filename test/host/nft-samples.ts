/**
 * A ruleset as nft 1.0.6 printed it from Linux 6.18: `nft -j list ruleset`, an object a line, and parts of
 * `nft -a list ruleset`.
 */
export const nftObjects = [
  '{"metainfo": {"version": "1.0.6", "release_name": "Lester Gooch #5", "json_schema_version": 1}}',
  '{"table": {"family": "ip", "name": "t", "handle": 1}}',
  '{"map": {"family": "ip", "name": "m", "table": "t", "type": "inet_service", "handle": 6, "map": "ipv4_addr", "elem": [[80, "127.0.0.1"], [81, "10.0.0.1"]]}}',
  '{"chain": {"family": "ip", "table": "t", "name": "sub", "handle": 1}}',
  '{"chain": {"family": "ip", "table": "t", "name": "pre", "handle": 2, "type": "nat", "hook": "prerouting", "prio": -100, "policy": "accept"}}',
  '{"chain": {"family": "ip", "table": "t", "name": "out", "handle": 3, "type": "nat", "hook": "output", "prio": -100, "policy": "accept"}}',
  '{"chain": {"family": "ip", "table": "t", "name": "post", "handle": 4, "type": "nat", "hook": "postrouting", "prio": 100, "policy": "accept"}}',
  '{"chain": {"family": "ip", "table": "t", "name": "tp", "handle": 5, "type": "filter", "hook": "prerouting", "prio": -150, "policy": "accept"}}',
  '{"rule": {"family": "ip", "table": "t", "chain": "sub", "handle": 7, "expr": [{"match": {"op": "==", "left": {"payload": {"protocol": "tcp", "field": "dport"}}, "right": 443}}, {"redirect": {"port": 8443}}]}}',
  '{"rule": {"family": "ip", "table": "t", "chain": "sub", "handle": 8, "expr": [{"dnat": {"addr": {"range": ["127.0.0.2", "127.0.0.9"]}}}]}}',
  '{"rule": {"family": "ip", "table": "t", "chain": "pre", "handle": 9, "expr": [{"match": {"op": "==", "left": {"meta": {"key": "iifname"}}, "right": "a0"}}, {"match": {"op": "==", "left": {"payload": {"protocol": "tcp", "field": "dport"}}, "right": 80}}, {"dnat": {"addr": "127.0.0.1", "port": 8080}}]}}',
  '{"rule": {"family": "ip", "table": "t", "chain": "pre", "handle": 10, "expr": [{"jump": {"target": "sub"}}]}}',
  '{"rule": {"family": "ip", "table": "t", "chain": "pre", "handle": 11, "expr": [{"match": {"op": "==", "left": {"payload": {"protocol": "tcp", "field": "dport"}}, "right": 81}}, {"dnat": {"addr": {"map": {"key": {"payload": {"protocol": "tcp", "field": "dport"}}, "data": "@m"}}}}]}}',
  '{"rule": {"family": "ip", "table": "t", "chain": "pre", "handle": 13, "expr": [{"dnat": {"addr": {"map": {"key": {"payload": {"protocol": "tcp", "field": "dport"}}, "data": {"set": [[1, "127.0.0.9"], [2, "1.2.3.4"]]}}}}}]}}',
  '{"rule": {"family": "ip", "table": "t", "chain": "pre", "handle": 15, "expr": [{"dnat": {"addr": {"map": {"key": {"numgen": {"mode": "inc", "mod": 2, "offset": 0}}, "data": {"set": [[0, "127.0.0.1"], [1, "10.0.0.1"]]}}}}}]}}',
  '{"rule": {"family": "ip", "table": "t", "chain": "out", "handle": 16, "expr": [{"match": {"op": "==", "left": {"payload": {"protocol": "ip", "field": "daddr"}}, "right": {"prefix": {"addr": "127.0.0.0", "len": 8}}}}, {"match": {"op": "==", "left": {"payload": {"protocol": "tcp", "field": "dport"}}, "right": 9}}, {"dnat": {"addr": "192.0.2.9"}}]}}',
  '{"rule": {"family": "ip", "table": "t", "chain": "out", "handle": 17, "expr": [{"match": {"op": "==", "left": {"meta": {"key": "l4proto"}}, "right": "tcp"}}, {"redirect": {"port": 15001}}]}}',
  '{"rule": {"family": "ip", "table": "t", "chain": "out", "handle": 18, "expr": [{"jump": {"target": "sub"}}]}}',
  '{"rule": {"family": "ip", "table": "t", "chain": "post", "handle": 19, "expr": [{"match": {"op": "==", "left": {"payload": {"protocol": "ip", "field": "saddr"}}, "right": {"prefix": {"addr": "127.0.0.0", "len": 8}}}}, {"masquerade": null}]}}',
  '{"rule": {"family": "ip", "table": "t", "chain": "post", "handle": 20, "expr": [{"match": {"op": "==", "left": {"fib": {"result": "type", "flags": ["saddr"]}}, "right": "local"}}, {"match": {"op": "==", "left": {"meta": {"key": "oifname"}}, "right": "a0"}}, {"masquerade": null}]}}',
  '{"rule": {"family": "ip", "table": "t", "chain": "post", "handle": 22, "expr": [{"match": {"op": "==", "left": {"payload": {"protocol": "ip", "field": "saddr"}}, "right": {"set": ["10.0.0.1", "127.0.0.1"]}}}, {"snat": {"addr": "192.0.2.1"}}]}}',
  '{"rule": {"family": "ip", "table": "t", "chain": "post", "handle": 23, "expr": [{"match": {"op": "==", "left": {"meta": {"key": "oifname"}}, "right": "a0"}}, {"masquerade": null}]}}',
  '{"rule": {"family": "ip", "table": "t", "chain": "tp", "handle": 24, "expr": [{"match": {"op": "==", "left": {"meta": {"key": "l4proto"}}, "right": "tcp"}}, {"tproxy": {"addr": "127.0.0.1", "port": 50080}}]}}',
  '{"table": {"family": "inet", "name": "u", "handle": 2}}',
  '{"chain": {"family": "inet", "table": "u", "name": "pre", "handle": 1, "type": "nat", "hook": "prerouting", "prio": -100, "policy": "accept"}}',
  '{"chain": {"family": "inet", "table": "u", "name": "a", "handle": 2}}',
  '{"chain": {"family": "inet", "table": "u", "name": "b", "handle": 3}}',
  '{"rule": {"family": "inet", "table": "u", "chain": "pre", "handle": 4, "expr": [{"match": {"op": "==", "left": {"meta": {"key": "nfproto"}}, "right": "ipv6"}}, {"match": {"op": "==", "left": {"meta": {"key": "l4proto"}}, "right": "tcp"}}, {"dnat": {"family": "ip6", "addr": "::1", "port": 80}}]}}',
  '{"rule": {"family": "inet", "table": "u", "chain": "pre", "handle": 5, "comment": "x -j", "expr": [{"match": {"op": "==", "left": {"payload": {"protocol": "ip", "field": "daddr"}}, "right": "1.2.3.4"}}, {"dnat": {"family": "ip", "addr": "127.0.0.1"}}]}}',
  '{"rule": {"family": "inet", "table": "u", "chain": "pre", "handle": 7, "expr": [{"vmap": {"key": {"payload": {"protocol": "tcp", "field": "dport"}}, "data": {"set": [[1, {"jump": {"target": "a"}}], [2, {"goto": {"target": "b"}}]]}}}]}}',
  '{"rule": {"family": "inet", "table": "u", "chain": "a", "handle": 8, "expr": [{"dnat": {"family": "ip", "addr": "127.0.0.4"}}]}}',
  '{"rule": {"family": "inet", "table": "u", "chain": "b", "handle": 9, "expr": [{"drop": null}]}}',
];

export const nftJson = `{"nftables": [${nftObjects.join(', ')}]}`;

export const nftListing = `\
table ip t { # handle 1
\tmap m { # handle 6
\t\ttype inet_service : ipv4_addr
\t\telements = { 80 : 127.0.0.1, 81 : 10.0.0.1 }
\t}

\tchain sub { # handle 1
\t\ttcp dport 443 redirect to :8443 # handle 7
\t\tdnat to 127.0.0.2-127.0.0.9 # handle 8
\t}

\tchain pre { # handle 2
\t\ttype nat hook prerouting priority dstnat; policy accept;
\t\tiifname "a0" tcp dport 80 dnat to 127.0.0.1:8080 # handle 9
\t\tjump sub # handle 10
\t}
}
table inet u { # handle 2
\tchain pre { # handle 1
\t\ttype nat hook prerouting priority dstnat; policy accept;
\t\tip daddr 1.2.3.4 dnat ip to 127.0.0.1 comment "x # handle 9" # handle 5
\t}
}
`;
