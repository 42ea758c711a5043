"""
Clients from addresses of their own choice, for a network namespace where a machine has many:
a program that takes its orders as lines, and answers each with a number.

    - C{secure ADDRESS COUNT}: open that many secure sessions; how many were served.
    - C{silent ADDRESS COUNT}: connect that often and say nothing; how many have connected.
    - C{open ADDRESS}: how many of an address's connections have not been closed by the other side.
    - C{close ADDRESS COUNT}: close so many; how many are left.

Its arguments are the port and the file with the authority's certificate.
"""

from __future__ import annotations

import socket
import ssl
import sys
from collections import defaultdict
from contextlib import suppress

LIMIT = 60.0


class Clients:
    """
    The connections by the address that they come from.
    """

    def __init__(self, port: int, certificates: str) -> None:
        self._port = port
        self._context = ssl.create_default_context(cafile=certificates)
        self._held: dict[str, list[socket.socket]] = defaultdict(list)

    def _connect(self, address: str) -> socket.socket:
        target = "::1" if ":" in address else "127.0.0.1"
        # Where it comes from another address than it goes to, it goes to one of the machine's others.
        return socket.create_connection((target, self._port), LIMIT, source_address=(address, 0))

    def secure(self, address: str, count: int) -> int:
        """
        See above.
        """
        return sum(self._secure(address) for _ in range(count))

    def _secure(self, address: str) -> bool:
        try:
            secured = self._context.wrap_socket(self._connect(address), server_hostname="localhost")
            secured.sendall(b"hello")
            served = secured.recv(5) == b"hello"
        except OSError:
            return False
        self._held[address].append(secured)
        return served

    def silent(self, address: str, count: int) -> int:
        """
        See above.
        """
        connected = 0
        for _ in range(count):
            with suppress(ConnectionResetError):  # refused before we came to know that we are connected
                self._held[address].append(self._connect(address))
                connected += 1
        return connected

    def open(self, address: str, count: int) -> int:
        """
        See above.
        """
        return sum(_isOpen(each) for each in self._held[address])

    def close(self, address: str, count: int) -> int:
        """
        See above.
        """
        held = self._held[address]
        for _ in range(count):
            each = held.pop()
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        return len(held)


def _isOpen(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        return connection.recv(1) != b""
    except (BlockingIOError, ssl.SSLWantReadError):
        return True
    except OSError:
        return False
    finally:
        connection.settimeout(LIMIT)


def main() -> None:
    """
    Do what the lines say.
    """
    clients = Clients(int(sys.argv[1]), sys.argv[2])
    for line in sys.stdin:
        order, address, count = line.split()
        print(getattr(clients, order)(address, int(count)), flush=True)


if __name__ == "__main__":
    main()
