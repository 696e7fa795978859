"""Ordinary traffic by real sockets whose payloads name loopback in every way that is nobody's fault.

serve ADDRESS...               DNS, HTTP, a TLS server's bytes, and an echo, until it is killed; says "ready"
ask ADDRESS... [--from SOURCE] one of each to every address; exits with 1 when an answer is not what it must be
cast ADDRESS                   mDNS, SSDP and broadcasts, from this address and its device
"""
import ipaddress
import selectors
import socket
import struct
import sys

DNS, HTTP, TLS, ECHO, CLOSED = 53, 80, 443, 7, 9
MDNS, SSDP = 5353, 1900
A, AAAA = 1, 28

V4 = ['127.0.0.1', '127.0.0.53', '127.255.255.254']
V6 = ['::1', '::ffff:127.0.0.1']
LOOPBACK = b''.join(ipaddress.ip_address(address).packed for address in V4 + V6)
# An IPv4 header of a datagram from 127.0.0.1 to 127.0.0.1, checksum and all.
HEADER = bytes.fromhex('450000140000400040113cd77f0000017f000001')
# Behind eight bytes of UDP each fragment of 1,480 bytes begins with such a header: 1,480 is 74 of them.
HEADERS = HEADER[8:] + HEADER * 900
BODY = b'<a href="http://127.0.0.1:8080/">[::1]</a> 7f000001 ' + LOOPBACK + HEADER * 4000


def family(address):
    return socket.AF_INET6 if ':' in address else socket.AF_INET


def question(name, kind):
    labels = b''.join(bytes([len(label)]) + label.encode() for label in name.split('.'))
    return labels + b'\0' + struct.pack('!HH', kind, 1)


def answer(asked):
    """RFC 1035 4.1: the question again, and every address of loopback of the kind that was asked for."""
    kind = struct.unpack('!H', asked[-4:-2])[0]
    data = [ipaddress.ip_address(address).packed for address in (V4 if kind == A else V6)]
    records = b''.join(struct.pack('!HHHIH', 0xC00C, kind, 1, 60, len(each)) + each for each in data)
    return asked[:2] + struct.pack('!HHHHH', 0x8180, 1, len(data), 0, 0) + asked[12:] + records


def query(kind):
    return struct.pack('!HHHHHH', 0x7F00, 0x0100, 1, 0, 0, 0) + question('localhost.example', kind)


def record(kind, payload):
    """A TLS 1.2 record (RFC 5246 6.2.1)."""
    return struct.pack('!BHH', kind, 0x0303, len(payload)) + payload


def read_all(s, size):
    got = b''
    while len(got) < size:
        data = s.recv(1 << 16)
        if not data:
            break
        got += data
    return got


def serve(addresses):
    waiting = selectors.DefaultSelector()
    for address in addresses:
        for port in (DNS, ECHO):
            s = socket.socket(family(address), socket.SOCK_DGRAM)
            s.bind((address, port))
            waiting.register(s, selectors.EVENT_READ, port)
        for port in (HTTP, TLS):
            s = socket.create_server((address, port), family=family(address))
            waiting.register(s, selectors.EVENT_READ, port)
    print('ready', flush=True)
    while True:
        for key, _ in waiting.select():
            try:
                reply(key.fileobj, key.data)
            except OSError as error:
                print(error, file=sys.stderr)


def reply(s, port):
    if port in (DNS, ECHO):
        asked, whose = s.recvfrom(1 << 16)
        s.sendto(answer(asked) if port == DNS else asked, whose)
        return
    with s.accept()[0] as accepted:
        accepted.settimeout(5)
        accepted.recv(1 << 16)
        if port == HTTP:
            accepted.sendall(b'HTTP/1.0 200 OK\r\nLocation: http://127.0.0.1/\r\n\r\n' + BODY)
        else:
            accepted.sendall(record(22, HEADER * 60) + record(23, LOOPBACK * 200))


def ask(addresses, source):
    for address in addresses:
        bound = (source, 0) if source is not None and family(source) == family(address) else None
        for port, sent in ((DNS, query(A)), (DNS, query(AAAA)), (ECHO, b''), (ECHO, HEADERS)):
            with socket.socket(family(address), socket.SOCK_DGRAM) as s:
                if bound is not None:
                    s.bind(bound)
                got = exchange(s, sent, (address, port))
                if got != (answer(sent) if port == DNS else sent):
                    sys.exit(f'{address} port {port}: {len(got)} bytes that are not the answer')
        for port, sent in ((HTTP, b'GET http://127.0.0.1/ HTTP/1.0\r\nHost: [::1]\r\n\r\n'), (TLS, record(22, HEADER * 10))):
            with socket.create_connection((address, port), 5, bound) as s:
                s.sendall(sent)
                if not read_all(s, 1 << 20).endswith(LOOPBACK if port == TLS else HEADER):
                    sys.exit(f'{address} port {port}: the answer is cut')
        refused(address)


def exchange(s, sent, whose):
    """Sends until it is answered: the first answers may be too big for a wire that their sender does not know yet."""
    s.settimeout(0.2)
    for _ in range(25):
        s.sendto(sent, whose)
        try:
            return s.recv(1 << 16)
        except socket.timeout:
            continue
    sys.exit(f'{whose}: no answer')


def refused(address):
    """A closed port: its host answers with an ICMP error that quotes this datagram, payload and all."""
    with socket.socket(family(address), socket.SOCK_DGRAM) as s:
        s.settimeout(1)
        s.connect((address, CLOSED))
        s.send(HEADER * 5)
        try:
            s.recv(1)
        except ConnectionRefusedError:
            return
        except socket.timeout:
            sys.exit(f'{address} port {CLOSED}: no error')
        sys.exit(f'{address} port {CLOSED}: answered')


def cast(address):
    answers = answer(query(A))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(address))
        s.bind((address, 0))
        s.sendto(answers, ('224.0.0.251', MDNS))
        s.sendto(b'NOTIFY * HTTP/1.1\r\nLOCATION: http://127.0.0.1/\r\n', ('239.255.255.250', SSDP))
        s.sendto(HEADERS, ('255.255.255.255', CLOSED))
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as s:
        index = socket.if_nametoindex('eth0')
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
        s.sendto(answer(query(AAAA)), ('ff02::fb', MDNS, 0, index))


def main():
    mode, *words = sys.argv[1:]
    source = None
    if '--from' in words:
        at = words.index('--from')
        source = words[at + 1]
        del words[at:at + 2]
    if mode == 'serve':
        serve(words)
    elif mode == 'ask':
        ask(words, source)
    else:
        cast(words[0])


main()
