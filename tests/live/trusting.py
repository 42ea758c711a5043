"""
Servers of the distribution that trust whoever comes from their own machine, with the settings that Debian
installs, as far as those are about trust: each with directories and ports of its own.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from contextlib import suppress
from pathlib import Path
from secrets import randbelow

from tests.live.programs import LIMIT
from tests.live.running import LiveCase, until
from tests.live.servers import RealServer, pathOf

REDIS = 6379


class Postfix(RealServer):
    """
    A mail server, which root has to start.
    """

    def __init__(self, case: LiveCase) -> None:
        super().__init__(case)
        os.chown(self.directory, 0, 0)
        os.chmod(self.directory, 0o755)
        for name in ("etc", "spool", "data"):
            os.mkdir(os.path.join(self.directory, name))
        subprocess.run(["chown", "postfix", os.path.join(self.directory, "data")], check=True)
        self.write("etc/main.cf", self._settings())
        self.write("etc/master.cf", self._services())
        self._pidFile = Path(self.directory, "spool/pid/master.pid")
        with open(os.path.join(self.directory, "output"), "ab") as output:
            self._process = subprocess.Popen(
                [pathOf("postfix"), "-c", os.path.join(self.directory, "etc"), "start-fg"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        until(self._accepts, "postfix to listen")

    def _settings(self) -> str:
        return f"""
compatibility_level = 3.6
queue_directory = {self.directory}/spool
data_directory = {self.directory}/data
mynetworks = 127.0.0.0/8 [::ffff:127.0.0.0]/104 [::1]/128
smtpd_relay_restrictions = permit_mynetworks permit_sasl_authenticated defer_unauth_destination
myhostname = mail.example
mydestination = $myhostname, localhost
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
alias_database =
maillog_file = /dev/stdout
"""

    def _services(self) -> str:
        """
        Those that a dialogue needs; what would be accepted goes nowhere.
        """
        return f"""
127.0.0.1:{self.port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
anvil unix - - n - 1 anvil
proxymap unix - - n - - proxymap
postlog unix-dgram n - n - 1 postlogd
"""

    def end(self) -> None:
        """
        End the server, and wait for all its processes.
        """
        if self._process is None:
            return
        with suppress(OSError, ValueError):
            master = int(self._pidFile.read_text("ascii"))
            os.kill(master, signal.SIGTERM)
            until(lambda: not _inGroup(master), "the end of postfix")
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(LIMIT)
        self._process.kill()


def _inGroup(group: int) -> bool:
    """
    Whether a process of a group runs; one that only waits to be reaped does not.
    """
    for name in filter(str.isdigit, os.listdir("/proc")):
        with suppress(OSError):
            # Behind the name of the program: state, parent, process group (proc_pid_stat(5)).
            state, _, its = Path(f"/proc/{name}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()[:3]
            if int(its) == group and state != "Z":
                return True
    return False


class Redis(RealServer):
    """
    A store in memory, on its well-known port of a loopback address that nobody else has.
    """

    def __init__(self, case: LiveCase) -> None:
        super().__init__(case)
        self.host = _ownLoopback()
        self.port = REDIS
        self.start(
            pathOf("redis-server"),
            *("--port", str(REDIS), "--bind", self.host, "--protected-mode", "yes"),
            *("--dir", self.directory, "--save", "", "--daemonize", "no"),
        )


def _ownLoopback() -> str:
    """
    Return an address on which Redis' port is free.
    """
    while True:
        host = f"127.{64 + randbelow(64)}.{randbelow(256)}.{1 + randbelow(254)}"
        with suppress(OSError), socket.socket() as probe:
            probe.bind((host, REDIS))
            return host


class LocalSlapd(RealServer):
    """
    A directory behind a UNIX socket, where root is its manager.

    @ivar path: the socket's path.
    """

    def __init__(self, case: LiveCase) -> None:
        super().__init__(case)
        self.path = os.path.join(self.directory, "ldapi")
        os.chmod(self.directory, 0o755)
        settings = f"""
include /etc/ldap/schema/core.schema
pidfile {self.directory}/pid
database config
access to * by dn.exact=gidNumber=0+uidNumber=0,cn=peercred,cn=external,cn=auth manage by * none
"""
        place = self.path.replace("/", "%2f")
        self.start(
            pathOf("slapd"),
            *("-d", "0", "-h", f"ldapi://{place}/????x-mod=0777", "-f", self.write("slapd.conf", settings)),
        )

    def _connects(self) -> bool:
        with suppress(OSError), socket.socket(socket.AF_UNIX) as probe:
            probe.connect(self.path)
            return True
        return False
