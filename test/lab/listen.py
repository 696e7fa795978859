"""Holds sockets and serves them until it is killed: listen.py PROTOCOL,ADDRESS,PORT[,OPTION...] ...

Options: device=NAME, v6only, transparent, reuseport, join=NAME (multicast), backlog=N, name=NAME (of this process).
TCP connections are accepted and kept, unless idle is given; UDP datagrams are sent back.
"""
import ctypes
import select
import socket
import struct
import sys

IP_TRANSPARENT = 19
IPV6_TRANSPARENT = 75
PR_SET_NAME = 15


def hold(spec):
    protocol, address, port, *words = spec.split(',')
    options = dict(word.partition('=')[::2] for word in words)
    v6 = ':' in address
    s = socket.socket(socket.AF_INET6 if v6 else socket.AF_INET,
                      socket.SOCK_STREAM if protocol == 'tcp' else socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if 'reuseport' in options:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    if v6:
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 'v6only' in options)
    if 'transparent' in options:
        s.setsockopt(socket.IPPROTO_IPV6 if v6 else socket.IPPROTO_IP,
                     IPV6_TRANSPARENT if v6 else IP_TRANSPARENT, 1)
    if 'device' in options:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, options['device'].encode())
    host, _, scope = address.partition('%')
    s.bind((host, int(port), 0, socket.if_nametoindex(scope)) if scope else (address, int(port)))
    if 'join' in options:
        index = socket.if_nametoindex(options['join'])
        group = socket.inet_aton(address) + struct.pack('=4si', b'\0\0\0\0', index)
        s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, group)
    if protocol == 'tcp':
        s.listen(int(options.get('backlog', 16)))
    if 'name' in options:
        ctypes.CDLL(None).prctl(PR_SET_NAME, options['name'].encode(), 0, 0, 0)
    return s, 'idle' in options


held = [hold(spec) for spec in sys.argv[1:]]
served = [s for s, is_idle in held if not is_idle]
connections = []
print('ready', flush=True)
while True:
    for s in select.select(served, [], [])[0]:
        if s.type == socket.SOCK_STREAM:
            connections.append(s.accept())
        else:
            data, peer = s.recvfrom(2048)
            s.sendto(data, peer)
