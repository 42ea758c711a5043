"""
What the transfers are made on: each application on each family of addresses, and one pool in front of all of them.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Sequence
from importlib.metadata import version
from itertools import product
from pathlib import Path

from attrs import frozen

from tests.integration.ftp.cells import DEMANDS, HOSTS, SERVERS
from tests.integration.ftp.clients import versionIn
from tests.live.configurations import LABEL, PROFILE, SYSTEM, FilesCase, freePort
from tests.live.ftpservers import FtpServer, Pyftpdlib, Vsftpd
from tests.live.programs import run
from tests.live.running import LiveCase, Stack

SECURED = ":dynamic.FTP :tlslabel.{label} :securecontrol.REQUIRED :securedata.{demand}"

_KINDS: dict[str, Callable[[LiveCase, str], FtpServer]] = {"vsftpd": Vsftpd, "pyftpdlib": Pyftpdlib}


@frozen
class Place:
    """
    A port of the pool.

    @ivar port: its number.
    @ivar server: the application behind it.
    """

    port: int
    server: FtpServer


class Site(FilesCase):
    """
    A test with all applications behind a pool.

    @ivar stack: the running stack.
    @ivar places: the pool's ports: by family of the application's address, its name, and what C{:securedata.} demands.
    @ivar families: those that are wanted, and once it is set up, those of them that this machine has.
    """

    stack: Stack
    places: dict[tuple[str, str, str], Place]
    families: Sequence[str] = tuple(HOSTS)

    def setUp(self) -> None:
        """
        Start applications and pool.
        """
        super().setUp()
        self.families = [family for family in self.families if _has(HOSTS[family])]
        servers = {(far, name): _KINDS[name](self, HOSTS[far]) for far, name in product(self.families, SERVERS)}
        secure = self.adapt("127.0.0.1:9")
        self.places = {}
        lines, entries = "", ""
        for number, ((far, name), demand) in enumerate(product(servers, DEMANDS)):
            server = servers[far, name]
            place = self.places[far, name, demand] = Place(freePort(self), server)
            lines += f"\n   {place.port} TCP FTP{number}"
            tags = SECURED.format(label=LABEL, demand=demand)
            entries += f":nick.FTP{number} :type.server :address.{server.address} {tags}\n"
        line = f"   {secure} TCP WEBSERV SECURE {LABEL}"
        self.files.replace(PROFILE, line, line + lines)
        self.files.append(SYSTEM, entries)
        self.configure()
        self.stack = self.serve(*self.options)

    def configure(self) -> None:
        """
        Change the files before the pool is started.
        """


def content(path: str) -> bytes | None:
    """
    Return a file's content, or C{None} where there is none.
    """
    return Path(path).read_bytes() if os.path.exists(path) else None


def _has(host: str) -> bool:
    """
    Tell whether this machine has an address.
    """
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        try:
            probe.bind((host, 0))
        except OSError:
            return False
    return True


def releases() -> str:
    """
    Return the applications and their versions.
    """
    # vsftpd writes its version to where its input comes from.
    words = run("vsftpd -v 0>&1", shell=True, PATH=f"{os.environ['PATH']}:/usr/sbin").output
    return f"vsftpd {versionIn(words)} and pyftpdlib {version('pyftpdlib')}"
