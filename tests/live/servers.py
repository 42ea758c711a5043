"""
Servers of the distribution, in cleartext, for the pool to protect: each a process of a user without
privileges, with a directory of its own, on a free port.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

from tests.live.configurations import freePort
from tests.live.programs import LIMIT
from tests.live.running import LiveCase, until

NOBODY, NOGROUP = "nobody", "nogroup"
PASSWORD = "secret"


def pathOf(name: str) -> str:
    """
    Return the path of a program of the distribution, also where only root has it on the path.

    @raise AssertionError: it is not installed.
    """
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    if found is None:
        raise AssertionError(f"{name} is not installed; make test says what is needed")
    return found


class RealServer:
    """
    One server.

    @ivar port: where it listens, on 127.0.0.1.
    @ivar directory: where its files are.
    """

    def __init__(self, case: LiveCase) -> None:
        # Directly below /tmp, where the user who is nobody can get to.
        self.directory = tempfile.mkdtemp(prefix="server")
        case.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        if os.geteuid() == 0:
            shutil.chown(self.directory, NOBODY, NOGROUP)
        self.port = freePort(case)
        self._process: subprocess.Popen[bytes] | None = None
        case.addCleanup(self.end)

    @property
    def address(self) -> str:
        """
        Where it listens.
        """
        return f"127.0.0.1:{self.port}"

    def write(self, name: str, text: str) -> str:
        """
        Write a file in the directory; return its path.
        """
        path = Path(self.directory, name)
        path.write_text(text, encoding="utf-8")
        return str(path)

    def popen(self, *command: str) -> subprocess.Popen[bytes]:
        """
        Start a program as a user without privileges.
        """
        with open(os.path.join(self.directory, "output"), "ab") as output:
            return subprocess.Popen(
                command,
                cwd=self.directory,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                user=NOBODY if os.geteuid() == 0 else None,
                group=NOGROUP if os.geteuid() == 0 else None,
                extra_groups=[] if os.geteuid() == 0 else None,
            )

    def start(self, *command: str) -> None:
        """
        Start the server and wait until it accepts connections.
        """
        self._process = self.popen(*command)
        until(self._accepts, f"{command[0]} to listen")

    def _accepts(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise AssertionError(Path(self.directory, "output").read_text("utf-8", "replace")[-2000:])
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), LIMIT):
            return True
        return False

    def end(self) -> None:
        """
        End the server.
        """
        if self._process is not None:
            self._process.terminate()
            self._process.wait(LIMIT)


class Dovecot(RealServer):
    """
    IMAP and POP3.

    @ivar pop3: the port of POP3.
    """

    def __init__(self, case: LiveCase) -> None:
        super().__init__(case)
        self.pop3 = freePort(case)
        user = NOBODY if os.geteuid() == 0 else Path("/proc/self").owner()
        group = NOGROUP if os.geteuid() == 0 else Path("/proc/self").group()
        owner = os.stat(self.directory)
        self.start(pathOf("dovecot"), "-F", "-c", self.write("dovecot.conf", self._settings(user, group, owner)))

    def _settings(self, user: str, group: str, owner: os.stat_result) -> str:
        directory = self.directory
        return f"""
base_dir = {directory}/run
state_dir = {directory}/state
log_path = {directory}/log
protocols = imap pop3
ssl = no
disable_plaintext_auth = no
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
first_valid_gid = 1
mail_location = maildir:~/Maildir
passdb {{
  driver = static
  args = password={PASSWORD}
}}
userdb {{
  driver = static
  args = uid={owner.st_uid} gid={owner.st_gid} home={directory}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    address = 127.0.0.1
    port = {self.port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service pop3-login {{
  chroot =
  inet_listener pop3 {{
    address = 127.0.0.1
    port = {self.pop3}
  }}
  inet_listener pop3s {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


class Slapd(RealServer):
    """
    A directory without TLS, which holds C{dc=example}.
    """

    def __init__(self, case: LiveCase) -> None:
        super().__init__(case)
        os.mkdir(os.path.join(self.directory, "data"))
        if os.geteuid() == 0:
            shutil.chown(os.path.join(self.directory, "data"), NOBODY, NOGROUP)
        settings = f"""
include /etc/ldap/schema/core.schema
pidfile {self.directory}/pid
database ldif
suffix dc=example
rootdn cn=admin,dc=example
rootpw {PASSWORD}
directory {self.directory}/data
"""
        configuration = self.write("slapd.conf", settings)
        self.start(pathOf("slapd"), "-d", "0", "-h", f"ldap://{self.address}/", "-f", configuration)


class PostgreSql(RealServer):
    """
    A database without TLS; C{me} may log in.
    """

    def __init__(self, case: LiveCase) -> None:
        super().__init__(case)
        programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
        if not programs:
            raise AssertionError("postgresql is not installed; make test says what is needed")
        data = os.path.join(self.directory, "data")
        made = self.popen(str(programs[-1] / "initdb"), "-D", data, "-A", "trust", "-U", "me", "--no-sync")
        if made.wait(LIMIT):
            raise AssertionError(Path(self.directory, "output").read_text("utf-8", "replace"))
        settings = ("listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off")
        options = [word for setting in settings for word in ("-c", setting)]
        self.start(str(programs[-1] / "postgres"), "-D", data, "-p", str(self.port), *options)


class MariaDb(RealServer):
    """
    A database without TLS; C{root} may log in without a password.
    """

    def __init__(self, case: LiveCase) -> None:
        super().__init__(case)
        data = os.path.join(self.directory, "data")
        made = self.popen(
            pathOf("mariadb-install-db"),
            *("--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal"),
            *("--skip-test-db", "--skip-name-resolve"),
        )
        if made.wait(LIMIT):
            raise AssertionError(Path(self.directory, "output").read_text("utf-8", "replace"))
        files = [f"--{name}={self.directory}/{name}" for name in ("socket", "pid-file")]
        self.start(
            pathOf("mariadbd"),
            *("--no-defaults", f"--datadir={data}", "--bind-address=127.0.0.1", f"--port={self.port}"),
            *("--skip-ssl", "--skip-name-resolve", *files),
        )


class Prosody(RealServer):
    """
    An XMPP server that offers TLS itself, as it does when it is installed, and lets everybody in.
    """

    def __init__(self, case: LiveCase) -> None:
        super().__init__(case)
        os.mkdir(os.path.join(self.directory, "data"))
        if os.geteuid() == 0:
            shutil.chown(os.path.join(self.directory, "data"), NOBODY, NOGROUP)
        key, certificate = self.certificate()
        settings = f"""
data_path = "{self.directory}/data"
ssl = {{ key = "{key}"; certificate = "{certificate}" }}
pidfile = "{self.directory}/pid"
log = "*console"
modules_enabled = {{ "saslauth", "tls" }}
modules_disabled = {{ "s2s" }}
c2s_require_encryption = false
authentication = "anonymous"
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {self.port} }}
VirtualHost "localhost"
"""
        self.start(pathOf("prosody"), "-F", "--config", self.write("prosody.cfg.lua", settings))

    def certificate(self) -> tuple[str, str]:
        """
        Make the server a key and a certificate; return their paths.
        """
        paths = [os.path.join(self.directory, name) for name in ("key.pem", "certificate.pem")]
        words = ("-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost")
        made = self.popen("openssl", "req", *words, "-keyout", paths[0], "-out", paths[1])
        if made.wait(LIMIT):
            raise AssertionError(Path(self.directory, "output").read_text("utf-8", "replace")[-2000:])
        return paths[0], paths[1]
