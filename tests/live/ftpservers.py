"""
FTP servers that know no TLS, as cleartext applications: pyftpdlib and vsftpd, each as a process.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from contextlib import closing

from tests.live.configurations import freePort
from tests.live.programs import Log, environment
from tests.live.running import LiveCase, until

USER, PASSWORD = "user", "secret"


class FtpServer:
    """
    An FTP server on this machine.

    @ivar address: where it listens, C{address:port}.
    @ivar user: a user who may read and write.
    @ivar password: the user's password.
    @ivar directory: what C{user} sees as C{folder}.
    @ivar folder: where files can be written, relative to where a login begins.
    """

    address: str
    user: str
    password: str
    directory: str
    folder: str

    def path(self, name: str) -> str:
        """
        Return the path of a file in C{folder}.
        """
        return os.path.join(self.directory, name)


class Pyftpdlib(FtpServer):
    """
    The server of the package pyftpdlib.
    """

    def __init__(self, case: LiveCase, host: str = "127.0.0.1") -> None:
        self.directory = tempfile.mkdtemp(prefix="pyftpdlib", dir=case.scratch)
        self.user, self.password, self.folder = USER, PASSWORD, ""
        words = ["-u", "-m", "pyftpdlib", "-i", host, "-p", "0", "-w", "-d", self.directory, "-u", USER, "-P", PASSWORD]
        process = subprocess.Popen(
            [sys.executable, *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment(),
        )
        case.addCleanup(_end, process)
        assert process.stdout is not None
        self.log = Log(process.stdout)
        port = self.log.wait(r"starting FTP server on .*:(\d+), pid")[1]
        self.address = joined(host, int(port))


class Vsftpd(FtpServer):
    """
    The server of Debian's package vsftpd, for anonymous users.
    """

    def __init__(self, case: LiveCase, host: str = "127.0.0.1") -> None:
        # The user ftp is to reach it.
        root = tempfile.mkdtemp(prefix="vsftpd")
        case.addCleanup(shutil.rmtree, root)
        os.chmod(root, 0o755)
        self.directory = os.path.join(root, "files")
        os.mkdir(self.directory)
        os.chmod(self.directory, 0o777)
        self.user, self.password, self.folder = "anonymous", "somebody@example", "files/"
        port = freePort(case)
        self.address = joined(host, port)
        settings = os.path.join(root, "vsftpd.conf")
        with open(settings, "w", encoding="ascii") as file:
            file.write(_VSFTPD.format(port=port, root=root))
            file.write(_LISTENING[":" in host].format(host=host))
            if os.geteuid() != 0:
                file.write("run_as_launching_user=YES\n")
        os.chmod(settings, 0o600)
        program = shutil.which("vsftpd", path=f"{os.environ['PATH']}:/usr/sbin")
        assert program is not None, "vsftpd is not installed"
        process = subprocess.Popen([program, settings], stdin=subprocess.DEVNULL)
        case.addCleanup(_end, process)
        until(lambda: _answers(host, port), "vsftpd to listen")


_VSFTPD = """\
listen_port={port}
background=NO
anonymous_enable=YES
anon_root={root}
anon_upload_enable=YES
anon_mkdir_write_enable=YES
anon_other_write_enable=YES
anon_world_readable_only=NO
anon_umask=022
write_enable=YES
connect_from_port_20=NO
seccomp_sandbox=NO
xferlog_enable=NO
"""
_LISTENING = ("listen=YES\nlisten_address={host}\n", "listen=NO\nlisten_ipv6=YES\nlisten_address6={host}\n")


def joined(host: str, port: int) -> str:
    """
    Return an address as C{:address.} and URLs have it.
    """
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _answers(host: str, port: int) -> bool:
    with closing(socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)) as probe:
        return probe.connect_ex((host, port)) == 0


def _end(process: subprocess.Popen[str] | subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait()
