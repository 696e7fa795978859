"""Sends UDP datagrams with the socket options Node cannot set, and checks that local receivers hear them.

One process holds the receivers and the sender, so that nothing is sent before somebody listens. It exits with 1
when a receiver stays silent: a capture of a cast that no local socket got would not show what its name says.
"""
import argparse
import ipaddress
import socket
import struct
import sys

UDP_SEGMENT = 103  # linux/udp.h; the socket module names it from Python 3.12 on
SO_NO_CHECK = 11  # asm-generic/socket.h


def parse():
    p = argparse.ArgumentParser()
    p.add_argument('--source', help='address to send from')
    p.add_argument('--to', required=True)
    p.add_argument('--port', type=int, default=5000)
    p.add_argument('--source-port', type=int, default=6000)
    p.add_argument('--size', type=int, default=32, help='bytes of one datagram')
    p.add_argument('--count', type=int, default=1)
    p.add_argument('--segment', type=int, help='UDP_SEGMENT: let the device cut the datagram')
    p.add_argument('--no-checksum', action='store_true')
    p.add_argument('--device', help='SO_BINDTODEVICE of the sender')
    p.add_argument('--multicast-device', help='interface, or IPv4 address of one, casts leave by')
    p.add_argument('--no-loop', action='store_true', help='IP_MULTICAST_LOOP off: no copy for this host')
    p.add_argument('--receive', action='append', default=[], metavar='ADDRESS', help='address a receiver binds')
    p.add_argument('--mapped', action='store_true', help='send with an IPv6 socket to ::ffff:TO')
    p.add_argument('--expect', type=int, help='datagrams each receiver must read; --count unless given')
    p.add_argument('--wait', action='store_true', help='only receive: say "ready", echo the first datagram, leave')
    p.add_argument('--reply', action='store_true', help='wait for one answer on the sending socket')
    return p.parse_args()


def family(address):
    return socket.AF_INET6 if ':' in address else socket.AF_INET


def by_interface(device):
    """struct ip_mreqn without its group (ip(7)): a local address, or an index; and the index alone for IPv6."""
    try:
        return struct.pack('4si', socket.inet_aton(device), 0), 0
    except OSError:
        index = socket.if_nametoindex(device)
        return struct.pack('4si', bytes(4), index), index


def sockaddr(address, port):
    return socket.getaddrinfo(address, port, type=socket.SOCK_DGRAM)[0][4]


def receiver(address, args):
    s = socket.socket(family(address), socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if args.segment:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    s.settimeout(3)
    s.bind(sockaddr(address, args.port))
    group = args.to.split('%')[0]
    if ipaddress.ip_address(group).is_multicast:
        interface, index = by_interface(args.multicast_device)
        if s.family == socket.AF_INET6:
            member = socket.inet_pton(socket.AF_INET6, group) + struct.pack('i', index)
            s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, member)
        else:
            member = socket.inet_aton(group) + interface
            s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
    return s


def sender(args):
    to = socket.AF_INET6 if args.mapped else family(args.to)
    s = socket.socket(to, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    s.settimeout(3)
    if args.device:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, args.device.encode())
    if args.no_checksum:
        s.setsockopt(socket.SOL_SOCKET, SO_NO_CHECK, 1)
    if args.segment:
        s.setsockopt(socket.SOL_UDP, UDP_SEGMENT, args.segment)
    if args.multicast_device:
        interface, index = by_interface(args.multicast_device)
        if to == socket.AF_INET6:
            s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
        else:
            s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, bytes(4) + interface)
    if args.no_loop and to == socket.AF_INET6:
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_LOOP, 0)
    elif args.no_loop:
        s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)
    wildcard = '::' if to == socket.AF_INET6 else '0.0.0.0'
    s.bind(sockaddr(args.source or wildcard, args.source_port))
    return s


def main():
    args = parse()
    receivers = [receiver(a, args) for a in args.receive]
    if args.wait:
        print('ready', flush=True)
        receivers[0].settimeout(20)
        data, peer = receivers[0].recvfrom(65535)
        receivers[0].sendto(data, peer)
        return
    s = sender(args)
    to = '::ffff:' + args.to if args.mapped else args.to
    for i in range(args.count):
        s.sendto(bytes([0x61 + i]) * args.size, sockaddr(to, args.port))
    expect = args.count if args.expect is None else args.expect
    for r in receivers:
        for _ in range(expect):
            try:
                data, peer = r.recvfrom(65535)
                print(f'{r.getsockname()} heard {len(data)} bytes from {peer}')
            except TimeoutError:
                sys.exit(f'{r.getsockname()} heard nothing')
    if args.reply:
        print('answer', s.recvfrom(65535)[1])


main()
