# -*- test-case-name: tests.commands.gskkyman.test_dialogue -*-
"""
A dialogue as an object: it is fed the lines that a user enters, and says what
to show and what to ask next.  Knows no terminal; C{gskkyman}.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import TypeVar

from attrs import frozen

from sslpool.commands.outcome import printable
from sslpool.keydb.checking import mayBeAccepted
from sslpool.messages import OperatorError, Said, operatorError

T = TypeVar("T")
_WIDTH = 72
_DIGITS = 10
_YES = "1"
_OPTION_OR_BACK = "Enter option number (press ENTER to return to previous menu)"


@frozen
class Ask:
    """
    A question.

    @ivar prompt: what is asked.
    @ivar secret: the answer is not to be seen.
    """

    prompt: str
    secret: bool = False


Talk = Generator[Ask, str, T]
"""
A part of a dialogue: it asks, is answered, and comes to a result.
"""
Item = tuple[str, Callable[[], Talk[None]]]
"""
An item of a menu: its text, and what is done when it is chosen.
"""


@frozen
class Screen:
    """
    What comes next.

    @ivar lines: what to show first.
    @ivar prompt: what to ask then.
    @ivar secret: the answer is not to be seen.
    @ivar ended: nothing is asked any more.
    """

    lines: tuple[str, ...]
    prompt: str = ""
    secret: bool = False
    ended: bool = False


class Back(Exception):
    """
    The user has pressed ENTER: return to the menu.
    """


class Leave(Exception):
    """
    The user has chosen to exit.
    """


class Prompter:
    """
    What the parts of a dialogue say and ask.
    """

    def __init__(self) -> None:
        self._lines: list[str] = []

    def taken(self) -> tuple[str, ...]:
        """
        Return what has been said since the last time.
        """
        lines, self._lines = tuple(self._lines), []
        return lines

    def say(self, *lines: Said | str) -> None:
        """
        Show lines; what would control the terminal is made visible.
        """
        self._lines += (printable(str(line)) for line in lines)

    def ask(self, prompt: str) -> Talk[str]:
        """
        Ask something to which an empty answer is an answer.
        """
        return (yield Ask(f"{prompt}: ")).strip()

    def need(self, prompt: str, back: str = "press ENTER to return to menu") -> Talk[str]:
        """
        Ask something without which it does not go on.

        @raise Back: the answer is empty.
        """
        answer = yield from self.ask(f"{prompt} ({back})")
        if not answer:
            raise Back
        return answer

    def needSecret(self, prompt: str) -> Talk[str]:
        """
        Ask for a password; blanks belong to it.

        @raise Back: the answer is empty.
        """
        answer = yield Ask(f"{prompt} (press ENTER to return to menu): ", secret=True)
        if not answer:
            raise Back
        return answer

    def needNewSecret(self, prompt: str) -> Talk[str]:
        """
        Ask twice for a password that is to be.

        @raise sslpool.messages.OperatorError: SSLP327E, not twice the same.
        """
        answer = yield from self.needSecret(prompt)
        again = yield Ask(f"Re-{prompt[0].lower()}{prompt[1:]}: ", secret=True)
        if again != answer:
            raise operatorError("SSLP327E")
        return answer

    def valid(self, ask: Callable[[], Talk[str]], read: Callable[[str], T]) -> Talk[T]:
        """
        Ask until the answer is one that can be used.

        @param read: makes of the answer what is wanted, or refuses it.
        """
        while True:
            answer = yield from ask()
            try:
                return read(answer)
            except OperatorError as error:
                self._refuse(error)
                self.say("")

    def number(self, prompt: str, default: int, check: Callable[[int], None] = lambda number: None) -> Talk[int]:
        """
        Ask for a number.

        @param check: refuses one that cannot be used.
        """

        def read(answer: str) -> int:
            if answer and not (answer.isdecimal() and len(answer) < _DIGITS):
                raise operatorError("SSLP398E", answer=answer)
            number = int(answer or default)
            if answer:
                check(number)
            return number

        return (yield from self.valid(lambda: self.ask(prompt), read))

    def yes(self, prompt: str) -> Talk[bool]:
        """
        Ask for a decision.
        """
        answer = yield from self.ask(f"{prompt} (1 = yes, 0 = no)")
        return answer.lower() in (_YES, "y", "yes")

    def pause(self) -> Talk[None]:
        """
        Give the user time to read.
        """
        yield Ask("Press ENTER to continue.")

    def choose(
        self,
        title: str,
        options: Sequence[str],
        *,
        about: Sequence[str] = (),
        prompt: str = _OPTION_OR_BACK,
        exits: str | None = "Exit program",
        added: Sequence[str] = (),
    ) -> Talk[int]:
        """
        Show a menu and return the number of what was chosen, from 1.

        @param added: options that z/VM does not have; their numbers follow, and they stand apart.
        @param about: what stands under the title.
        @param exits: what 0 is; C{None} for a menu without it.
        @raise Back: the answer is empty.
        @raise Leave: the answer is 0.
        """
        while True:
            self.say("", title.center(_WIDTH).rstrip(), "")
            self.say(*(f"       {line}" for line in about), *([""] if about else []))
            lines = [f"{number:>4} - {option}" for number, option in enumerate([*options, *added], 1)]
            self.say(*lines[: len(options)])
            if added:
                self.say("", "Added by sslpool:", *lines[len(options) :])
            if exits is not None:
                self.say("", f"   0 - {exits}")
            self.say("")
            answer = yield from self.ask(prompt)
            if not answer:
                raise Back
            if answer.isdecimal() and len(answer) < 6 and int(answer) <= len(options) + len(added):
                if int(answer):
                    return int(answer)
                if exits is not None:
                    raise Leave
            self._refuse(operatorError("SSLP391E", answer=answer))

    def offer(
        self,
        title: str,
        items: Sequence[Item],
        about: Sequence[str] = (),
        prompt: str = _OPTION_OR_BACK,
        added: Sequence[Item] = (),
    ) -> Talk[None]:
        """
        Show a menu and do what is chosen, as L{attempt}.

        @param added: items that z/VM does not have.
        @raise Back: the answer is empty.
        @raise Leave: the answer is 0.
        """
        texts, more = [text for text, _ in items], [text for text, _ in added]
        chosen = yield from self.choose(title, texts, about=about, prompt=prompt, added=more)
        yield from self.attempt([*items, *added][chosen - 1][1])

    def attempt(self, act: Callable[[], Talk[None]]) -> Talk[None]:
        """
        Do one item of a menu; what goes wrong is shown, and the menu comes again.
        """
        try:
            yield from act()
        except Back:
            return
        except OperatorError as error:
            self._refuse(error)
            yield from self.pause()

    def accepting(self, act: Callable[[bool], Sequence[Said | str]]) -> Talk[None]:
        """
        Store something; where it is not fit for it, let the user decide.

        @param act: does it, and is told whether not to look; returns what was done.
        """
        try:
            done = act(False)
        except OperatorError as error:
            if not mayBeAccepted(error):
                raise
            self.say("", error.said, error.said.message.explanation)
            if not (yield from self.yes("Store it anyway?")):
                raise Back from None
            done = act(True)
        yield from self.done(*done)

    def done(self, *lines: Said | str) -> Talk[None]:
        """
        Say what was done.
        """
        self.say("", *lines)
        yield from self.pause()

    def _refuse(self, error: OperatorError) -> None:
        self.say("", error.said, error.said.message.action)


class Dialogue:
    """
    A dialogue under way.

    @param talk: what it is about.
    """

    def __init__(self, talk: Callable[[Prompter], Talk[None]]) -> None:
        self._prompter = Prompter()
        self._talk = talk(self._prompter)

    def begin(self) -> Screen:
        """
        Return the first question.
        """
        return self._advance(lambda: next(self._talk))

    def feed(self, line: str) -> Screen:
        """
        Answer the question that was asked last.

        @param line: the answer, without the end of the line.
        """
        return self._advance(lambda: self._talk.send(line))

    def close(self) -> None:
        """
        End it, wherever it is; what was not complete is not done.
        """
        self._talk.close()

    def _advance(self, step: Callable[[], Ask]) -> Screen:
        try:
            asked = step()
        except (StopIteration, Leave):
            return Screen(self._prompter.taken(), ended=True)
        return Screen(self._prompter.taken(), asked.prompt, asked.secret)
