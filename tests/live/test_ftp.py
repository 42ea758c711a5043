"""
FTP through the pool: real clients, and real servers that know no TLS.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import ssl
from ftplib import FTP, FTP_TLS, error_perm
from pathlib import Path

from tests.live.clients import trusting
from tests.live.configurations import PROFILE, SYSTEM, FilesCase, freePort
from tests.live.ftpservers import FtpServer, Pyftpdlib, Vsftpd
from tests.live.installed import lacking
from tests.live.programs import LIMIT, Outcome, run
from tests.live.running import Stack

SIZE = 100 << 20
SMALL = 300_000


class FtpCase(FilesCase):
    """
    A test with an FTP server behind a pool.

    @ivar port: where clients ask for TLS.
    @ivar implicit: where connections are secure from the beginning.
    """

    port: int
    implicit: int

    def through(self, server: FtpServer, tags: str = ":securecontrol.REQUIRED :securedata.REQUIRED") -> Stack:
        """
        Start a pool in front of a server.
        """
        self.implicit = self.adapt(server.address)
        self.port = freePort(self)
        line = f"   {self.implicit} TCP WEBSERV SECURE WEBCERT"
        self.files.replace(PROFILE, line, f"{line} {self.port} TCP WEBSERV")
        address = f":address.{server.address}"
        self.files.replace(SYSTEM, address, f"{address} :dynamic.FTP :tlslabel.WEBCERT {tags}")
        return self.serve(*self.options)

    def payload(self, size: int = SMALL) -> str:
        """
        Return the path of a file to be sent.
        """
        path = self.path("payload")
        block = os.urandom(1 << 20)
        with open(path, "wb") as file:
            for start in range(0, size, len(block)):
                file.write(block[: size - start])
        return path

    def curl(self, server: FtpServer, *words: str, implicit: bool = False) -> Outcome:
        """
        Run curl with the certificates and the login.
        """
        login = f"{server.user}:{server.password}"
        secure = () if implicit else ("--ssl-reqd",)
        return run("curl", "-sS", *secure, "--cacert", self.certificates, "-u", login, *words)

    def url(self, server: FtpServer, name: str, implicit: bool = False) -> str:
        """
        Return the URL of a file.
        """
        scheme, port = ("ftps", self.implicit) if implicit else ("ftp", self.port)
        return f"{scheme}://localhost:{port}/{server.folder}{name}"

    def bothWays(self, server: FtpServer, *words: str, size: int = SMALL, implicit: bool = False) -> None:
        """
        Have curl send a file and fetch it again.
        """
        source, back = self.payload(size), self.path("back")
        url = self.url(server, "file", implicit)
        for action in (("-T", source, url), ("-o", back, url)):
            done = self.curl(server, *words, *action, implicit=implicit)
            self.assertEqual((done.code, done.error), (0, ""), (words, action))
        self.assertEqual(digest(server.path("file")), digest(source))
        self.assertEqual(digest(back), digest(source))
        os.unlink(server.path("file"))


def digest(path: str) -> str:
    """
    Return the SHA-256 of a file.
    """
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class ClientTests(FtpCase):
    """
    curl, lftp and Python's ftplib in front of pyftpdlib and vsftpd.
    """

    skip = lacking("lftp", "vsftpd")

    def test_pyftpdlib(self) -> None:
        """
        Explicit and implicit, passive and active, EPSV and PASV, EPRT and PORT, up and down, all of it secured.
        """
        self.checkAll(Pyftpdlib(self))

    def test_vsftpd(self) -> None:
        """
        The same.
        """
        server = Vsftpd(self)
        self.checkAll(server)
        self.otherName(server)

    def checkAll(self, server: FtpServer) -> None:
        """
        See L{test_pyftpdlib}.
        """
        self.through(server)
        self.openssl()
        self.bothWays(server)
        self.bothWays(server, "--disable-epsv")
        self.bothWays(server, implicit=True)
        # curl 7.88 sends cleartext in active mode whatever has been agreed (curl issue 10664), lftp does not.
        for passive in ("on", "off"):
            for implicit in (False, True):
                self.lftp(server, passive, implicit)
        self.ftplib(server)

    def openssl(self) -> None:
        """
        Have openssl say AUTH TLS and verify what it gets.
        """
        words = ("-starttls", "ftp", "-connect", f"localhost:{self.port}", "-CAfile", self.certificates)
        done = run("openssl", "s_client", *words, "-verify_return_error", "-verify_hostname", "localhost", "-brief")
        self.assertEqual(done.code, 0, done.error)
        self.assertIn("Verification: OK", done.output + done.error)

    def lftp(self, server: FtpServer, passive: str, implicit: bool, family: str = "inet") -> None:
        """
        Have lftp send a file, list it, and fetch it again.
        """
        source, back = self.payload(), self.path("back")
        settings = {
            "ssl:check-hostname": "true" if family == "inet" else "false",
            "ftp:passive-mode": passive,
            "ftp:ssl-force": "true",
            "ftp:ssl-protect-data": "true",
            "ftp:ssl-protect-list": "true",
            "ssl:ca-file": self.certificates,
            "net:max-retries": "1",
            "net:timeout": "20",
            "cmd:fail-exit": "true",
            "xfer:clobber": "true",
        }
        scheme, port = ("ftps", self.implicit) if implicit else ("ftp", self.port)
        host = "localhost" if family == "inet" else "[::1]"
        commands = [
            *(f"set {name} {value}" for name, value in settings.items()),
            f"open -u {server.user},{server.password} {scheme}://{host}:{port}/{server.folder}",
            f"put {source} -o file",
            "cls -l file",
            f"get file -o {back}",
            "rm file" if isinstance(server, Pyftpdlib) else "pwd",
        ]
        done = run("lftp", "-c", "; ".join(commands), HOME=self.scratch)
        self.assertEqual((done.code, done.error), (0, ""), (passive, implicit))
        self.assertRegex(done.output, rf"{SMALL} .*file")
        self.assertEqual(digest(back), digest(source))
        if isinstance(server, Vsftpd):
            self.assertEqual(digest(server.path("file")), digest(source))
            os.unlink(server.path("file"))

    def ftplib(self, server: FtpServer) -> None:
        """
        Have Python's own client, which insists on close_notify, do the same in active mode.
        """
        source = Path(self.payload())
        client = FTP_TLS(context=trusting(self.certificates), timeout=LIMIT)
        client.connect("localhost", self.port)
        with client:
            client.login(server.user, server.password)
            client.prot_p()
            client.set_pasv(False)
            with source.open("rb") as file:
                client.storbinary(f"STOR {server.folder}ftplib", file)
            parts: list[bytes] = []
            client.retrbinary(f"RETR {server.folder}ftplib", parts.append)
            self.assertEqual(b"".join(parts), source.read_bytes())

    def otherName(self, server: FtpServer) -> None:
        """
        Say the server's other name for PASV: to itself, and where data has to be secured.
        """
        host, _, port = server.address.rpartition(":")
        with FTP() as plain:
            plain.connect(host, int(port), LIMIT)
            plain.login(server.user, server.password)
            self.assertEqual(plain.sendcmd("P@SW")[:3], "227")
        with FTP_TLS(context=trusting(self.certificates), timeout=LIMIT) as client:
            client.connect("localhost", self.port)
            client.login(server.user, server.password)
            self.assertRaisesRegex(error_perm, "^521 ", client.sendcmd, "PASV")
            for name in ("P@SW", "p@sw", " PASV", "LPSV"):
                self.assertRaisesRegex(error_perm, "^502 ", client.sendcmd, name)
            client.prot_p()
            self.assertRaisesRegex(error_perm, "^502 ", client.sendcmd, "P@SW")
            self.assertIn("files", client.nlst())

    def test_reuse(self) -> None:
        """
        curl resumes the control connection's TLS session where that is demanded, and is traced meanwhile.
        """
        server = Pyftpdlib(self)
        stack = self.through(server, ":securecontrol.REQUIRED :securedata.REQUIRED REUSE")
        self.assertEqual(stack.ssladmin("trace", "flow", "all").code, 0)
        self.bothWays(server)
        self.bothWays(server, implicit=True)
        stack.waitForSessions(0)
        [details] = stack.ssladmin("--json", "query", "status", "details").json()
        self.assertEqual((details["resumed"], sum(details["outcomes"].values())), (4, 8), details["outcomes"])
        for passive in ("on", "off"):
            self.lftp(server, passive, False)
        self.notResuming(server)

    def notResuming(self, server: FtpServer) -> None:
        """
        Have Python's client, which does not resume, learn that, and find the old file.
        """
        with open(server.path("old"), "w", encoding="ascii") as file:
            file.write("old")
        for verb in ("STOR", "RETR"):
            client = FTP_TLS(context=trusting(self.certificates), timeout=LIMIT)
            client.connect("localhost", self.port)
            client.login(server.user, server.password)
            client.prot_p()
            # It may have completed its handshake before it hears of the failure, on either connection.
            with contextlib.suppress(OSError), client.transfercmd(f"{verb} old") as data:
                assert isinstance(data, ssl.SSLSocket)
                data.settimeout(LIMIT)
                self.assertEqual(data.recv(1), b"")
                data.unwrap()
                self.fail("the data connection has ended in order")
            self.assertRaisesRegex(error_perm, "^522 ", client.voidresp)
            client.quit()
        self.assertEqual(Path(server.path("old")).read_text(encoding="ascii"), "old")

    def test_clientsOfVersion6(self) -> None:
        """
        Clients with IPv6 have data connections with an application that has IPv4, passive and active.
        """
        self.families("127.0.0.1", "inet6")

    def test_applicationOfVersion6(self) -> None:
        """
        An application with IPv6 has them with clients of either kind.
        """
        self.families("::1", "inet", "inet6")

    def families(self, host: str, *families: str) -> None:
        """
        See L{test_clientsOfVersion6}.
        """
        server = Pyftpdlib(self, host)
        self.through(server)
        for family in families:
            self.bothWays(server, "-6" if family == "inet6" else "-4")
            for passive in ("on", "off"):
                self.lftp(server, passive, False, family)

    def test_reuseById(self) -> None:
        """
        With TLS 1.2 curl resumes by session ID, in each of several transfers of one control connection.
        """
        server = Pyftpdlib(self)
        stack = self.through(server, ":securecontrol.REQUIRED :securedata.REQUIRED REUSE")
        self.bothWays(server, "--tls-max", "1.2")
        urls = [f"{self.url(server, name, False)}" for name in ("one", "two", "three")]
        source = self.payload(SMALL)
        sent = [word for url in urls for word in ("-T", source, url)]
        self.assertEqual(self.curl(server, "--tls-max", "1.2", *sent).code, 0)
        self.assertEqual({digest(server.path(name)) for name in ("one", "two", "three")}, {digest(source)})
        stack.waitForSessions(0)
        [details] = stack.ssladmin("--json", "query", "status", "details").json()
        self.assertEqual(details["resumed"], 5, details["outcomes"])

    def test_large(self) -> None:
        """
        A hundred megabytes up and down, with the data secured, are what they were.
        """
        server = Vsftpd(self)
        self.through(server)
        self.bothWays(server, size=SIZE)
