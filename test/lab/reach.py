"""Tries to reach a service: reach.py PROTOCOL ADDRESS PORT [DEVICE]. Prints "reached", or "not reached: " and why.

A UDP service is reached when it answers. With "hold" for a DEVICE the connection stays open until this is killed.
"""
import socket
import sys

protocol, address, port, *device = sys.argv[1:]
s = socket.socket(socket.AF_INET6 if ':' in address else socket.AF_INET,
                  socket.SOCK_STREAM if protocol == 'tcp' else socket.SOCK_DGRAM)
s.settimeout(3)
is_held = device == ['hold']
if device and not is_held:
    s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device[0].encode())
try:
    host, _, scope = address.partition('%')
    to = (host, int(port), 0, socket.if_nametoindex(scope)) if scope else (address, int(port))
    if protocol == 'udp':
        # Who answers a group's or a broadcast's datagram does so from an address of his own.
        s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        if is_held:
            s.connect(to)
        s.sendto(b'is anybody there?', to)
        s.recvfrom(2048)
    else:
        s.connect(to)
    print('reached', flush=True)
    if is_held:
        s.settimeout(None)
        s.recv(1)
except OSError as error:
    print(f'not reached: {error}')
