"""
Tests for L{sslpool.commands.sslnetstat}: the program, as users run it.
"""

from __future__ import annotations

import json

from sslpool.control.authority import Authority
from tests.commands.programs import ProgramCase


class ProgramTests(ProgramCase):
    """
    C{sslnetstat} with a running stack.
    """

    module = "sslpool.commands.sslnetstat"

    async def test_everybody(self) -> None:
        """
        Users who may not administer see the configuration and the connections.
        """
        self.authority = Authority(-1, frozenset(), frozenset())
        outcome = await self.run_("config", "ssl")
        self.assertEqual((outcome.code, outcome.error), (0, ""))
        self.assertIn("TCP/IP Server Name: TCPIP", outcome.output)
        self.assertIn("  SSL00001  Active ", outcome.output)
        outcome = await self.run_("conn")
        self.assertIn("*..8443          *..*                Listen\n", outcome.output)
        self.assertIn("192.0.2.1..8443  203.0.113.5..50007  Established\n", outcome.output)

    async def test_startAndStop(self) -> None:
        """
        SSL START and SSL STOP reach the pool; they are privileged.
        """
        outcome = await self.run_("SSL", "START", "SSL00002")
        self.assertEqual((outcome.code, outcome.output), (0, "SSL00002 Active\n"))
        await self.run_("SSL STOP ssl00002 (NOW")
        self.assertEqual(self.pool.calls, [("start", "SSL00002"), ("stop", "SSL00002", True)])
        self.authority = Authority(-1, frozenset(), frozenset())
        outcome = await self.run_("ssl", "start", "ssl00002")
        self.assertEqual(outcome.code, 1)
        self.assertIn("is not authorized to use START", outcome.error)

    async def test_badUserid(self) -> None:
        """
        What is no userid is refused with a message.
        """
        outcome = await self.run_("ssl", "start", "toolongname")
        self.assertTrue(outcome.error.startswith("SSLP424E SSL START needs a userid"), outcome.error)

    async def test_json(self) -> None:
        """
        CONN as JSON has listeners and connections.
        """
        document = json.loads((await self.run_("--json")).output)
        self.assertEqual(document["listeners"][0]["application"], "127.0.0.1:8080")
        self.assertEqual([each["number"] for each in document["connections"]], [7, 9])

    async def test_unsupported(self) -> None:
        """
        What comes later is refused as such.
        """
        outcome = await self.run_("identify", "ssl")
        self.assertEqual(outcome.code, 1)
        self.assertIn("SSLP428E SSLNETSTAT IDENTIFY is not supported by this release", outcome.error)
