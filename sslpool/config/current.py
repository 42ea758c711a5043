# -*- test-case-name: tests.config.test_current -*-
"""
The configuration in effect.  Lives in the stack process.

What L{sslpool.config.changes} says is taken when the stack starts may be copied out of it; whatever a
running stack takes is asked of L{Current} each time.  Who has to do something when it changes, as for
ports, limits and AUTOLOG, is an L{sslpool.interfaces.IReconfigurable}.
"""

from __future__ import annotations

from attrs import define

from sslpool.config.configuration import Configuration


@define
class Current:
    """
    The configuration in effect; there is one for each stack.

    @ivar configuration: the whole of it, which L{sslpool.stack.configuration.reconfiguration} alone replaces.
    """

    configuration: Configuration

    @property
    def authorized(self) -> frozenset[str]:
        """
        The userids that may use privileged commands, in upper case: C{:admin_id_list.} and OBEY.
        """
        return self.configuration.administrators | self.configuration.obey

    @property
    def applications(self) -> set[str]:
        """
        The userids of the protected applications.
        """
        return {application.userid for application in self.configuration.applications}

    def check(self, label: str) -> str:
        """
        Return what C{label} asks of clients, whatever a program asks: C{NONE} where nothing is said.
        """
        return dict(self.configuration.checks).get(label, "NONE")
