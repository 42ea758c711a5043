# -*- test-case-name: tests.commands.test_prompt -*-
"""
SSLADMIN and NETSTAT as a prompt of their own: lines are read in the main thread, with history and completion where
there is a terminal, and carried out by a reactor in another one.  In the process of the command.
"""

from __future__ import annotations

import os
import readline
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.threads import blockingCallFromThread

from sslpool.clocks import countMonotonic
from sslpool.commands.invocation import Invocation, Program, conduct, joined
from sslpool.commands.options import OPTIONS, abbreviates
from sslpool.commands.outcome import DONE, FAILED
from sslpool.commands.syntax import HELP, WORD, Grammar
from sslpool.commands.terminal import Terminal
from sslpool.messages import OperatorError
from sslpool.rundirectory import privateDirectory

HISTORY = 1000
"""
How many lines are kept for the next time.
"""

FRESH = 2.0
"""
For how long, in seconds, user IDs that were asked for are good for completion.
"""

_END = ("QUIT", "EXIT", "END")

T = TypeVar("T")

Userids = Callable[[], Sequence[str]]
"""
Returns the user IDs of the pool's servers, at the cost of asking the stack.
"""


class Prompt:
    """
    The dialogue.

    @param program: the program.
    @param given: the shell's options that each line is to have.
    @param terminal: where reports go.
    @param reactor: runs in another thread.
    """

    def __init__(self, program: Program, given: Sequence[str], terminal: Terminal, reactor: Any) -> None:
        self._program = program
        self._given = tuple(given)
        self._terminal = terminal
        self._reactor = reactor
        self._failed = False
        self._interactive = sys.stdin.isatty()
        self._userids: tuple[float, list[str]] = (-FRESH, [])
        self._found: list[str] = []

    def run(self) -> int:
        """
        Read and carry out lines until there are no more.

        @return: the exit code: 1 where a line of a script failed.
        @raise OutputLost: the output cannot be written.
        @raise KeyboardInterrupt: a script was interrupted.
        """
        if not self._interactive:
            for line in sys.stdin:
                if not self._carryOut(line):
                    break
            return FAILED if self._failed else DONE
        with _History(self._program.name):
            readline.set_completer(self._complete)
            readline.set_completer_delims(" ()")
            readline.parse_and_bind("tab: complete")
            print("HELP lists the commands, TAB completes, QUIT ends")
            while True:
                try:
                    if not self._carryOut(input(f"{self._program.name}> ")):
                        return DONE
                except EOFError:
                    print()
                    return DONE
                except KeyboardInterrupt:
                    print()

    def _carryOut(self, line: str) -> bool:
        """
        Carry out one line; what is wrong with it is said and ends nothing.

        @return: whether the dialogue goes on.
        """
        text = line.strip()
        if not text or text.startswith("*"):
            return True
        if text.upper() in _END:
            return False
        try:
            words = text.split() if " --" in text else ["--", text]
            invocation = self._program.understand([*self._given, *words])
            report = self._program.locally(invocation.request)
            if report is None:
                self._failed |= self._ask(invocation) != 0
            else:
                self._terminal.show(report, invocation.json, None)
        except OperatorError as error:
            self._failed = True
            self._terminal.complain(error, "--json" in self._given)
        return True

    def _ask(self, invocation: Invocation) -> int:
        """
        Have a stack answer; an interrupt ends that, and nothing else.
        """
        ask = self._program.ask(invocation.request)
        try:
            return _inReactor(self._reactor, lambda: conduct(self._reactor, invocation, ask, self._terminal))
        except KeyboardInterrupt:
            if not self._interactive:
                raise
            return DONE if invocation.request.options.monitor is not None else FAILED
        finally:
            self._terminal.finish()

    def _complete(self, begun: str, index: int) -> str | None:
        """
        Return a candidate for completion, as readline asks for them.
        """
        if index == 0:
            line = readline.get_line_buffer()[: readline.get_endidx()]
            with suppress(Exception):  # a mistake must not spoil the line that is being typed
                self._found = candidates(self._program.grammar, line, self._knownUserids)
        return f"{self._found[index]} " if index < len(self._found) else None

    def _knownUserids(self) -> list[str]:
        """
        Return the user IDs of the pool's servers; none where the stack does not answer.
        """
        asked, userids = self._userids
        if time.monotonic() - asked < FRESH:
            return userids
        invocation = self._program.understand(self._given)

        async def ask() -> list[str]:
            client = await joined(self._reactor, invocation)
            try:
                return [each.userid for each in (await client.configuration()).servers]
            finally:
                await client.close()

        try:
            userids = _inReactor(self._reactor, ask)
        except OperatorError:
            userids = []
        self._userids = (time.monotonic(), userids)
        return userids


class _History:
    """
    The lines of earlier dialogues, in a file of the user's own.

    @param name: the program's name.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._path: str | None = None

    def __enter__(self) -> None:
        with suppress(OSError):
            self._path = os.path.join(privateDirectory(), f"{self._name.lower()}.history")
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600))
            readline.read_history_file(self._path)
        readline.set_history_length(HISTORY)

    def __exit__(self, *error: object) -> None:
        if self._path is not None:
            with suppress(OSError):
                readline.write_history_file(self._path)


def _inReactor(reactor: Any, start: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """
    Have the reactor's thread do something, and wait for it.

    @raise KeyboardInterrupt: the operator did not want to wait; it was canceled.
    """
    running: list[Deferred[T]] = []

    def begin() -> Deferred[Any]:
        running.append(Deferred.fromCoroutine(start()))
        return running[0]

    def cancel() -> None:
        for each in running:
            each.addErrback(_ignored)
            each.cancel()

    try:
        result: T = blockingCallFromThread(reactor, begin)  # type: ignore[assignment]
        return result
    except KeyboardInterrupt:
        blockingCallFromThread(reactor, cancel)
        raise


def _ignored(failure: Any) -> None:
    failure.trap(CancelledError, OperatorError)


def prompt(program: Program, given: Sequence[str]) -> int:
    """
    Be a prompt, with a reactor in a thread of its own.

    @param given: the shell's options that each line is to have.
    @return: the exit code.
    """
    from twisted.internet import reactor as installed

    reactor: Any = installed
    countMonotonic(reactor)
    thread = threading.Thread(target=reactor.run, kwargs={"installSignalHandlers": False}, daemon=True)
    thread.start()
    try:
        return Prompt(program, given, Terminal(), reactor).run()
    finally:
        reactor.callFromThread(reactor.stop)
        thread.join()


def candidates(grammar: Grammar, line: str, userids: Userids) -> list[str]:
    """
    Return the words that can stand at the end of a line, in upper case.

    @param line: what has been typed, up to where the word goes on.
    """
    words = WORD.findall(line)
    begun = "" if not words or line[-1].isspace() or words[-1] in "()" else words.pop().upper()
    return [word for word in _following(grammar, words, userids) if word.upper().startswith(begun)]


def _following(grammar: Grammar, words: list[str], userids: Userids) -> list[str]:
    """
    Return what can follow whole words.
    """
    if "(" in words:
        opened = words.index("(")
        return _inOptions(grammar, words[:opened], words[opened + 1 :], userids)
    if words and abbreviates(words[0], HELP.keywords[0]):
        words = words[1:]
    keywords = [keyword.upper() for keyword in grammar.keywordsAfter(words)]
    form = grammar.formOf(words)
    if form is None or form is HELP:
        return keywords
    if len(words) > len(form.keywords) and not form.free:
        return keywords
    named = userids() if form.operand.strip("[]").startswith("userid") else ()
    return [*keywords, *form.suggestions, *named]


def _inOptions(grammar: Grammar, operands: list[str], words: list[str], userids: Userids) -> list[str]:
    """
    Return what can follow behind the parenthesis.
    """
    form = grammar.formOf(operands) if operands else grammar.default
    if form is None:
        return []
    last = next((option for option in OPTIONS if words and abbreviates(words[-1], option.keyword)), None)
    if last is not None and last.operand:
        return [*userids(), *(["ALL"] if "ALL" in last.operand else [])] if last.field in ("server", "select") else []
    given = {option.name for option in OPTIONS for word in words if abbreviates(word, option.keyword)}
    taken = {"TCPSERVER", *(name for each in (*grammar.alike(form), form) for name in each.takes)}
    return [option.name for option in OPTIONS if option.name in taken - given]
