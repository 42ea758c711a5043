"""
First messages of clients: real ones, and ones put together.  Tests only.
"""

from __future__ import annotations

import contextlib
import ssl
from itertools import cycle

from OpenSSL import SSL

from sslpool.tls.clienthello import Hello

NAME = "www.example.com"


def pythons(name: str | None) -> bytes:
    """
    Return the first message of Python's own TLS.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(incoming, outgoing, server_hostname=name)
    with contextlib.suppress(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


def librarys(name: str | None) -> bytes:
    """
    Return the first message of the product's own library, which has a large key share.
    """
    return helloOfLibrary(SSL.Context(SSL.TLS_CLIENT_METHOD), name)


def helloOfLibrary(context: SSL.Context, name: str | None = None) -> bytes:
    """
    Return the first message of a client of the product's own library.
    """
    client = SSL.Connection(context)
    client.set_connect_state()
    if name is not None:
        client.set_tlsext_host_name(name.encode("ascii"))
    with contextlib.suppress(SSL.WantReadError):
        client.do_handshake()
    return client.bio_read(1 << 16)


def split(octets: bytes, *lengths: int) -> bytes:
    """
    Return the same message in several records.
    """
    head, body = octets[:3], octets[5:]
    records = b""
    for length in (*lengths, len(body)):
        part, body = body[:length], body[length:]
        records += head + len(part).to_bytes(2) + part
    return records


def inRecords(message: bytes, *sizes: int) -> bytes:
    """
    Return a handshake message in records of these sizes, again and again.
    """
    wire, at, turn = bytearray(), 0, cycle(sizes)
    while at < len(message):
        part = message[at : at + next(turn)]
        wire += b"\x16\x03\x01" + len(part).to_bytes(2) + part
        at += len(part)
    return bytes(wire)


def vector(octets: bytes, width: int = 2) -> bytes:
    """
    Return a vector whose length takes so many octets.
    """
    return len(octets).to_bytes(width) + octets


def clientHello(*extensions: tuple[int, bytes], length: int = 0) -> bytes:
    """
    Return a ClientHello with these extensions (RFC 8446 section 4.1.2).

    @param length: how long it is to be; its last extension fills it up.
    """
    octets = b"".join(kind.to_bytes(2) + vector(content) for kind, content in extensions)
    head = b"\3\3" + bytes(32) + vector(b"", 1) + vector(b"\x13\1") + vector(b"\0", 1)
    if length:
        octets += b"\x0a\x0a" + vector(bytes(length - 4 - len(head) - 2 - len(octets) - 4))
    return b"\1" + vector(head + vector(octets), 3)


def asking(name: str = "", **said: object) -> Hello:
    """
    Return what is known of a client that has asked for C{name}.

    @param said: the further attributes.
    """
    return Hello(understood=True, name=name, **said)  # type: ignore[arg-type]
