# -*- test-case-name: tests.commands.test_vmssl,tests.live.test_vmssl -*-
"""
VMSSL: one SSL server that stands alone, in the foreground.  A process of its own: it is
C{twistd -n sslpool} with one member.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from attrs import define, field
from twisted.python import usage

from sslpool.commands.guidance import messageLines
from sslpool.commands.outcome import DONE, USAGE, complain
from sslpool.commands.syntax import HELP_SIGN
from sslpool.messages import Finding, OperatorError, operatorError

HELP = """\
vmssl [operands] --config DIR [--stack USERID] [--run DIR]
vmssl [operands] --listen ADDRESS:PORT --connect ADDRESS:PORT [--run DIR]
vmssl help [messageid]

Runs one SSL server, SSLSERV, until you interrupt it. With --config, it serves
the secure ports of that configuration, and the operands override :parms.;
SSLSERVERID userid in the profile names the server. With --listen and
--connect, it needs no files; KEYFILE has the certificate and its key.

Operands; you can abbreviate them to their capitals:
  KEYFile path              key database, PKCS #12, or PEM file
  CACHELife n [H|M|S]       how long sessions can be resumed; default 24 H
  PROTOcol [+|-]version     TLSV1_0 to TLSV1_3; default TLSV1_2 and TLSV1_3
  EXEMPT suite|strength     do not use it; strengths: HIGH, MEDIUM, LOW, NONE
  ENABLE suite              use it in addition to the default suites
  MODE FIPS-140-2|NIST-800-131A, FIPS
                            only what is approved; the module is not validated
  CACHECleanup n            handshakes between clean-ups of the session cache
  TRAce ..., NOTRAce        what to trace from the start; default NORMAL ALL
  GSKTrace n                what the TLS library reports; default 0
  TLSFALLBACKSCSV ON|OFF, VMDUMP ...
                            accepted, without effect

  --config DIR            the configuration directory
  --stack USERID          the stack; default from TCPIP DATA
  --run DIR               the directory of the control socket, for ssladmin
  --listen [ADDRESS]:PORT where to listen: an address, a name (all of its
                          addresses), or nothing or [::] for all, IPv4 and IPv6
  --connect HOST:PORT     the cleartext application, or the path of its socket
  --source ADDRESS        with --listen: local address for the application
  --user NAME             with --listen: the user under which the server runs
  --max-per-server N      with --listen: maximum of sessions; default 600
  --sandbox yes|no        with --listen: give up unneeded privileges"""


class VmsslOptions(usage.Options):
    """
    The options in the shell's manner.
    """

    synopsis = "Usage: vmssl [operands] (--config DIR | --listen ADDRESS --connect ADDRESS); see vmssl help"
    optParameters = [
        ["config", None, None, "Directory of the configuration files."],
        ["stack", None, None, "User ID of the stack; default from TCPIP DATA."],
        ["run", None, None, "Directory for the control socket."],
        ["listen", None, None, "Address and port to listen on."],
        ["connect", None, None, "Address and port, or path, of the cleartext application."],
        ["source", None, None, "With --listen: local address for connections to the application."],
        ["user", None, None, "With --listen: the user under which the server runs."],
        ["max-per-server", None, None, "With --listen: maximum of sessions.", int],
        ["sandbox", None, None, "With --listen: yes or no, whether the server gives up unneeded privileges."],
    ]


@define
class CommandLine:
    """
    A command line, taken apart.  Operands such as C{-TLSV1_3} begin with a hyphen; options
    begin with two.

    @ivar operands: the words of VMSSL.
    @ivar options: the rest.
    """

    operands: list[str] = field(factory=list)
    options: list[str] = field(factory=list)


def apart(arguments: Sequence[str]) -> CommandLine:
    """
    Take a command line apart.
    """
    line = CommandLine()
    words = iter(arguments)
    for word in words:
        if not word.startswith("--"):
            line.operands.append(word)
            continue
        line.options.append(word)
        if "=" not in word and word.removeprefix("--") not in ("help", "version"):
            line.options += [value for value in [next(words, None)] if value is not None]
    return line


def twistdArguments(arguments: Sequence[str]) -> list[str]:
    """
    Return the command line of twistd for the one of VMSSL.

    @raise usage.UsageError: there is no such option, or it lacks its value.
    """
    line = apart(arguments)
    options = VmsslOptions()
    options.parseOptions(line.options)
    chosen = [f"--{name}={value}" for name, value in options.items() if value is not None]
    return ["--nodaemon", "--pidfile=", "sslpool", f"--vmssl={' '.join(line.operands)}", *chosen]


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Run the server, or print what HELP says; return the exit code.

    @param arguments: the command line without the command; C{None} is that of this process.
    """
    words = sys.argv[1:] if arguments is None else list(arguments)
    try:
        if not words or words[0].upper() in ("HELP", "--HELP", HELP_SIGN):
            print(*(messageLines(words[1]) if words[1:] else [HELP]), sep="\n")
            return DONE
        given = twistdArguments(words)
        if mistakes := operandMistakes(words):
            print(*mistakes, sep="\n", file=sys.stderr)
            return USAGE
        _run(given)
    except usage.UsageError as error:
        return complain(operatorError("SSLP429E", reason=str(error)))
    except OperatorError as error:
        return complain(error)
    return DONE


def operandMistakes(arguments: Sequence[str]) -> list[Finding]:
    """
    Return what is wrong with the operands of a command line, and what is to be remarked besides; nothing
    where a server can run with them.
    """
    # Not before: HELP need not load what reads configurations.
    from sslpool.config.configuration import ServerParameters
    from sslpool.config.tokens import Findings
    from sslpool.stack.standalone import operands

    findings = Findings()
    operands(" ".join(apart(arguments).operands), ServerParameters(), findings)
    return list(findings.all()) if findings.erroneous else []


def _run(arguments: list[str]) -> None:
    """
    Be twistd.
    """
    # Not before: HELP need not load what a server is made of.
    from twisted.scripts import twistd

    sys.argv[1:] = arguments
    twistd.run()
