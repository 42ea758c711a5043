# -*- test-case-name: tests.live.test_sandbox -*-
"""
What the stack gives up itself: nobody but root can read its memory, and it leaves no core file.  Lives in the stack
process, which has copies of key files.

It keeps the limit of core files, since applications that it starts have that from it; that it cannot be read they do
not have from it.
"""

from __future__ import annotations

from twisted.application.service import Service

from sslpool.agent.kernel import forbidCores


class Unreadable(Service):
    """
    Not before the service starts: until then others may have their own business with this process.
    """

    def startService(self) -> None:
        """
        Give it up.
        """
        super().startService()
        forbidCores()
