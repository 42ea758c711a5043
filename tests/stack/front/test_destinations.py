"""
Tests for L{sslpool.stack.front.destinations}.
"""

from __future__ import annotations

import socket

from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.configuration import Position, SecurePort
from sslpool.reasons import LABEL, reasonOf
from sslpool.stack.front.destinations import Names, fitting, isNonexistent, namedAddresses, plainAddresses, resolved
from sslpool.wire.assignment import Address

APPLICATION = [Address(int(socket.AF_INET), "127.0.0.1", 8080)]


class AddressTests(SynchronousTestCase):
    """
    Where the cleartext goes.
    """

    def test_plain(self) -> None:
        """
        Of a path and of numeric addresses nobody is asked; names are something else, however long.
        """
        self.assertEqual(plainAddresses("/run/application"), [Address(int(socket.AF_UNIX), "/run/application", 0)])
        self.assertEqual(plainAddresses("127.0.0.1:8080"), APPLICATION)
        self.assertEqual(plainAddresses("[::1]:8080"), [Address(int(socket.AF_INET6), "::1", 8080)])
        for name in ("localhost:1", "no.such.host.invalid:1", "a" * 70 + ":1"):
            self.assertIsNone(plainAddresses(name))

    def test_asked(self) -> None:
        """
        Host and port are taken apart, IPv6 without its brackets.
        """
        asked: list[tuple[str, int]] = []

        def resolve(host: str, port: int) -> list[Address]:
            asked.append((host, port))
            return []

        for address in ("app.example.com:80", "[2001:db8::1]:8080"):
            namedAddresses(address, resolve)
        self.assertEqual(asked, [("app.example.com", 80), ("2001:db8::1", 8080)])

    def test_unknown(self) -> None:
        """
        There is no such name, or the name service cannot say.
        """
        none, later = (socket.gaierror(code, "x") for code in (socket.EAI_NONAME, socket.EAI_AGAIN))
        self.assertEqual([isNonexistent(each) for each in (none, later)], [True, False])
        error = self.assertRaises(UnicodeError, namedAddresses, "a" * 70 + ":1", resolved)
        self.assertTrue(isNonexistent(error))
        self.assertEqual((reasonOf(none), reasonOf(error)), ("x", LABEL))

    def test_resolved(self) -> None:
        """
        Numeric addresses resolve to themselves.
        """
        self.assertEqual(resolved("127.0.0.1", 8080), APPLICATION)
        self.assertEqual(resolved("::1", 8080), [Address(int(socket.AF_INET6), "::1", 8080)])

    def test_fitting(self) -> None:
        """
        Of several addresses only those remain to which one can connect from a source; where there is none,
        all do, so that whoever tries says why it cannot be.
        """
        four, six = Address(socket.AF_INET, "192.0.2.1", 80), Address(socket.AF_INET6, "2001:db8::1", 80)
        self.assertEqual(fitting((six, four), ""), (six, four))
        self.assertEqual(fitting((six, four), "192.0.2.2"), (four,))
        self.assertEqual(fitting((six, four), "2001:db8::2"), (six,))
        self.assertEqual(fitting((six,), "192.0.2.2"), (six,))

    def test_kept(self) -> None:
        """
        What was found stays as long as a port has the name.
        """
        names = Names()
        port = SecurePort(443, "HTTPD", "WEBCERT", None, "app.example:80", Position("PROFILE.TCPIP", 7))
        names.keep({"app.example:80": port, "127.0.0.1:80": port})
        self.assertEqual((list(names.wanted), names.addresses("app.example:80")), (["app.example:80"], ()))
        names.learn("app.example:80", APPLICATION)
        self.assertEqual(names.addresses("app.example:80"), tuple(APPLICATION))
        names.keep({})
        self.assertEqual(names.addresses("app.example:80"), ())
