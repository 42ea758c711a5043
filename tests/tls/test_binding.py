# -*- test-case-name: tests.tls.test_binding -*-
"""
Tests for L{sslpool.tls.binding}: it alone has the private names, and there are other ways without them.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator

from OpenSSL import SSL
from twisted.trial.unittest import SynchronousTestCase

from sslpool.messages import OperatorError
from sslpool.tls import binding
from sslpool.tls.keylog import KeyLog
from tests.test_layers import PACKAGE, imports, modules, parsed
from tests.tls.meeting import contextOf, meet
from tests.tls.reception import POLICY

PRIVATE = {
    "__wrapped__",
    "_context",
    "_from_raw_x509_ptr",
    "_pkey",
    "_raise_ssl_error",
    "_reverse_mapping",
    "_ssl",
    "_x509",
}
"""
The private names of pyOpenSSL's objects that there are uses for.
"""


def privateNames(tree: ast.Module) -> Iterator[str]:
    """
    Yield what a module has that pyOpenSSL and cryptography do not call public.
    """
    yield from (name for name in imports(tree) if name.startswith(("OpenSSL._", "cryptography.hazmat.bindings")))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in PRIVATE and ast.unparse(node.value) != "self":
            yield node.attr


class NameTests(SynchronousTestCase):
    """
    The names, and where they are.
    """

    def test_all(self) -> None:
        """
        The releases that are installed have all of them.
        """
        self.assertEqual(binding.missing(), ())
        self.assertTrue(binding.isWhole())

    def test_here(self) -> None:
        """
        No other module has any.
        """
        found = {path.relative_to(PACKAGE).as_posix(): {*privateNames(parsed(path))} for path in modules()}
        self.assertEqual([name for name, names in found.items() if names], ["tls/binding.py"])

    def test_checked(self) -> None:
        """
        Each call of the binding's is looked for before it is relied upon.
        """
        tree = parsed(PACKAGE / "tls" / "binding.py")
        used = {
            node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "lib"
        }
        self.assertEqual(used, set(binding._CALLS.split()))

    def test_method(self) -> None:
        """
        A name that a release lacks is told.
        """
        self.patch(SSL.Connection, "_raise_ssl_error", None)
        del SSL.Connection._raise_ssl_error
        self.assertEqual(binding.missing(), ("_raise_ssl_error",))

    def test_module(self) -> None:
        """
        So is a module.
        """
        module = sys.modules["OpenSSL._util"]
        self.addCleanup(sys.modules.__setitem__, "OpenSSL._util", module)
        sys.modules["OpenSSL._util"] = None  # type: ignore[assignment]
        self.assertEqual(binding.missing(), ("OpenSSL._util",))


class WithoutTests(SynchronousTestCase):
    """
    What there is without the names.
    """

    def setUp(self) -> None:
        """
        Have none of them.
        """
        self.patch(binding, "lib", None)

    def test_handshake(self) -> None:
        """
        Handshakes succeed, and what is not known of them counts as it costs least.
        """
        meeting = meet(POLICY)
        self.addCleanup(meeting.close)
        self.assertTrue(binding.isModern(meeting.server))
        self.assertTrue(binding.givesTicket(meeting.server))
        self.assertFalse(binding.wasResumed(meeting.server))
        self.assertIsNone(binding.verifyResult(meeting.server))
        self.assertFalse(binding.setVerify(meeting.server, SSL.VERIFY_PEER, None))
        binding.tellAlerts(meeting.server, None)

    def test_callbacks(self) -> None:
        """
        There is none for the library.
        """
        self.assertIsNone(binding.alertCallback(lambda connection, alert: None))
        self.assertIsNone(binding.verifyCallback(lambda *found: (0, True), lambda fault: None))
        self.assertEqual(binding.verifyWords(23), "error 23")

    def test_contexts(self) -> None:
        """
        A context keeps the library's order of groups and algorithms, and key logs are refused.
        """
        context = contextOf(POLICY)
        self.assertFalse(binding.setGroups(context, "X25519"))
        self.assertFalse(binding.setSignatures(context, "ECDSA+SHA256"))
        refused = self.assertRaises(OperatorError, KeyLog, lambda line: None)
        self.assertEqual(refused.said.id, "SSLP626E")

    def test_records(self) -> None:
        """
        Records are read by public calls.
        """
        self.assertEqual(wayOf(bytearray(1 << 16)), "public")


class WithTests(SynchronousTestCase):
    """
    What there is with them.
    """

    def test_records(self) -> None:
        """
        Records are read directly.
        """
        self.assertEqual(wayOf(bytearray(1 << 16)), "direct")

    def test_queue(self) -> None:
        """
        What the library does not take leaves nothing in its queue, where the next session would find it.
        """
        context = SSL.Context(SSL.TLS_SERVER_METHOD)
        self.assertFalse(binding.setSignatures(context, "NOBODYS+SHA256"))
        self.assertFalse(binding.setGroups(context, "NOBODYS"))
        self.assertEqual(binding.lib.ERR_peek_error(), 0)


def wayOf(buffer: bytearray) -> str:
    """
    Return the name of the function that makes the records for a buffer.
    """
    return binding.recordsFor(buffer).read.__qualname__.split(".")[0]
