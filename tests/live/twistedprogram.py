"""
A program in Twisted that has its connections secured, for the tests: it answers a line in upper case and ends.
"""

from __future__ import annotations

import sys
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ServerEndpoint
from twisted.internet.protocol import Factory
from twisted.protocols.basic import LineOnlyReceiver

from sslpool.application.endpoints import SecureServerEndpoint, serverRequest, startTLS

LABEL = "WEBCERT"


class Shout(LineOnlyReceiver):
    """
    Answers in upper case; C{STARTTLS} is a command.
    """

    delimiter = b"\n"

    def lineReceived(self, line: bytes) -> None:
        """
        A line has come.
        """
        if line == b"STARTTLS":
            from twisted.internet import reactor

            self.sendLine(b"go")
            request = serverRequest(LABEL)
            secured = startTLS(reactor, self.transport, request, path=sys.argv[1])  # type: ignore[arg-type]
            Deferred.fromCoroutine(secured)
        else:
            self.sendLine(line.upper())
            self.transport.loseConnection()  # type: ignore[union-attr]


def main() -> None:
    """
    Serve until killed.
    """
    from twisted.internet import reactor

    endpoint: Any = TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1")
    if sys.argv[2] == "endpoint":
        endpoint = SecureServerEndpoint(reactor, endpoint, serverRequest(LABEL), sys.argv[1])
    listening = endpoint.listen(Factory.forProtocol(Shout))
    listening.addCallback(lambda port: print("port", port.getHost().port, flush=True))
    reactor.run()


if __name__ == "__main__":
    main()
