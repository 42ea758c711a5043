"""
Tests for L{sslpool.stack.descriptors}.
"""

from __future__ import annotations

import resource

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from sslpool.config.configuration import Configuration, Position, SecurePort, ServerParameters
from sslpool.config.limits import Limits
from sslpool.config.securing import DataConnections, Dynamic
from sslpool.interfaces import IReconfigurable
from sslpool.messages import OperatorError
from sslpool.stack.descriptors import RESERVE, DescriptorLimit, descriptorsNeeded, raiseDescriptorLimit
from sslpool.stack.front.listeningsockets import wildcards
from sslpool.stack.programs.limits import MOST_TRUSTED as CONVERSATIONS
from tests.neighbours import FakePool

PORT = SecurePort(443, "HTTPD", "A", None, "127.0.0.1:8080", Position("PROFILE.TCPIP", 7))

CONFIGURATION = Configuration(
    "TCPIP", "*", 30, Limits(), "SSL", 5, "SSLDCSSM", frozenset(), frozenset(), (PORT,), (), (), ServerParameters(), "k"
)


def configuration(**changed: object) -> Configuration:
    """
    Return a configuration with one port.
    """
    return evolve(CONFIGURATION, **changed)  # type: ignore[arg-type]


class DescriptorTests(SynchronousTestCase):
    """
    The limit of open files, with a system played by the test.
    """

    def setUp(self) -> None:
        """
        Let the system allow 256, at most 1024.
        """
        self.limit = (256, 1024)
        self.privileged = False
        self.patch(resource, "getrlimit", lambda which: self.limit)
        self.others: dict[int, tuple[int, int]] = {}
        self.patch(resource, "setrlimit", self.set)
        self.patch(resource, "prlimit", lambda pid, which, limit: self.others.__setitem__(pid, limit))

    def set(self, which: int, limit: tuple[int, int]) -> None:
        """
        Stands for the system.
        """
        if limit[1] > self.limit[1] and not self.privileged:
            raise ValueError("not allowed to raise maximum limit")
        self.limit = limit

    def test_needed(self) -> None:
        """
        Listening sockets, servers, applications, programs and sessions are counted in the stack; in a
        server sessions, and data connections where there is FTP.
        """
        base = descriptorsNeeded(configuration())
        self.assertEqual((base.listeners, base.server), (len(wildcards()), 3 * 600 + RESERVE))
        self.assertGreater(base.stack, 3000 + RESERVE + 2 * CONVERSATIONS)
        bound = evolve(PORT, bind="127.0.0.1")
        many = descriptorsNeeded(configuration(ports=(PORT, *[bound] * 300)))
        self.assertEqual([many.stack - base.stack, many.least - base.least], [300, 300])
        larger = descriptorsNeeded(configuration(poolHigh=15, autolog=("A", "B")))
        self.assertEqual((larger.stack - base.stack, larger.least - base.least), (116, 60))
        ftp = evolve(PORT, securing=Dynamic("FTP", "ALLOWED", DataConnections()))
        self.assertEqual(descriptorsNeeded(configuration(ports=(ftp,))).server - base.server, 3 * 600)

    def test_enough(self) -> None:
        """
        Where it is enough nothing is changed.
        """
        self.limit = (8192, 20000)
        self.assertIsNone(raiseDescriptorLimit(configuration()))
        self.assertEqual((self.limit, self.others), ((8192, 20000), {}))

    def test_raised(self) -> None:
        """
        It is raised to what is needed, not further, and so is that of those who have inherited it.
        """
        self.limit = (1024, 20000)
        needed = descriptorsNeeded(configuration()).most
        self.assertIsNone(raiseDescriptorLimit(configuration(), (17, 0, 18)))
        self.assertEqual(self.limit, (needed, 20000))
        self.assertEqual(self.others, {17: self.limit, 18: self.limit})

    def test_privileged(self) -> None:
        """
        A privileged user's maximum is raised as well.
        """
        self.privileged = True
        needed = descriptorsNeeded(configuration()).most
        self.assertIsNone(raiseDescriptorLimit(configuration()))
        self.assertEqual(self.limit, (needed, needed))

    def test_short(self) -> None:
        """
        Where that is not possible as much as possible is taken, and a message says what to set.
        """
        needed = descriptorsNeeded(configuration())
        message = raiseDescriptorLimit(configuration())
        self.assertEqual(
            str(message),
            f"SSLP007W The limit of open files is 1024, but the stack may need {needed.stack} (listening sockets: "
            f"{needed.listeners}) and each server {needed.server}: set ulimit -n, or LimitNOFILE of the service, to "
            f"{needed.most}",
        )
        self.assertEqual(self.limit, (1024, 1024))

    def test_tooShort(self) -> None:
        """
        Where not even the listening sockets and servers have room, that is a message and no traceback.
        """
        wanted = configuration(ports=(evolve(PORT, bind="127.0.0.1"),) * 1100)
        error = self.assertRaises(OperatorError, raiseDescriptorLimit, wanted)
        self.assertTrue(str(error).startswith("SSLP029E The limit of open files is 1024, but without any session"))
        self.assertIn("(listening sockets: 1100, ", str(error))
        self.assertIn(f"to {descriptorsNeeded(wanted).most}", str(error))

    def test_follows(self) -> None:
        """
        It follows changes before ports are opened; a shortage is said once, and a change for which there is
        no room at all is refused.
        """
        self.limit = (256, 8192)
        limit = DescriptorLimit(configuration())
        limit.wire(FakePool(pids=[17]))
        verifyObject(IReconfigurable, limit)
        self.assertEqual(limit.notes, [])
        larger = configuration(limits=Limits(maxSessions=6000))
        limit.prepare(larger).discard()
        preparation = limit.prepare(larger)
        preparation.commit()
        self.assertEqual((self.limit[0], preparation.notes), (descriptorsNeeded(larger).most, ()))
        self.assertEqual(self.others, {17: self.limit})
        said = []
        for _ in range(2):
            preparation = limit.prepare(configuration(limits=Limits(maxSessions=60000)))
            preparation.commit()
            said.append([note.id for note in preparation.notes])
        self.assertEqual(said, [["SSLP007W"], []])
        self.assertRaises(OperatorError, limit.prepare, configuration(ports=(PORT,) * 10000))
