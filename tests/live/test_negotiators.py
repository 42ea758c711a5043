"""
Dynamic SSL with the clients of the protocols and with servers that know no TLS.
"""

from __future__ import annotations

import os
import smtplib
import socket
from collections.abc import Callable
from pathlib import Path

from tests.live.applications import Application
from tests.live.clients import trusting
from tests.live.configurations import LABEL, PROFILE, SYSTEM, FilesCase, freePort
from tests.live.installed import lacking
from tests.live.mailboxes import MailServer
from tests.live.programs import LIMIT, Outcome, run
from tests.live.running import Stack, until
from tests.live.servers import PASSWORD, Dovecot, MariaDb, PostgreSql, Prosody, Slapd
from tests.live.terminals import terminal
from tests.starttls.scripts import FEATURES, STARTTLS, STREAM, mysqlGreeting

MESSAGE = "Subject: test\r\n\r\nSTARTTLS\r\n..\r\nthe end\r\n"


class DynamicCase(FilesCase):
    """
    A test with a stack in front of several applications.
    """

    def setUp(self) -> None:
        """
        Begin with no application.
        """
        super().setUp()
        self.static = self.adapt("127.0.0.1:9")

    def protect(self, protocol: str, address: str, security: str = "REQUIRED") -> int:
        """
        Have a new port whose connections become secure on the way to C{address}; return it.
        """
        port = freePort(self)
        userid = f"APP{port}"
        self.files.append(PROFILE, f"PORT {port} TCP {userid}")
        self.files.append(
            SYSTEM,
            f":nick.{userid} :type.server :address.{address}\n:dynamic.{protocol} :tlslabel.{LABEL}"
            f" :secureconnection.{security}",
        )
        return port

    def curl(self, url: str, *options: str) -> Outcome:
        """
        Run curl, which is to use TLS or to fail.
        """
        return run("curl", "-sS", "--max-time", str(LIMIT), "--ssl-reqd", "--cacert", self.certificates, *options, url)

    def openssl(self, protocol: str, port: int) -> None:
        """
        Have openssl s_client begin TLS as the protocol has it, and verify the certificate.
        """
        command = ("openssl", "s_client", "-starttls", protocol, "-connect", f"localhost:{port}", "-brief")
        trust = ("-CAfile", self.certificates, "-verify_return_error", "-verify_hostname", "localhost")
        # What the application says need not be text.
        done = run("sh", "-c", 'exec "$@" >/dev/null', "sh", *command, *trust)
        self.assertIn("Verification: OK", done.error, f"{protocol}: {done.error}")


class MailTests(DynamicCase):
    """
    SMTP, LMTP, IMAP and POP3.
    """

    skip = lacking("dovecot-imapd", "dovecot-pop3d")

    def test_clients(self) -> None:
        """
        curl sends and reads mail over TLS, openssl s_client gets through in each protocol, and
        neither gets anywhere without TLS.
        """
        mail, local, dovecot = MailServer(self), MailServer(self, lmtp=True), Dovecot(self)
        smtp = self.protect("SMTP", mail.address)
        lmtp = self.protect("LMTP", local.address, "ALLOWED")
        imap = self.protect("IMAP", dovecot.address)
        pop3 = self.protect("POP3", f"127.0.0.1:{dovecot.pop3}", "ALLOWED")
        stack = self.serve(*self.options)

        message = Path(self.path("message"))
        message.write_text(MESSAGE, encoding="ascii", newline="")
        addresses = ("--mail-from", "me@example.org", "--mail-rcpt", "you@example.org")
        sent = self.curl(f"smtp://localhost:{smtp}", *addresses, "--upload-file", str(message))
        self.assertEqual((sent.code, sent.error), (0, ""))
        self.assertEqual([each.split(b"\r\n\r\n", 1)[1] for each in mail.messages], [b"STARTTLS\r\n..\r\nthe end\r\n"])
        login = ("--user", f"me:{PASSWORD}")
        self.assertIn("INBOX", self.curl(f"imap://localhost:{imap}/", *login).output)
        stored = self.curl(f"imap://localhost:{imap}/INBOX", *login, "--upload-file", str(message))
        self.assertEqual((stored.code, stored.error), (0, ""))
        self.assertEqual(self.curl(f"imap://localhost:{imap}/INBOX;MAILINDEX=1", *login).output, read(MESSAGE))
        self.assertEqual(self.curl(f"pop3://localhost:{pop3}/1", *login).output, read(MESSAGE))

        for protocol, port in (("smtp", smtp), ("lmtp", lmtp), ("imap", imap), ("pop3", pop3)):
            self.openssl(protocol, port)

        clear = run("curl", "-sS", f"smtp://localhost:{smtp}", *addresses, "--upload-file", str(message))
        self.assertNotEqual(clear.code, 0)
        clear = run("curl", "-sS", f"imap://localhost:{imap}/", *login)
        self.assertNotEqual(clear.code, 0)
        self.assertEqual(len(mail.messages), 1)
        self.checkReport(stack, smtp)

    def checkReport(self, stack: Stack, port: int) -> None:
        """
        A session is listed from its beginning, and has a label when it is secure.
        """
        with smtplib.SMTP("localhost", port, timeout=LIMIT) as client:
            listed = stack.sslnetstat("conn").output
            self.assertRegex(listed, rf"APP{port} .* Cleartext")
            states = [(each.state, each.label) for each in stack.sessions() if each.userid == f"APP{port}"]
            self.assertIn(("Cleartext", ""), states)
            client.starttls(context=trusting(self.certificates))
            client.ehlo()
            [session] = [each for each in stack.sessions() if each.state == "Established"]
            self.assertEqual((session.label, session.userid), (LABEL, f"APP{port}"))
            self.assertIn(session.protocol, stack.ssladmin("--json", "query", "sessions").output)


def read(text: str) -> str:
    """
    Return text as it is read from a program.
    """
    return text.replace("\r\n", "\n")


class DirectoryTests(DynamicCase):
    """
    LDAP.
    """

    skip = lacking("slapd", "ldap-utils")

    def test_clients(self) -> None:
        """
        ldapsearch insists on TLS and gets it; without it there is nothing where it is required.  The
        root DSE announces it once.
        """
        directory = Slapd(self)
        port = self.protect("LDAP", directory.address)
        allowed = self.protect("LDAP", directory.address, "ALLOWED")
        self.serve(*self.options)
        # OpenLDAP's clients take "localhost" for the name of the machine.
        address = ("-x", "-H", f"ldap://127.0.0.1:{port}")
        search = ("env", f"LDAPTLS_CACERT={self.certificates}", "LDAPTLS_REQCERT=demand", "ldapsearch", "-LLL")
        bind = ("-D", "cn=admin,dc=example", "-w", PASSWORD)
        entry = "dn: dc=example\nobjectClass: organization\nobjectClass: dcObject\no: example\ndc: example\n"
        added = run("ldapadd", "-ZZ", *address, *bind, input=entry, LDAPTLS_CACERT=self.certificates)
        self.assertEqual(added.code, 0, added.error)
        found = run(*search, "-ZZ", *address, "-b", "dc=example", "o")
        self.assertEqual(found.output.split(), ["dn:", "dc=example", "o:", "example"], found.error)
        refused = run(*search, *address, *bind, "-b", "dc=example", "o")
        self.assertIn("Confidentiality required", refused.error)
        clear = ("-x", "-H", f"ldap://127.0.0.1:{allowed}")
        root = run(*search, *clear, "-b", "", "-s", "base", "supportedExtension")
        self.assertEqual(root.output.count("1.3.6.1.4.1.1466.20037"), 1, root.error)
        self.openssl("ldap", port)


class DatabaseTests(DynamicCase):
    """
    PostgreSQL.
    """

    skip = lacking("postgresql")

    def test_clients(self) -> None:
        """
        psql verifies the certificate and gets through; where TLS is required it does not without.
        """
        database = PostgreSql(self)
        required = self.protect("POSTGRESQL", database.address)
        allowed = self.protect("POSTGRESQL", database.address, "ALLOWED")
        self.serve(*self.options)
        full = {"PGSSLMODE": "verify-full", "PGSSLROOTCERT": self.certificates}
        self.assertEqual(self.psql(required, **full).output, "42\n")
        self.assertEqual(self.psql(allowed, **full).output, "42\n")
        self.assertEqual(self.psql(allowed, PGSSLMODE="disable").output, "42\n")
        self.assertIn("SSL connection is required", self.psql(required, PGSSLMODE="disable").error)
        self.openssl("postgres", required)

    def psql(self, port: int, **variables: str) -> Outcome:
        """
        Ask for 42.
        """
        settings = [f"{name}={value}" for name, value in variables.items()]
        ask = ("psql", "-h", "localhost", "-p", str(port), "-U", "me", "-Atc", "select 42", "postgres")
        return run("env", f"PGCONNECT_TIMEOUT={int(LIMIT)}", *settings, *ask)


class MariaDbTests(DynamicCase):
    """
    MySQL's protocol.
    """

    skip = lacking("mariadb-server-core", "mariadb-client-core")

    def test_clients(self) -> None:
        """
        MariaDB's client verifies the certificate and gets through, with a password and without one;
        where TLS is required it does not without TLS.
        """
        database = MariaDb(self)
        port = self.protect("MYSQL", database.address)
        self.serve(*self.options)
        trust = (f"--ssl-ca={self.certificates}", "--ssl-verify-server-cert")
        self.assertEqual(self.ask(port, "root", *trust).output, "42\n")
        made = f"CREATE USER me@'%' IDENTIFIED BY '{PASSWORD}'"
        self.assertEqual(self.ask(port, "root", *trust, statement=made).error, "")
        self.assertEqual(self.ask(port, "me", f"-p{PASSWORD}", *trust).output, "42\n")
        self.assertIn("insecure transport", self.ask(port, "root", "--skip-ssl").error)

    def ask(self, port: int, user: str, *options: str, statement: str = "SELECT 42") -> Outcome:
        """
        Have a statement executed.
        """
        place = ("--protocol=tcp", "-h", "localhost", "-P", str(port), "-u", user)
        return run("mariadb", "--no-defaults", *place, *options, "-Ne", statement)


class TerminalTests(DynamicCase):
    """
    Telnet and TN3270.
    """

    skip = lacking("s3270")

    def test_clients(self) -> None:
        """
        s3270 begins TLS when it is asked, verifies the certificate, and shows the application's
        screen; openssl s_client gets through; a client that declines goes on where it may.
        """
        application = Application(self, terminal)
        required = self.protect("TN3270", application.address)
        preferred = self.protect("TELNET", application.address, "PREFERRED")
        self.serve(*self.options)
        script = f"Connect(localhost:{required})\nWait(20,InputField)\nAscii()\nQuery(Tls)\nQuit()\n"
        screen = run("s3270", "-cafile", self.certificates, "-utf8", input=script).output
        self.assertIn("WELCOME TO THE APPLICATION", screen)
        self.assertRegex(screen, r"(?i)data: secure.*host-verified")
        self.openssl("telnet", required)
        with socket.create_connection(("localhost", preferred), LIMIT) as client:
            self.assertEqual(client.recv(3), b"\xff\xfd\x2e")
            client.sendall(b"\xff\xfc\x2e")
            self.assertEqual(client.recv(3), b"\xff\xfd\x18")


def saying(*turns: bytes) -> Callable[[socket.socket], None]:
    """
    Return an application that says its parts, each after it has heard something.
    """

    def converse(connection: socket.socket) -> None:
        for turn in turns:
            connection.sendall(turn)
            if not connection.recv(65536):
                return

    return converse


class XmppTests(DynamicCase):
    """
    XMPP.
    """

    skip = lacking("prosody")

    def test_stream(self) -> None:
        """
        A client begins TLS, then another stream, logs in and gets its name; the server has had both streams, and none
        of the request.  What it offers itself is not seen after that, and a second request is refused.
        """
        server = Prosody(self)
        port = self.protect("XMPP", server.address, "ALLOWED")
        stack = self.serve(*self.options)
        header = b"<?xml version='1.0'?><stream:stream to='localhost' xmlns='jabber:client' "
        header += b"xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"
        with socket.create_connection(("127.0.0.1", port), LIMIT) as plain:
            self.assertIn(STARTTLS[:-2], self.converse(plain, header, b"</stream:features>"))
            self.converse(plain, STARTTLS, b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
            with trusting(self.certificates).wrap_socket(plain, server_hostname="localhost") as client:
                self.assertNotIn(b"starttls", self.converse(client, header, b"</stream:features>"))
                login = b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'/>"
                self.converse(client, login, b"<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>")
                self.converse(client, header, b"</stream:features>")
                bind = b"<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>"
                self.assertIn(b"@localhost/", self.converse(client, bind, b"</iq>"))
        self.openssl("xmpp", port)

        with socket.create_connection(("127.0.0.1", server.port), LIMIT) as plain:
            self.assertIn(STARTTLS[:-2], self.converse(plain, header, b"</stream:features>"))
        with socket.create_connection(("127.0.0.1", port), LIMIT) as plain:
            self.converse(plain, header, b"</stream:features>")
            self.converse(plain, STARTTLS, b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
            with trusting(self.certificates).wrap_socket(plain, server_hostname="localhost") as client:
                self.converse(client, header, b"</stream:features>")
                self.converse(client, STARTTLS, b"<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:stream>")
                self.assertEqual(client.recv(65536), b"")
        stack.log.wait("SSLP700W.*TLS asked for a second time")

    def converse(self, connection: socket.socket, request: bytes, end: bytes) -> bytes:
        """
        Say something, and return what comes until C{end}.
        """
        connection.sendall(request)
        heard = b""
        while end not in heard:
            octets = connection.recv(65536)
            self.assertTrue(octets, heard)
            heard += octets
        return heard


class OtherTests(DynamicCase):
    """
    The other protocols that openssl s_client knows.
    """

    def test_clients(self) -> None:
        """
        openssl s_client gets through in each.
        """
        nntp = self.protect("NNTP", Application(self, saying(b"200 news\r\n", b"101 list\r\n.\r\n")).address)
        mysql = self.protect("MYSQL", Application(self, saying(mysqlGreeting(0xF7FF))).address)
        xmpp = self.protect("XMPP", Application(self, saying(b"", STREAM + FEATURES)).address)
        self.serve(*self.options)
        for protocol, port in (("nntp", nntp), ("mysql", mysql), ("xmpp", xmpp), ("xmpp-server", xmpp)):
            self.openssl(protocol, port)


class AttemptTests(DynamicCase):
    """
    Clients that do not keep to the protocol.
    """

    ATTEMPTS = 1000

    def test_descriptors(self) -> None:
        """
        A thousand bad attempts are refused and counted, and leave no descriptor in stack or server.
        """
        application = Application(self, saying(b"220 mail\r\n"))
        port = self.protect("SMTP", application.address)
        stack = self.serve(*self.options)
        self.attempt(port, b"QUIT\r\n")
        until(lambda: not stack.sessions(), "the end of the first")
        before = self.descriptors(stack)
        kinds = (b"STARTTLS\r\nQUIT\r\n", b"\x16\x03\x01\x02", b"x" * 20000, b"STARTTLS\r\n" + b"\0" * 16)
        for number in range(self.ATTEMPTS):
            self.attempt(port, kinds[number % len(kinds)])
        until(lambda: not stack.sessions(), "the end of all")
        until(lambda: self.descriptors(stack) <= before, f"as few descriptors as {before}")
        [details] = stack.ssladmin("--json", "query", "status", "details").json()
        counted = {name: count for name, count in details["outcomes"].items() if name != "finished"}
        self.assertEqual(sum(counted.values()), self.ATTEMPTS, counted)
        self.assertGreaterEqual(counted["cleartext after the request for TLS"], self.ATTEMPTS // 4)
        self.assertEqual(application.accepted, self.ATTEMPTS + 1)

    def attempt(self, port: int, octets: bytes) -> None:
        """
        Say C{octets} after the greeting, and read to the end.
        """
        with socket.create_connection(("127.0.0.1", port), LIMIT) as client:
            client.recv(100)
            try:
                client.sendall(octets)
                while client.recv(65536):
                    pass
            except ConnectionError:
                pass  # not all of it was read

    def descriptors(self, stack: Stack) -> int:
        """
        Return how many descriptors the server has, and, where that can be seen, the stack.
        """
        [details] = stack.ssladmin("--json", "query", "status", "details").json()
        seen = 0 if os.geteuid() else len(os.listdir(f"/proc/{stack.process.pid}/fd"))
        return int(details["descriptors"]) + seen

    def test_direct(self) -> None:
        """
        A client of PostgreSQL may begin with TLS at once, if it names the protocol.
        """
        port = self.protect("POSTGRESQL", Application(self, saying(b"", b"R")).address)
        stack = self.serve(*self.options)
        context = trusting(self.certificates)
        context.set_alpn_protocols(["postgresql"])
        startup = b"\0\0\0\x0f\0\3\0\0user\0a\0"
        with (
            socket.create_connection(("127.0.0.1", port), LIMIT) as plain,
            context.wrap_socket(plain, server_hostname="localhost") as client,
        ):
            self.assertEqual(client.selected_alpn_protocol(), "postgresql")
            client.sendall(startup)
            self.assertEqual(client.recv(1), b"R")
        with (
            socket.create_connection(("127.0.0.1", port), LIMIT) as plain,
            trusting(self.certificates).wrap_socket(plain, server_hostname="localhost") as client,
        ):
            self.assertEqual(client.recv(1), b"")
        stack.log.wait(r"SSLP700W.*did not name the application protocol")
