# -*- test-case-name: tests.stack.front.test_ports -*-
"""
The listening sockets of secure ports: on which addresses, and how they are made.  Lives in the stack process.
"""

from __future__ import annotations

import socket

from sslpool.config.configuration import SecurePort
from sslpool.keepalive import keepAlive

BACKLOG = 4096
"""
How many connections the kernel may keep waiting on a listening socket; it takes
less where C{net.core.somaxconn} says so.
"""


def listeningHosts(port: SecurePort) -> tuple[str, ...]:
    """
    Return the addresses to listen on.  Cleartext for a remote host is taken from this
    machine only, unless BIND says otherwise.
    """
    if port.bind:
        return (port.bind,)
    return loopbacks() if port.manhole or port.remote is not None else wildcards()


def loopbacks() -> tuple[str, ...]:
    """
    Return the loopback addresses of the families that this machine has.
    """
    return ("127.0.0.1", "::1")[: len(wildcards())]


def wildcards() -> tuple[str, ...]:
    """
    Return the addresses that stand for all, of the families that this machine has.
    """
    return ("0.0.0.0", "::") if socket.has_dualstack_ipv6() or _hasIPv6() else ("0.0.0.0",)


def _hasIPv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def listeningSocket(host: str, port: int) -> socket.socket:
    """
    Return a socket that listens.

    @param host: a numeric address, IPv4 or IPv6.
    @raise OSError: it cannot be opened.
    """
    listening = boundSocket(host, port)
    try:
        listening.listen(BACKLOG)
    except OSError:
        listening.close()
        raise
    return listening


def boundSocket(host: str, port: int) -> socket.socket:
    """
    Return a socket that has its address and does not listen yet.  What is set
    here is inherited by the accepted sockets.

    @param host: a numeric address, IPv4 or IPv6.
    @raise OSError: it cannot be had; also where another socket listens there.
    """
    # Numeric, so nobody is asked; and IPv6 with the zone that it may have (RFC 4007).
    family, kind, _, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST | socket.AI_PASSIVE
    )[0]
    listening = socket.socket(family, kind)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        keepAlive(listening)
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if family == socket.AF_INET6:
            listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listening.bind(address)
    except OSError:
        listening.close()
        raise
    return listening
