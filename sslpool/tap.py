# -*- test-case-name: tests.test_tap -*-
"""
C{twistd sslpool}: the options, and the service that they ask for (L{sslpool.composition}).
"""

from __future__ import annotations

import sys
from typing import cast

from twisted.application.service import IService
from twisted.python.usage import Options as UsageOptions

from sslpool.clocks import countMonotonic
from sslpool.composition.stack import makeStack, services
from sslpool.composition.ways import Way, chosenWay
from sslpool.interfaces import IStackReactor
from sslpool.librarywarnings import hideLibraryWarnings
from sslpool.messages import OperatorError
from sslpool.observe.bounded import Bounds
from sslpool.observe.choices import chooseLogs, habitsFor
from sslpool.signals import hold
from sslpool.stack.neighbours import TAKEN, alike
from sslpool.stack.order import OrderedServices
from sslpool.stack.ports import FINAL
from sslpool.stack.scratch import Scratch


class Options(UsageOptions):
    """
    The options of C{twistd sslpool}.
    """

    synopsis = "[options]"
    longdesc = (
        "Runs a pool of TLS servers in front of applications that speak cleartext: from configuration files "
        "(--config), for one application from the command line (--listen, --connect, --certificate), "
        "or as a demonstration (--demo)."
    )
    optParameters = [
        ["config", None, None, "Directory of the configuration files."],
        ["stack", None, None, "Userid of the stack; otherwise TCPIP DATA says it."],
        ["run", None, None, "Directory for the control socket."],
        ["listen", None, None, "Address or name, and port, to listen on; :8443 and [::]:8443 are all, IPv4 and IPv6."],
        ["connect", None, None, "Address or name, and port, or path, of the cleartext application."],
        ["certificate", None, None, "Certificate, chain and private key: PEM, PKCS #12 or a key database."],
        ["source", None, "", "With --listen: the address of this machine from which the application is connected to."],
        ["user", None, "", "With --listen: as whom the servers run, a name or a number; only root can choose."],
        ["port", None, "", "With --listen: operands of a PORT statement, such as STRICT ALPN h2,http/1.1."],
        ["servers", None, 5, "How many servers the pool has.", int],
        ["max-per-server", None, 600, "Sessions that one server owns at most.", int],
        ["peer-limit", None, 0, "With --listen: connections that one address has at most at once; 0 is no limit.", int],
        ["routing", None, "fill", "fill: the first server with room; spread: the one with the fewest sessions."],
        ["sandbox", None, None, "With --listen and --demo: yes or no, whether servers give up unneeded privileges."],
        ["log-size", None, Bounds().size, "Octets after which a console or a log as JSON begins another file.", int],
        ["log-keep", None, Bounds().keep, "How many of the files before that are kept.", int],
        ["vmssl", None, None, "One server that stands alone, with these VMSSL operands."],
    ]
    optFlags = [["demo", None, "Run an example application with a certificate of its own behind a pool."]]
    compData = None

    def __init__(self) -> None:
        super().__init__()
        self.logs: list[str] = []

    def opt_log(self, where: str) -> None:
        """
        Log beside twistd's own: console[:DIR], json:FILE, journal or none; may be repeated [default: console].
        """
        self.logs.append(where)


def makeService(options: Options) -> IService:
    """
    Return the stack that the options ask for.

    What the operator can put right is found here as far as possible, before
    twistd goes into the background: it is printed, and the exit status is 1.
    """
    from twisted.internet import reactor

    hold()
    hideLibraryWarnings()
    stackReactor = cast(IStackReactor, reactor)
    countMonotonic(stackReactor)
    scratch: list[Scratch] = []
    try:
        return _stack(stackReactor, chosenWay(stackReactor, options, scratch), options)
    except OperatorError as error:
        for each in scratch:
            each.remove()
        print(error, file=sys.stderr)
        raise SystemExit(1) from error


def _stack(reactor: IStackReactor, way: Way, options: Options) -> IService:
    """
    Put the stack together, and take what no other process may have.
    """
    stack = makeStack(reactor, way)
    stack.control.local.claim()
    # From the command line there is one port, and somebody who sees at once that it is taken.
    notes = stack.front.listening.begin(FINAL if way.load else (*FINAL, TAKEN))
    notes = [*alike(stack.control.local.path, notes), *notes]
    habits = habitsFor(way.configuration, way.run, options["log-size"], options["log-keep"])
    chooseLogs(stack.logs.logs, options.logs, habits)
    return OrderedServices(services(reactor, way, stack, [*notes, *stack.pool.limit.notes]))
