"""Frames that an ordinary socket will not send: raw IPv4 with a chosen UDP checksum, and Ethernet by a packet socket.

checksums        127.0.0.1 to itself: one right, one wrong UDP checksum, written by this script in full.
ipv6 DEVICE MAC  loopback addresses of IPv6 as source and destination, on a wire.
tagged DEVICE MAC  UDP datagrams of several sizes without a tag, in 802.1Q, 802.1ad, and one tag in another.
"""
import socket
import struct
import sys


def ones_complement(data):
    if len(data) % 2:
        data += b'\0'
    total = sum(struct.unpack(f'!{len(data) // 2}H', data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def udp(source, destination, payload, wrong=0):
    """RFC 768: the sum runs over a pseudo header, the header with checksum 0, and the data."""
    length = 8 + len(payload)
    header = struct.pack('!HHHH', 6000, 5000, length, 0)
    pseudo = source + destination + struct.pack('!II', length, socket.IPPROTO_UDP)
    checksum = ~ones_complement(pseudo + header + payload) & 0xFFFF
    return struct.pack('!HHHH', 6000, 5000, length, (checksum ^ wrong) or 0xFFFF) + payload


def checksums():
    receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    receiver.bind(('127.0.0.1', 5000))
    receiver.settimeout(0.5)
    address = socket.inet_aton('127.0.0.1')
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP)
    raw.sendto(udp(address, address, b'right checksum'), ('127.0.0.1', 0))
    raw.sendto(udp(address, address, b'wrong checksum', wrong=0x0101), ('127.0.0.1', 0))
    if receiver.recv(100) != b'right checksum':
        sys.exit('the right checksum was not accepted')
    try:
        sys.exit(f'a wrong checksum was accepted: {receiver.recv(100)}')
    except TimeoutError:
        pass


def ipv6(device, mac):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    s.bind((device, 0))
    ethernet = bytes.fromhex(mac.replace(':', '')) + s.getsockname()[4] + struct.pack('!H', 0x86DD)
    for source, destination in [('::1', 'fd00:77::1'), ('fd00:77::2', '::1'), ('::ffff:127.0.0.1', 'fd00:77::1')]:
        ends = [socket.inet_pton(socket.AF_INET6, a) for a in (source, destination)]
        datagram = udp(*ends, b'from outside')
        header = struct.pack('!IHBB', 6 << 28, len(datagram), socket.IPPROTO_UDP, 64)
        s.send(ethernet + header + b''.join(ends) + datagram)


def tagged(device, mac):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    s.bind((device, 0))
    addresses = bytes.fromhex(mac.replace(':', '')) + s.getsockname()[4]
    ends = [socket.inet_aton(a) for a in ('10.77.0.2', '10.77.0.1')]
    tags = ['', '81000005', '8100e006', '88a80005', '88a8000581000006', '81000000']
    for number, tag in enumerate(tags * 3):
        datagram = udp(*ends, b'x' * (10 + 40 * (number % 4)))
        header = struct.pack('!BBHHHBBH', 0x45, 0, 20 + len(datagram), number, 0, 64, socket.IPPROTO_UDP, 0)
        s.send(addresses + bytes.fromhex(tag) + b'\x08\0' + header + b''.join(ends) + datagram)


{'checksums': checksums, 'ipv6': ipv6, 'tagged': tagged}[sys.argv[1]](*sys.argv[2:])
