"""
Tests for L{sslpool.stack.configuration.standalone}.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.amendment import Amendment
from sslpool.config.assembly import Texts
from sslpool.config.configuration import Assembly, Configuration, ServerParameters
from sslpool.stack.configuration.standalone import standing, withOperands
from tests.config.support import assembled


def made(path: str) -> Configuration:
    """
    Return a configuration with this key database.
    """
    configuration = assembled().configuration
    assert configuration is not None
    return evolve(configuration, keyFile=path)


class OperandTests(SynchronousTestCase):
    """
    Without files.
    """

    def test_one(self) -> None:
        """
        There is one member, with the operands of the command line and all the sessions.
        """
        assembly = withOperands("KEYF my.pem CACHEL 1 M", made)
        configuration = assembly.configuration
        assert configuration is not None
        self.assertEqual(configuration.members, ("SSLSERV",))
        self.assertEqual(configuration.keyFile, os.path.abspath("my.pem"))
        self.assertEqual(configuration.parameters, ServerParameters(configuration.keyFile, cacheLife=60))
        self.assertEqual((configuration.limits.maxSessions, configuration.limits.maxPerServer), (600, 600))
        self.assertEqual(assembly.findings, ())

    def test_wrong(self) -> None:
        """
        Errors are findings of the command line, and nothing is made.
        """
        assembly = withOperands("FOO", lambda path: self.fail("made"))
        self.assertIsNone(assembly.configuration)
        self.assertEqual(
            [str(each) for each in assembly.findings], ["command line: SSLP251E FOO is not an operand of VMSSL"]
        )

    def test_notProvided(self) -> None:
        """
        A suite that the library does not provide is a finding of the command line.
        """
        found = withOperands("KEYF my.pem ENABLE RC4_128_SHA", made).findings
        self.assertEqual([(each.said.id, each.file) for each in found], [("SSLP258W", "command line")])


class FileTests(SynchronousTestCase):
    """
    With files.
    """

    def test_notProvided(self) -> None:
        """
        The same, and not again for what the files have said.
        """
        there = evolve(made("/k"), parameters=ServerParameters("/k", enable=("RC4_128_SHA",)))
        load = standing(lambda texts, amendments: Assembly(there, ()), "ENABLE RC4_128_MD5")
        found = [str(each.said).split()[:3] for each in load(Texts({}), ()).findings]
        self.assertEqual(found, [["SSLP258W", "ENABLE", "RC4_128_MD5"]])
        protocols = ("TLSV1_1", "TLSV1_2")
        for parameters, ids in (
            (ServerParameters("/k", protocols=protocols, enable=("RSA_AES_128",)), []),
            (ServerParameters("/k", protocols=protocols), []),
            (ServerParameters("/k", enable=("RSA_AES_128",)), ["SSLP562W"]),
        ):
            there = evolve(made("/k"), parameters=parameters)
            line = "PROTOCOL -TLSV1_2" if ids else "CACHELIFE 5"
            found = [[each.said.id] for each in standing(self.giving(there), line)(Texts({}), ()).findings]
            self.assertEqual(found, [[each] for each in ids])

    def giving(self, configuration: Configuration) -> Callable[[Texts, Sequence[Amendment]], Assembly]:
        """
        Return what reads files that have a configuration.
        """
        return lambda texts, amendments: Assembly(configuration, ())

    def load(self, texts: Texts, amendments: Sequence[Amendment]) -> Assembly:
        """
        Return the configuration of C{etc}.
        """
        return assembled(self.changes)

    def setUp(self) -> None:
        """
        Change nothing.
        """
        self.changes: dict[str, str | None] = {}

    def test_over(self) -> None:
        """
        Operands count where C{:parms.} says something else; its key database stays that of the files.
        """
        configuration = standing(self.load, "CACHELIFE 5 S")(Texts({}), ()).configuration
        assert configuration is not None
        self.assertEqual((configuration.serverId, configuration.members), ("SSLSERV", ("SSLSERV",)))
        self.assertEqual((configuration.keyFile, configuration.parameters.cacheLife), ("/conf/gskadm/Database.kdb", 5))
        configuration = standing(self.load, "KEYFILE /x.kdb")(Texts({}), ()).configuration
        assert configuration is not None
        self.assertEqual((configuration.keyFile, configuration.parameters.cacheLife), ("/x.kdb", 86400))

    def test_both(self) -> None:
        """
        Findings of files and command line are told together.
        """
        self.changes = {"PROFILE.TCPIP": "NONSENSE"}
        assembly = standing(self.load, "FOO")(Texts({}), ())
        self.assertIsNone(assembly.configuration)
        self.assertEqual(
            [each.said.id for each in assembly.findings if each.said.id in ("SSLP201E", "SSLP251E")],
            ["SSLP201E", "SSLP251E"],
        )
