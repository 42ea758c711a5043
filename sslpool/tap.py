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
from sslpool.commands.outcome import exitCode
from sslpool.composition.runmodes import RunMode, chosenMode
from sslpool.composition.stack import makeStack, services
from sslpool.interfaces import IStackReactor
from sslpool.librarywarnings import hideLibraryWarnings
from sslpool.messages import OperatorError
from sslpool.observe.bounded import Bounds
from sslpool.observe.choices import chooseLogs, habitsFor
from sslpool.signals import hold
from sslpool.stack.front.portowners import TAKEN, alike
from sslpool.stack.front.ports import FINAL
from sslpool.stack.orderedservices import OrderedServices
from sslpool.stack.scratch import Scratch
from sslpool.stack.timezone import useZone


class Options(UsageOptions):
    """
    The options of C{twistd sslpool}.
    """

    synopsis = "[options]"
    longdesc = (
        "Runs a pool of TLS servers in front of cleartext applications: from configuration files "
        "(--config), for one application from the command line (--listen, --connect, --certificate), "
        "or as a demonstration (--demo)."
    )
    optParameters = [
        ["config", None, None, "Directory of the configuration files."],
        ["stack", None, None, "User ID of the stack; default from TCPIP.DATA."],
        ["run", None, None, "Directory for the control socket."],
        ["listen", None, None, "Address or name, and port, to listen on; :8443 and [::]:8443 mean all, IPv4 and IPv6."],
        ["connect", None, None, "Address or name and port, or the path, of the cleartext application."],
        ["certificate", None, None, "Certificate, chain, and private key: PEM, PKCS #12, or a key database."],
        ["source", None, "", "With --listen: the local address for connections to the application."],
        ["user", None, "", "With --listen: the user under which the servers run, a name or a number; only for root."],
        ["port", None, "", "With --listen: operands of a PORT statement, such as STRICT ALPN h2,http/1.1."],
        ["servers", None, 5, "Number of servers in the pool.", int],
        ["max-per-server", None, 600, "Maximum of sessions for one server.", int],
        ["peer-limit", None, 0, "With --listen: maximum of connections from one address; 0 is no limit.", int],
        ["routing", None, "fill", "fill: the first server with room; spread: the one with the fewest sessions."],
        ["sandbox", None, None, "With --listen and --demo: yes if servers drop unneeded privileges, else no."],
        ["log-size", None, Bounds().size, "Size in octets at which a console or JSON log starts a new file.", int],
        ["log-keep", None, Bounds().keep, "Number of older log files to keep.", int],
        ["vmssl", None, None, "One stand-alone server with these VMSSL operands."],
    ]
    optFlags = [["demo", None, "Run a pool with an example application and its own certificate."]]
    compData = None

    def __init__(self) -> None:
        super().__init__()
        self.logs: list[str] = []

    def opt_log(self, where: str) -> None:
        """
        Logs besides twistd's: console[:DIR], json:FILE, journal, or none; repeatable [default: console].
        """
        self.logs.append(where)


def makeService(options: Options) -> IService:
    """
    Return the stack that the options ask for.

    What the operator can put right is found here as far as possible, before
    twistd goes into the background: it is printed, and the exit code is that of all programs.
    """
    from twisted.internet import reactor

    hold()
    hideLibraryWarnings()
    stackReactor = cast(IStackReactor, reactor)
    countMonotonic(stackReactor)
    scratch: list[Scratch] = []
    try:
        return _stack(stackReactor, chosenMode(stackReactor, options, scratch), options)
    except OperatorError as error:
        for each in scratch:
            each.remove()
        print(error, file=sys.stderr)
        raise SystemExit(exitCode(error)) from error


def _stack(reactor: IStackReactor, mode: RunMode, options: Options) -> IService:
    """
    Put the stack together, and take what no other process may have.
    """
    # Before twistd writes the first line of its log.
    zoned = useZone(mode.configuration.timeZone)
    stack = makeStack(reactor, mode)
    stack.control.local.claim()
    # From the command line there is one port, and somebody who sees at once that it is taken.
    notes = stack.front.listening.begin(FINAL if mode.files else (*FINAL, TAKEN))
    notes = [*alike(stack.control.local.path, notes), *notes]
    habits = habitsFor(mode.configuration, mode.run, options["log-size"], options["log-keep"])
    chooseLogs(stack.logs.logs, options.logs, habits)
    return OrderedServices(services(reactor, mode, stack, [*zoned, *notes, *stack.pool.limit.notes]))
