"""
Configuration directories made from those in C{etc}, certificates for them, and free ports.
"""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Sequence
from pathlib import Path

from sslpool.keydb.records import Credential
from tests.doubles.certificates import Authority, makeAuthority, makeDatabase, makeServer, writeCertificates
from tests.live.applications import Application, WebServer
from tests.live.clients import Client
from tests.live.programs import CHECKOUT
from tests.live.running import LiveCase

PROFILE, SYSTEM, IBM, DIRECT = "PROFILE.TCPIP", "SYSTEM.DTCPARMS", "IBM.DTCPARMS", "USER.DIRECT"
LABEL = "WEBCERT"


class Files:
    """
    A copy of C{etc}, or of another directory, to be adapted.

    @ivar directory: the configuration directory.
    @ivar keyFile: the key database that its files name.
    """

    def __init__(self, directory: str, source: Path = CHECKOUT / "etc") -> None:
        shutil.copytree(source, directory)
        self.directory = directory
        self.keyFile = os.path.join(directory, "gskadm", "Database.kdb")
        os.mkdir(os.path.dirname(self.keyFile))

    def replace(self, name: str, old: str, new: str) -> None:
        """
        Replace a text that the file has, once.

        @raise AssertionError: it has not; then C{etc} is no longer what the tests think.
        """
        path = Path(self.directory, name)
        text = path.read_text(encoding="utf-8")
        if text.count(old) != 1:
            raise AssertionError(f"{name} has {old!r} {text.count(old)} times")
        path.write_text(text.replace(old, new), encoding="utf-8")

    def sandbox(self, value: str) -> None:
        """
        Give the pool's entry a C{:sandbox.}, instead of one that it may have.
        """
        path = Path(self.directory, IBM)
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if ":sandbox." not in line]
        index = next(number for number, line in enumerate(lines) if line.startswith(":nick.SSL*"))
        lines.insert(index + 1, f"  :sandbox.{value}")
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def append(self, name: str, text: str) -> None:
        """
        Append lines to a file.
        """
        with open(os.path.join(self.directory, name), "a", encoding="utf-8") as file:
            file.write(text + "\n")


class FilesCase(LiveCase):
    """
    A test with the files of C{etc}: port 8443 and the application's address are
    replaced by what is free, and there is a certificate with the label WEBCERT.

    @ivar authority: the authority of all certificates.
    @ivar certificates: the file with its certificate, for clients.
    @ivar files: the configuration.
    """

    def setUp(self) -> None:
        """
        Copy the files.
        """
        super().setUp()
        self.authority: Authority = makeAuthority()
        self.certificates = writeCertificates(self.path("authority.pem"), self.authority.certificate)
        self.files = Files(self.path("etc"))

    def credential(self, label: str = LABEL, days: float = 90, names: Sequence[str] = ()) -> Credential:
        """
        Return a new certificate, for this machine unless other C{names} are given.
        """
        return makeServer(self.authority, *names, label=label, days=days)

    def adapt(self, application: Application | WebServer | str, *credentials: Credential) -> int:
        """
        Point the files to an application, make the key database, and return the secure port.

        @param application: the application, or its address.
        @param credentials: what the database is to hold instead of WEBCERT.
        """
        address = application if isinstance(application, str) else application.address
        port = freePort(self)
        self.files.replace(PROFILE, "   8443 TCP WEBSERV SECURE WEBCERT", f"   {port} TCP WEBSERV SECURE WEBCERT")
        self.files.replace(SYSTEM, ":address.127.0.0.1:8080", f":address.{address}")
        if not address.startswith("127."):
            self.files.replace(SYSTEM, "                :source.127.0.0.1\n", "")
        makeDatabase(self.files.keyFile, credentials or [self.credential()])
        return port

    def limit(self, maxSessions: int, maxPerServer: int, more: str = "") -> None:
        """
        Set SSLLIMITS, and as many servers as that makes.
        """
        self.files.replace(
            PROFILE,
            "SSLLIMITS MAXPERSSLSERVER 600",
            f"SSLLIMITS MAXSESSIONS {maxSessions} MAXPERSSLSERVER {maxPerServer} {more}",
        )
        self.files.replace(DIRECT, "HIGH 5", f"HIGH {maxSessions // maxPerServer}")

    @property
    def options(self) -> tuple[str, ...]:
        """
        The options of C{twistd sslpool} for the files.
        """
        return ("--config", self.files.directory)

    def client(self, port: int) -> Client:
        """
        Return a client for a secure port.
        """
        return Client(self, port, self.certificates)


def freePort(case: LiveCase) -> int:
    """
    Return a port that stays free for a listening socket until the test ends, on addresses of IPv4 and IPv6.

    It is bound and not listened on, so that the kernel gives it to nobody else
    meanwhile; whoever listens must, as the product does, set SO_REUSEADDR.
    """
    both = socket.has_dualstack_ipv6()
    reserved = socket.socket(socket.AF_INET6 if both else socket.AF_INET, socket.SOCK_STREAM)
    case.addCleanup(reserved.close)
    reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if both:
        reserved.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    reserved.bind(("::" if both else "0.0.0.0", 0))
    port: int = reserved.getsockname()[1]
    return port
