# -*- test-case-name: tests.config.test_ftprules -*-
"""
What is asked of the data connections of FTP.  Pure; made in the stack process, used in the servers.
"""

from __future__ import annotations

from attrs import frozen


@frozen
class DataConnections:
    """
    What an application's entry says about FTP's data connections.

    @ivar security: one of L{sslpool.config.securing.SECURITY}: never secured, secured if the client
        asks for it, the same and from the beginning where the control connection is, always.
    @ivar reuse: the client has to resume the TLS session of the control connection.
    @ivar address: the IPv4 address that clients are told, or empty for the one they are connected to.
    @ivar first: the first of the ports for passive mode; 0 is any.
    @ivar last: the last of them.
    """

    security: str = "PREFERRED"
    reuse: bool = False
    address: str = ""
    first: int = 0
    last: int = 0
