# -*- test-case-name: tests.config.test_assembly -*-
"""
What was read from the files, side by side, as the rules between the files need it.  Pure;
used in the stack process and by C{sslpool check}.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from sslpool.config.configuration import Position
from sslpool.config.directory import Directory
from sslpool.config.dtcparms import Entry
from sslpool.config.profilelists import Profile
from sslpool.config.tokens import Findings

#: Classes of servers that are part of the product; every other class is an application.
SSL_CLASS = "SSL"
AGENT_CLASS = "SSL_DCSS_AGENT"
STACK_CLASS = "STACK"

#: Where a finding about a missing server entry is placed: most local entries belong there.
USUAL_DTCPARMS = Position("SYSTEM.DTCPARMS", 0)


@frozen
class Sources:
    """
    The files as records.

    @ivar stack: the stack's userid.
    @ivar stackFromData: the userid is that of TCPIPUSERID in TCPIP DATA.
    @ivar profile: the profile.
    @ivar servers: the DTCPARMS entry that counts for each server, by name.
    @ivar directory: the CP directory, or C{None} where there is none.
    @ivar findings: where findings go.
    """

    stack: str
    stackFromData: bool
    profile: Profile
    servers: Mapping[str, Entry]
    directory: Directory | None
    findings: Findings

    def ofClass(self, name: str) -> list[Entry]:
        """
        Return the servers of a class.
        """
        return [entry for entry in self.servers.values() if entry.name("CLASS") == name]
