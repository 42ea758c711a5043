# -*- test-case-name: tests.commands.test_vmssl,tests.live.test_vmssl -*-
"""
VMSSL: one SSL server that stands alone, in the foreground.  A process of its own: it is
C{twistd -n sslpool} with one member.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from textwrap import wrap
from typing import Any

from attrs import define, field
from twisted.python import usage

from sslpool.commands.guidance import messageLines
from sslpool.commands.outcome import DONE, USAGE, complain
from sslpool.commands.syntax import HELP_SIGN
from sslpool.config.tokens import quoted
from sslpool.config.values import upperCase
from sslpool.config.vmssl import OPERANDS, SPELLINGS
from sslpool.messages import Finding, OperatorError, operatorError

_ABOUT = """\
vmssl [operands] --config DIR [--stack USERID] [--run DIR]
vmssl [operands] --listen ADDRESS:PORT --connect ADDRESS:PORT [--run DIR]
vmssl help [messageid]

Runs one SSL server, SSLSERV, until you interrupt it. With --config, it serves
the secure ports of that configuration, and the operands override :parms.;
SSLSERVERID userid in the profile names the server. With --listen and
--connect, it needs no files; KEYFILE has the certificate and its key.
"""
_WIDTH, _COLUMN = 80, 26


class VmsslOptions(usage.Options):
    """
    The options in the shell's manner.
    """

    synopsis = "Usage: vmssl [operands] (--config DIR | --listen ADDRESS --connect ADDRESS); see vmssl help"
    optParameters: list[list[Any]] = [
        ["config", None, None, "The configuration directory."],
        ["stack", None, None, "The user ID of the stack; default from TCPIP.DATA."],
        ["run", None, None, "The directory of the control socket, for ssladmin."],
        ["listen", None, None, "Where to listen: an address, a name (all of its addresses), or nothing or [::] for "
         "all, IPv4 and IPv6."],
        ["connect", None, None, "The cleartext application, or the path of its socket."],
        ["source", None, None, "With --listen: local address for connections to the application."],
        ["user", None, None, "With --listen: the user under which the server runs."],
        ["max-per-server", None, None, "With --listen: maximum of sessions; default 600.", int],
        ["sandbox", None, None, "With --listen: whether the server drops unneeded privileges."],
    ]  # fmt: skip


_VALUES = {
    "config": "DIR", "stack": "USERID", "run": "DIR", "listen": "[ADDRESS]:PORT", "connect": "HOST:PORT",
    "source": "ADDRESS", "user": "NAME", "max-per-server": "N", "sandbox": "yes|no",
}  # fmt: skip


def helpText() -> str:
    """
    Return what HELP shows: the operands of the table that reads them, and the options.
    """
    lines = [_ABOUT, "Operands; you can abbreviate them to their capitals:"]
    for operand in OPERANDS.values():
        lines += _entry(operand.form, operand.about)
    lines += ["", "Options:"]
    for name, _, _, about, *_ in VmsslOptions.optParameters:
        lines += _entry(f"--{name} {_VALUES[name]}", str(about))
    return "\n".join(lines)


def _entry(form: str, about: str) -> list[str]:
    """
    Return the lines about one operand or option.
    """
    margin = " " * _COLUMN
    lines = wrap(about, _WIDTH - 1, initial_indent=margin, subsequent_indent=margin)
    head = f"  {form}"
    if len(head) >= _COLUMN - 1:
        return [head, *lines]
    return [head.ljust(_COLUMN) + lines[0].strip(), *lines[1:]]


@define
class CommandLine:
    """
    A command line, taken apart.  Operands such as C{-TLSV1_3} begin with a hyphen; options begin with two.

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
    return ["--nodaemon", "--pidfile=", "sslpool", f"--vmssl={_joined(line.operands)}", *chosen]


def _joined(operands: Sequence[str]) -> str:
    """
    Return operands as one text; the shell has taken the quotation marks off a path with blanks.
    """
    before = ["", *operands]
    return " ".join(
        quoted(word) if SPELLINGS.get(upperCase(former)) == "KEYFILE" else word
        for former, word in zip(before, operands, strict=False)
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Run the server, or print what HELP says; return the exit code.

    @param arguments: the command line without the command; C{None} is that of this process.
    """
    words = sys.argv[1:] if arguments is None else list(arguments)
    try:
        if not words or words[0].upper() in ("HELP", "--HELP", HELP_SIGN):
            print(*(messageLines(words[1]) if words[1:] else [helpText()]), sep="\n")
            return DONE
        given = twistdArguments(words)
        if mistakes := operandMistakes(words):
            for mistake in mistakes:
                print(mistake, f"  {mistake.said.message.action}", sep="\n", file=sys.stderr)
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
    from sslpool.stack.configuration.standalone import operands

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
