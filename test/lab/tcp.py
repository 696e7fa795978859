"""Plays one TCP scene between sockets of one process, so that the order of segments is the script's.

Scenes: exchange, bulk, refused, abort, zero-window, full-backlog. Run: tcp.py SCENE ADDRESS [SOURCE].
"""
import socket
import struct
import sys
import time

PORT = 7000
SOURCE_PORT = 7100


def open_socket(address):
    s = socket.socket(socket.AF_INET6 if ':' in address else socket.AF_INET, socket.SOCK_STREAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.settimeout(10)
    return s


def listener(address, backlog=8, receive_buffer=None):
    s = open_socket(address)
    if receive_buffer:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    s.bind((address, PORT))
    s.listen(backlog)
    return s


def client(address, source=None, source_port=SOURCE_PORT):
    s = open_socket(address)
    s.bind((source or ('::' if ':' in address else '0.0.0.0'), source_port))
    return s


def pair(address, source=None, receive_buffer=None):
    server = listener(address, receive_buffer=receive_buffer)
    c = client(address, source)
    c.connect((address, PORT))
    accepted, _ = server.accept()
    accepted.settimeout(10)
    return c, accepted


def read_all(s, size):
    got = 0
    while got < size:
        data = s.recv(1 << 20)
        if not data:
            sys.exit(f'stream ended after {got} of {size} bytes')
        got += len(data)


def finish(c, accepted):
    """Both ways closed in order; the last read waits for the peer's FIN."""
    c.shutdown(socket.SHUT_WR)
    accepted.recv(1)
    accepted.close()
    c.recv(1)
    c.close()


def exchange(address, source):
    c, a = pair(address, source)
    c.sendall(b'question\n')
    read_all(a, 9)
    a.sendall(b'answer\n')
    read_all(c, 7)
    finish(c, a)


def bulk(address, source):
    """Several super-frames: one write larger than a frame, in a buffer that takes it whole."""
    c, a = pair(address, source, receive_buffer=1 << 20)
    c.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
    size = int(sys.argv[4])
    # A sender fills at most half the largest window it saw. The first, unscaled, is 64 KiB; two small writes let the
    # receiver announce a larger one, and then a frame can be full.
    for _ in range(2):
        c.sendall(b'\0' * 1000)
        read_all(a, 1000)
    c.sendall(b'\0' * size)
    read_all(a, size)
    finish(c, a)


def refused(address, source):
    """A server that listens on IPv4 only, and a client that tries ::1 first."""
    server = listener('127.0.0.1')
    try:
        client('::1').connect(('::1', PORT))
        sys.exit('::1 was not refused')
    except ConnectionRefusedError:
        pass
    c = client('127.0.0.1')
    c.connect(('127.0.0.1', PORT))
    a, _ = server.accept()
    finish(c, a)


def abort(address, source):
    """SO_LINGER with a time of 0: close sends RST in place of FIN."""
    c, a = pair(address, source)
    c.sendall(b'unread')
    read_all(a, 6)
    c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
    c.close()


def zero_window(address, source):
    """A reader that does not read: its window closes, the sender probes, the reader wakes up."""
    c, a = pair(address, source, receive_buffer=4096)
    c.setblocking(False)
    sent = 0
    deadline = time.monotonic() + 1.0
    while time.monotonic() < deadline and sent < 16384:
        try:
            sent += c.send(b'z' * min(2048, 16384 - sent))
        except BlockingIOError:
            time.sleep(0.05)
    time.sleep(max(0, deadline - time.monotonic()))
    read_all(a, sent)
    c.settimeout(10)
    finish(c, a)


def full_backlog(address, source):
    """A listener that never accepts: the queue of one is full, the next SYN is dropped and sent again."""
    server = listener(address, backlog=0)
    first = client(address, source, SOURCE_PORT)
    first.connect((address, PORT))
    late = client(address, source, SOURCE_PORT + 1)
    late.setblocking(False)
    late.connect_ex((address, PORT))
    time.sleep(2.5)  # two retransmissions, one second apart (tcp_syn_linear_timeouts)
    # Taking the first connection makes room, so the next retransmission is answered.
    accepted, _ = server.accept()
    late.settimeout(10)
    late.connect_ex((address, PORT))
    late_accepted, _ = server.accept()
    late.sendall(b'at last')
    read_all(late_accepted, 7)
    finish(late, late_accepted)
    finish(first, accepted)


SCENES = {
    'exchange': exchange,
    'bulk': bulk,
    'refused': refused,
    'abort': abort,
    'zero-window': zero_window,
    'full-backlog': full_backlog,
}
SCENES[sys.argv[1]](sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else None)
