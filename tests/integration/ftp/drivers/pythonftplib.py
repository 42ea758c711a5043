"""
Transfers files with Python's own ftplib, as README.md says: reads transfers, writes what came of each.
As second operand C{resuming} has data connections resume the session of the control connection.
"""

from __future__ import annotations

import ssl
import sys
from collections.abc import Sequence
from contextlib import suppress
from ftplib import FTP, FTP_TLS, all_errors
from socket import socket

LIMIT = 20


class Resuming(FTP_TLS):
    """
    The subclass that is commonly recommended for servers which demand it.
    """

    def ntransfercmd(self, cmd: str, rest: int | str | None = None) -> tuple[socket, int | None]:
        """
        Open a data connection.
        """
        connection, size = FTP.ntransfercmd(self, cmd, rest)
        assert isinstance(self.sock, ssl.SSLSocket)
        return self.context.wrap_socket(connection, server_hostname=self.host, session=self.sock.session), size


class Driver:
    """
    Has one control connection at a time.
    """

    def __init__(self, authority: str, kind: type[FTP_TLS]) -> None:
        self._context = ssl.create_default_context(cafile=authority)
        self._kind = kind
        self._client: FTP_TLS | None = None
        self._place: Sequence[str] = ()

    def _connect(self, place: Sequence[str]) -> FTP_TLS:
        if self._client is not None and place == self._place:
            return self._client
        self.leave()
        self._place = place
        mode, host, port, user, password = place
        self._client = client = self._kind(context=self._context, timeout=LIMIT)
        client.connect(host, int(port))
        client.login(user, password)
        client.prot_p()
        client.set_pasv(mode == "passive")
        return client

    def transfer(self, *fields: str) -> str:
        """
        Do a transfer, and return what came of it.
        """
        *place, direction, remote, local = fields
        try:
            client = self._connect(place)
            if direction == "up":
                with open(local, "rb") as file:
                    client.storbinary(f"STOR {remote}", file)
            else:
                with open(local, "wb") as file:
                    client.retrbinary(f"RETR {remote}", file.write)
        except all_errors as error:
            self.leave(False)
            return f"failed\t{' '.join((str(error) or type(error).__name__).split())}"
        return "ok\t"

    def leave(self, inOrder: bool = True) -> None:
        """
        End the control connection.
        """
        client, self._client = self._client, None
        if client is not None:
            with suppress(*all_errors):
                if inOrder:
                    client.quit()
            client.close()


def main(authority: str, kind: str = "") -> None:
    """
    Do what standard input says.
    """
    driver = Driver(authority, Resuming if kind == "resuming" else FTP_TLS)
    for line in sys.stdin:
        number, *fields = line.rstrip("\n").split("\t")
        print(number, driver.transfer(*fields), sep="\t", flush=True)
    driver.leave()


if __name__ == "__main__":
    main(*sys.argv[1:])
