# -*- test-case-name: tests.commands.test_sslpool -*-
"""
SSLPOOL: plans a pool, makes its members' work spaces, and checks a configuration.  A process of
its own, that talks to no other.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence

from twisted.python import usage

from sslpool.commands.guidance import messageLines
from sslpool.commands.password import givePassword
from sslpool.commands.poolcheck import check
from sslpool.commands.pooloperands import operation, parseOperands
from sslpool.commands.poolreport import verdictJson, verdictLines
from sslpool.commands.poolwork import Work, workFor
from sslpool.commands.shelloptions import AnywhereOptions
from sslpool.commands.staple import fetchAll
from sslpool.config.values import USERID, isUserid, number, upperCase
from sslpool.keydb.listing import printable
from sslpool.librarywarnings import hideLibraryWarnings
from sslpool.messages import OperatorError, Severity, operatorError, said
from sslpool.stack.files import loadConfiguration

#: More sessions than any pool can have, in digits that a number may have here.
_MOST = 999_999_999

HELP = """\
sslpool check [PLAN] [--config DIR] [--stack USERID] [--sessions N] [--json]
sslpool PLAN|ENROLL|UNENroll [filepool_name [owner_id [poolprefix [user_id
        [count]]]]] [( [NOPOOL] [TEST] [)]]
sslpool SETAUTH|DELAUTH [filepool_name [owner_id [poolprefix [user_id]]]]
        [( [TEST] [)]]
sslpool staple [KEYFILE] [--config DIR] [--stack USERID]
sslpool password USERID [--config DIR] [--stdin]
sslpool help [messageid]

  check     reads the configuration in --config, or a plan, and explains
            every finding; the exit code is 1 if the stack would not start
  staple    fetches the OCSP responses of the labels from the responders of
            their authorities, for servers to staple; run it from a timer
  password  gives a user ID in the OBEY list a password for the manhole
  PLAN      writes SSLPOOL.PLANINFO: the text of each configuration file
  ENROLL    makes the members' work spaces in the file pool
  UNENroll  undoes that, and nothing else
  SETAUTH   lets a local user read and write the work spaces
  DELAUTH   withdraws that

Defaults: VMSYS TCPMAINT SSL TCPIP 5; with SETAUTH and DELAUTH user_id is
TCPMAINT, with NOPOOL poolprefix is the server's user ID, SSLSERV.  A
filepool_name that begins with / is a directory; others are directories in
filepool/ in --config.

  --config DIR    the configuration directory; without it, the current one
  --output DIR    with PLAN: make a configuration directory of the plan
  --sessions N    the most secure sessions there will be at once
  --stack USERID  with check: the stack; otherwise TCPIP DATA names it
  --json          with check: print one JSON document
  --nopool        NOPOOL: plan a single server
  --test          TEST: do nothing, say what would be done

Keywords may be in any case, and abbreviated down to their capitals."""


class PoolOptions(AnywhereOptions):
    """
    The options in the shell's manner; they may stand anywhere.
    """

    synopsis = "Usage: sslpool OPERATION [operands] [( options [)]] [shell options]; sslpool help tells more"
    optParameters = [
        ["config", None, ".", "Directory of the configuration files."],
        ["output", None, None, "With PLAN: make a configuration directory of the plan."],
        ["sessions", None, None, "The most secure sessions there will be at once."],
        ["stack", None, None, "With check and staple: user ID of the stack."],
    ]
    optFlags = [
        ["nopool", None, "Plan a single server."],
        ["test", None, "Do nothing, say what would be done."],
        ["json", None, "With check: print one JSON document."],
        ["stdin", None, "With password: read it from standard input."],
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Do what the command line says; return the exit status, 0 or 1.

    @param arguments: the command line without the command; C{None} is that of
        this process.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A path or label may have characters that the terminal's encoding has not.
        sys.stdout.reconfigure(errors="backslashreplace")
    hideLibraryWarnings()
    options = PoolOptions()
    try:
        options.parseOptions(arguments)
        return _perform(options)
    except usage.UsageError as error:
        return _failed(operatorError("SSLP429E", reason=str(error)))
    except OperatorError as error:
        return _failed(error)
    except KeyboardInterrupt:
        return 1
    except BrokenPipeError:
        # Nobody reads on; keep the interpreter from flushing once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _failed(error: OperatorError) -> int:
    for line in (str(error), f"  {error.said.message.action}"):
        print(printable(line), file=sys.stderr)
    return 1


def _perform(options: PoolOptions) -> int:
    words = options.words or ("help",)
    name = words[0].upper()
    if name == "HELP":
        print(*(messageLines(words[1]) if words[1:] else [HELP]), sep="\n")
        return 0
    if name == "CHECK":
        return _check(options, words[1:])
    if name == "STAPLE":
        return _staple(options, words[1:])
    if name == "PASSWORD":
        _refuse(options, name, ("stack", "output", "nopool", "test", "sessions", "json"))
        print(givePassword(words[1:], options["config"], bool(options["stdin"])), flush=True)
        return 0
    known = operation(name)
    if known is None:
        raise operatorError("SSLP420E", word=words[0], program="SSLPOOL")
    _refuse(options, known, ("stack", "json", "stdin", *(() if known == "PLAN" else ("output", "sessions"))))
    request = parseOperands(known, words[1:], bool(options["nopool"]), bool(options["test"]))
    return _carryOut(workFor(request, options["config"], options["output"], _sessions(options)), request.test)


def _check(options: PoolOptions, words: Sequence[str]) -> int:
    _refuse(options, "CHECK", ("output", "stdin", "nopool", "test"))
    if len(words) > 1:
        raise operatorError("SSLP421E", word=words[1], command="CHECK")
    stack = _stack(options)
    path = os.path.join(options["config"], words[0]) if words else options["config"]
    verdict = check(path, stack, _sessions(options))
    if options["json"]:
        print(verdictJson(verdict), flush=True)
    else:
        print(*map(printable, verdictLines(verdict)), sep="\n", flush=True)
    return 0 if verdict.starts else 1


def _staple(options: PoolOptions, words: Sequence[str]) -> int:
    _refuse(options, "STAPLE", ("output", "stdin", "nopool", "test", "sessions", "json"))
    if len(words) > 1:
        raise operatorError("SSLP421E", word=words[1], command="STAPLE")
    fetched = fetchAll(words[0] if words else _keyFileOf(options))
    for each in fetched:
        print(printable(str(each)), flush=True)
    return 0 if any(each.severity is Severity.INFORMATION for each in fetched) else 1


def _keyFileOf(options: PoolOptions) -> str:
    """
    Return the key file that the configuration names.
    """
    configuration = loadConfiguration(options["config"], _stack(options)).configuration
    if configuration is None:
        raise operatorError("SSLP607E", path=options["config"])
    return configuration.keyFile


def _carryOut(work: Work, test: bool) -> int:
    """
    Do what is left to do, step for step, or only say it.
    """
    if test:
        print(said("SSLP515I"))
    for step in work.steps:
        if not test:
            step.perform()
        print(printable(str(step.said)), flush=True)
    for note in work.notes:
        print(printable(str(note)), flush=True)
    if not work.steps:
        print(said("SSLP516I"), flush=True)
    return 0


def _stack(options: PoolOptions) -> str | None:
    stack: str | None = options["stack"]
    if stack is not None and not isUserid(stack):
        raise operatorError("SSLP424E", option="--stack", expected=USERID, word=stack)
    return stack and upperCase(stack)


def _refuse(options: PoolOptions, name: str, others: Sequence[str]) -> None:
    for option in others:
        if options[option]:
            raise operatorError("SSLP502E", option=f"--{option}", operation=name)


def _sessions(options: PoolOptions) -> int | None:
    word = options["sessions"]
    if word is None:
        return None
    sessions = number(word, 1, _MOST)
    if sessions is None:
        raise operatorError("SSLP424E", option="--sessions", expected="a number of sessions", word=word)
    return sessions


if __name__ == "__main__":
    sys.exit(main())
