# -*- test-case-name: tests.commands.pool.test_main -*-
"""
SSLPOOL: plans a pool, makes its members' work spaces, and checks a configuration.  A process of
its own, that talks to no other.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Sequence

from twisted.python import usage

from sslpool.commands.guidance import messageLines
from sslpool.commands.outcome import DONE, FAILED, complain, messagesRecord, printable, wantsJson
from sslpool.commands.pool.check import check
from sslpool.commands.pool.operands import operation, parseOperands
from sslpool.commands.pool.password import givePassword
from sslpool.commands.pool.report import verdictJson, verdictLines
from sslpool.commands.pool.staple import fetchAll
from sslpool.commands.pool.steps import Work, workFor
from sslpool.commands.shelloptions import AnywhereOptions
from sslpool.commands.streams import carriedOut
from sslpool.commands.syntax import HELP_SIGN
from sslpool.config.values import USERID, isUserid, number, upperCase
from sslpool.messages import OperatorError, Severity, operatorError, said
from sslpool.stack.configuration.backup import backup, configurationIn
from sslpool.stack.configuration.restoring import restore

#: More sessions than any pool can have, in digits that a number may have here.
_MOST_SESSIONS = 999_999_999

HELP = """\
sslpool check [PLAN] [--config DIR] [--stack USERID] [--sessions N] [--json]
sslpool PLAN|ENROLL|UNENroll [filepool_name [owner_id [poolprefix [user_id
        [count]]]]] [( [NOPOOL] [TEST] [)]]
sslpool SETAUTH|DELAUTH [filepool_name [owner_id [poolprefix [user_id]]]]
        [( [TEST] [)]]
sslpool staple [KEYFILE] [--config DIR] [--stack USERID]
sslpool password USERID [--config DIR] [--stdin]
sslpool backup FILE [--config DIR] [--stack USERID] [--stash] [--json]
sslpool restore FILE [--config DIR] [--keyfile PATH] [--replace] [--json]
sslpool help [messageid]

  check     reads the configuration in --config, or a plan, and explains
            each finding; the exit code is 1 if the stack would not start
  staple    fetches the labels' OCSP responses from their authorities, for
            servers to staple; run it from a timer
  password  sets the manhole password of a user ID in the OBEY list
  backup    writes the configuration files and the key database to a file;
            the private keys stay sealed
  restore   puts the files of a backup in their places, all or none
  PLAN      writes SSLPOOL.PLANINFO: the text of each configuration file
  ENROLL    creates the servers' work spaces in the file pool
  UNENroll  undoes ENROLL, and nothing else
  SETAUTH   lets a local user read and write the work spaces
  DELAUTH   undoes SETAUTH

Defaults: VMSYS TCPMAINT SSL TCPIP 5. With SETAUTH and DELAUTH, user_id is
TCPMAINT. With NOPOOL, poolprefix is the server's user ID, SSLSERV. A
filepool_name that begins with / is a directory; others are directories in
filepool/ in --config.

  --config DIR    the configuration directory; default: the current directory
  --output DIR    with PLAN: create a configuration directory from the plan
  --sessions N    how many secure sessions you expect at once
  --stack USERID  check, staple, backup: default from TCPIP.DATA
  --json          check, backup, restore: print one JSON document
  --stash         with backup: include the stash, which opens the private keys
  --keyfile PATH  with restore: the key database, if it is not to be in DIR
  --replace       with restore: overwrite existing files
  --nopool        NOPOOL: plan a single server
  --test          TEST: change nothing; show what would change

You can abbreviate keywords to their capitals; case does not matter."""


class PoolOptions(AnywhereOptions):
    """
    The options in the shell's manner; they may stand anywhere.
    """

    synopsis = "Usage: sslpool OPERATION [operands] [( options [)]] [shell options]; see HELP"
    optParameters = [
        ["config", None, ".", "Directory of the configuration files."],
        ["output", None, None, "With PLAN: create a configuration directory from the plan."],
        ["sessions", None, None, "How many secure sessions you expect at once."],
        ["stack", None, None, "With check, staple and backup: user ID of the stack."],
        ["keyfile", None, None, "With restore: the key database, if it is not to be in the directory."],
    ]
    optFlags = [
        ["nopool", None, "Plan a single server."],
        ["test", None, "Change nothing; show what would change."],
        ["json", None, "With check, backup and restore: print one JSON document."],
        ["stdin", None, "With password: read the password from standard input."],
        ["stash", None, "With backup: include the stash, which opens the private keys."],
        ["replace", None, "With restore: overwrite existing files."],
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Do what the command line says; return the exit code.

    @param arguments: the command line without the command; C{None} is that of this process.
    """
    words = sys.argv[1:] if arguments is None else arguments
    options = PoolOptions()
    try:
        options.parseOptions(words)
        return _perform(options)
    except usage.UsageError as error:
        return complain(operatorError("SSLP429E", reason=str(error)), wantsJson(words))
    except OperatorError as error:
        return complain(error, wantsJson(words))


def _perform(options: PoolOptions) -> int:
    words = options.words or ("help",)
    name = words[0].upper()
    if name in ("HELP", HELP_SIGN):
        print(*(messageLines(words[1]) if words[1:] else [HELP]), sep="\n")
        return DONE
    if name == "CHECK":
        return _check(options, words[1:])
    if name == "STAPLE":
        return _staple(options, words[1:])
    if name == "PASSWORD":
        _refuseAllBut(options, name, "stdin")
        given = givePassword(words[1:], options["config"], bool(options["stdin"]))
        with carriedOut():
            print(given, flush=True)
        return DONE
    if name in ("BACKUP", "RESTORE"):
        return _keep(options, name, words[1:])
    known = operation(name)
    if known is None:
        raise operatorError("SSLP420E", word=words[0], program="SSLPOOL")
    _refuseAllBut(options, known, "nopool", "test", *(("output", "sessions") if known == "PLAN" else ()))
    request = parseOperands(known, words[1:], bool(options["nopool"]), bool(options["test"]))
    return _carryOut(workFor(request, options["config"], options["output"], _sessions(options)), request.test)


def _check(options: PoolOptions, words: Sequence[str]) -> int:
    _refuseAllBut(options, "CHECK", "stack", "sessions", "json")
    if len(words) > 1:
        raise operatorError("SSLP421E", word=words[1], command="CHECK")
    stack = _stack(options)
    path = os.path.join(options["config"], words[0]) if words else options["config"]
    verdict = check(path, stack, _sessions(options))
    if options["json"]:
        print(verdictJson(verdict), flush=True)
    else:
        print(*map(printable, verdictLines(verdict)), sep="\n", flush=True)
    return DONE if verdict.starts else FAILED


def _staple(options: PoolOptions, words: Sequence[str]) -> int:
    _refuseAllBut(options, "STAPLE", "stack")
    if len(words) > 1:
        raise operatorError("SSLP421E", word=words[1], command="STAPLE")
    fetched = fetchAll(words[0] if words else _keyFileOf(options))
    for each in fetched:
        print(printable(str(each)), file=sys.stderr if each.severity is Severity.ERROR else sys.stdout, flush=True)
    return DONE if any(each.severity is Severity.INFORMATION for each in fetched) else FAILED


def _keyFileOf(options: PoolOptions) -> str:
    """
    Return the key file that the configuration names.
    """
    return configurationIn(options["config"], _stack(options)).keyFile


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
    return DONE


def _stack(options: PoolOptions) -> str | None:
    stack: str | None = options["stack"]
    if stack is not None and not isUserid(stack):
        raise operatorError("SSLP424E", option="--stack", expected=USERID, word=stack)
    return stack and upperCase(stack)


def _keep(options: PoolOptions, name: str, words: Sequence[str]) -> int:
    """
    BACKUP and RESTORE.
    """
    _refuseAllBut(options, name, "json", *(("stack", "stash") if name == "BACKUP" else ("keyfile", "replace")))
    if not words:
        raise operatorError("SSLP422E", command=name, expected="file")
    if len(words) > 1:
        raise operatorError("SSLP421E", word=words[1], command=name)
    if name == "BACKUP":
        messages = backup(words[0], options["config"], _stack(options), bool(options["stash"]), time.time())
    else:
        messages = restore(words[0], options["config"], options["keyfile"], bool(options["replace"]))
    asJson = json.dumps(messagesRecord(messages), indent=2)
    with carriedOut():
        print(*([asJson] if options["json"] else (printable(str(each)) for each in messages)), sep="\n", flush=True)
    return DONE


def _refuseAllBut(options: PoolOptions, name: str, *taken: str) -> None:
    for option in options:
        if options[option] and option not in ("config", *taken):
            raise operatorError("SSLP502E", option=f"--{option}", operation=name)


def _sessions(options: PoolOptions) -> int | None:
    word = options["sessions"]
    if word is None:
        return None
    sessions = number(word, 1, _MOST_SESSIONS)
    if sessions is None:
        raise operatorError("SSLP424E", option="--sessions", expected="a number of sessions", word=word)
    return sessions
