"""
A program that holds a plain TCP socket and has it secured by sslpool; the same as secure.c.

    python secure.py /run/sslpool/TCPIP.application query WEBCERT
    python secure.py /run/sslpool/TCPIP.application server WEBCERT 127.0.0.1 8443
    python secure.py /run/sslpool/TCPIP.application client www.example.com 192.0.2.1 443
"""

from __future__ import annotations

import selectors
import socket
import sys
from collections.abc import Callable

from sslpool.application import Refused, queryTLS, secureClient, secureServer


def query(path: str, label: str) -> None:
    """
    Verify a label, as a server does when it starts.
    """
    try:
        queryTLS(label, path=path)
    except Refused as error:
        # As the FTP server of z/VM puts it, with message id DTCFTS8467E.
        print(f"DTCFTS8467E Error verifying TLS label {label}: {error.text}", file=sys.stderr)
        raise SystemExit(1) from error
    print(f"{label} is known")


def server(path: str, label: str, host: str, port: str) -> None:
    """
    Take one connection and send back what comes.
    """
    with socket.create_server((host, int(port))) as listening:
        print("port", listening.getsockname()[1], flush=True)
        connection, _ = listening.accept()
    with secureServer(connection, label, path=path) as secured:
        while octets := secured.socket.recv(65536):
            secured.socket.sendall(octets)


def client(path: str, name: str, host: str, port: str) -> None:
    """
    Send what is read from the standard input, and write what comes.
    """
    connection = socket.create_connection((host, int(port)))
    with secureClient(connection, name, path=path) as secured, selectors.DefaultSelector() as ready:
        ready.register(sys.stdin, selectors.EVENT_READ)
        ready.register(secured.socket, selectors.EVENT_READ)
        while True:
            for key, _ in ready.select():
                if key.fileobj is secured.socket:
                    octets = secured.socket.recv(65536)
                    if not octets:
                        return
                    sys.stdout.buffer.write(octets)
                    sys.stdout.buffer.flush()
                elif line := sys.stdin.buffer.readline():
                    secured.socket.sendall(line)
                else:
                    ready.unregister(sys.stdin)
                    secured.socket.shutdown(socket.SHUT_WR)


def main(path: str, action: str, *operands: str) -> None:
    """
    Do what the first operand says.
    """
    actions: dict[str, Callable[..., None]] = {"query": query, "server": server, "client": client}
    actions[action](path, *operands)


if __name__ == "__main__":
    main(*sys.argv[1:])
