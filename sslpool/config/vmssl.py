# -*- test-case-name: tests.config.test_vmssl -*-
"""
The VMSSL operands, from the C{:parms.} tag of an SSL server's DTCPARMS entry or from the command
line of C{vmssl}.  Pure; used in the stack process and by the commands.

Source: the source document's VMSSL diagram and z/VM 7.4 "VMSSL command syntax".  Keywords and names are taken in any
case; the path of KEYFILE is kept as written, and one with blanks stands in quotation marks.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from attrs import define, evolve, field, frozen

from sslpool.config.configuration import Position, ServerParameters
from sslpool.config.suites import APPROVED_PROTOCOLS, BY_NAME, suiteOf
from sslpool.config.tokens import Findings, Token, TokenReader, abbreviations
from sslpool.config.values import number
from sslpool.tracing.operands import Unexpected, kindOf, parseTrace

__all__ = ["ServerParameters", "parseParameters"]

STRENGTHS = ("HIGH", "MEDIUM", "LOW", "NONE")
#: Protocol versions that the TLS library has, oldest first.  TLSV1_3 is ours.
PROTOCOLS = ("TLSV1_0", "TLSV1_1", "TLSV1_2", "TLSV1_3")
#: Versions of z/VM that no current TLS library has.
ANCIENT_PROTOCOLS = ("SSLV2", "SSLV3")

#: Every spelling of a mode.
MODES = {"FIPS-140-2": "FIPS-140-2", "FIPS": "FIPS-140-2", "NIST-800-131A": "NIST-800-131A"}
_UNITS = {"H": 3600, "M": 60, "S": 1}
_LONGEST_LIFE = 86400
_DURATION = re.compile(r"([0-9]{1,9})([HMS])?", re.IGNORECASE)
_SUITE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_VERSION = re.compile(f"([+-]?)({'|'.join(ANCIENT_PROTOCOLS + PROTOCOLS)})")
_TRACE_OPERAND = re.compile(r"[0-9A-Fa-f.:\[\]]{1,64}")
_TRACE_WORDS = ("DATA", "NODATA", "ALL")
#: Bits of a System SSL trace mask for which the TLS library has nothing to tell: dumps.
_UNKNOWN_BITS = 0xFFFF & ~0x0F


@define
class _Draft:
    """
    The operands read so far, and the protocol versions switched on.

    @ivar given: what was written last for each operand that there can be once.
    @ivar restricted: where the MODE stands that counts; C{None} where the words have none.
    """

    parameters: ServerParameters
    protocols: set[str]
    exempt: dict[str, None]
    enable: dict[str, None]
    given: dict[str, str] = field(factory=dict)
    restricted: Position | None = None


_DEFAULTS = ServerParameters()


def parseParameters(
    words: list[Token], findings: Findings, position: Position, given: ServerParameters = _DEFAULTS
) -> ServerParameters:
    """
    Return what the words of C{:parms.} say; what is wrong with them goes to C{findings}.

    @param position: where C{:parms.} stands, for what is missing.
    @param given: what holds where the words say nothing else.
    """
    exempt, enable = dict.fromkeys(given.exempt), dict.fromkeys(given.enable)
    draft = _Draft(given, set(given.protocols), exempt, enable)
    reader = TokenReader(words, findings, position)
    while (token := reader.take()) is not None:
        operand = OPERANDS.get(SPELLINGS.get(token.upper, ""))
        if operand is None:
            findings.add("SSLP251E", token.position, found=token.text)
        else:
            before = draft.parameters
            operand.read(reader, token, draft)
            _checkGivenOnce(operand, reader, token, draft, draft.parameters != before)
    return _finished(draft, findings, position)


def _finished(draft: _Draft, findings: Findings, position: Position) -> ServerParameters:
    strength = draft.parameters.exemptStrength
    if draft.exempt and strength is not None:
        findings.add("SSLP252E", position, suite=next(iter(draft.exempt)), strength=strength)
        draft.exempt.clear()
    if not draft.protocols:
        findings.add("SSLP253E", position)
        draft.protocols.update(_DEFAULTS.protocols)
    protocols = tuple(each for each in PROTOCOLS if each in draft.protocols)
    _checkMode(draft, findings, position)
    exempt, enable = tuple(draft.exempt), tuple(draft.enable)
    return evolve(draft.parameters, exempt=exempt, enable=enable, protocols=protocols, place=position)


def _checkGivenOnce(operand: Operand, reader: TokenReader, keyword: Token, draft: _Draft, changed: bool) -> None:
    """
    Say which counts of two operands that exclude each other.
    """
    if operand.sole:
        words = " ".join(word.text for word in reader.takenSince(keyword))
        before = draft.given.get(operand.sole)
        if before is not None and changed:
            reader.findings.add("SSLP560W", keyword.position, first=before, last=words)
        draft.given[operand.sole] = words


def _checkMode(draft: _Draft, findings: Findings, position: Position) -> None:
    """
    Say what MODE takes away of what was asked for.
    """
    mode = draft.parameters.mode
    if mode is None:
        return
    if draft.restricted is not None:
        # Nobody is to believe that more has been done.
        findings.add("SSLP255W", draft.restricted, mode=mode)
    suites = [name for name in draft.enable if not BY_NAME[name].approved]
    for name in (*sorted(draft.protocols - {*APPROVED_PROTOCOLS}), *suites):
        findings.add("SSLP256W", position, name=name, mode=mode)


def _keyFile(reader: TokenReader, keyword: Token, draft: _Draft) -> None:
    path = reader.peek()
    isQuote = path is not None and path.text[:1] in ("", '"', "'")
    if path is None or isQuote or path.upper in SPELLINGS or not path.text.isprintable():
        reader.unexpected("KEYFILE", "the path of a key database, in quotation marks where it has blanks")
    else:
        reader.take()
        draft.parameters = evolve(draft.parameters, keyFile=path.text)


def _cacheLife(reader: TokenReader, keyword: Token, draft: _Draft) -> None:
    match = _DURATION.fullmatch(reader.peekUpper())
    expected = "a duration of at most 24 hours, such as 24 H, 90 M or 30 S"
    if match is None:
        reader.unexpected("CACHELIFE", expected)
        return
    duration = reader.take()
    unit = match[2]
    if unit is None and reader.peekUpper() in _UNITS:
        unit = reader.peekUpper()
        reader.take()
    seconds = int(match[1]) * _UNITS[unit or "H"]
    if duration is not None and seconds > _LONGEST_LIFE:
        found = f"{duration.text} {unit or 'H'}" if match[2] is None else duration.text
        reader.findings.add("SSLP202E", duration.position, statement="CACHELIFE", found=found, expected=expected)
        return
    draft.parameters = evolve(draft.parameters, cacheLife=seconds)


def _cacheCleanup(reader: TokenReader, keyword: Token, draft: _Draft) -> None:
    frequency = reader.number("CACHECLEANUP", 10, 1000)
    if frequency is not None:
        draft.parameters = evolve(draft.parameters, cacheCleanup=frequency)


def _gskTrace(reader: TokenReader, keyword: Token, draft: _Draft) -> None:
    mask = reader.number("GSKTRACE", 0, 65535)
    if mask:
        if mask & _UNKNOWN_BITS:
            what = f"GSKTRACE {mask & _UNKNOWN_BITS} of {mask}"
            _withoutEffect(reader, keyword, what, "the TLS library writes no dumps; use TRACE CONNECTIONS DATA")
        draft.parameters = evolve(draft.parameters, gskTrace=mask)


def _withoutEffect(reader: TokenReader, keyword: Token, what: str, reason: str) -> None:
    reader.findings.add("SSLP203I", keyword.position, what=what, reason=reason)


def _suite(reader: TokenReader, statement: str, others: tuple[str, ...]) -> str | None:
    """
    Take the name of a cipher suite, or one of C{others}, and return it as the table has it; C{None} after a finding.
    """
    name = reader.peekUpper()
    if name in SPELLINGS or _SUITE.fullmatch(name) is None:
        reader.unexpected(statement, ", ".join(("a cipher suite", *others)))
        return None
    reader.take()
    suite = suiteOf(name)
    if name in others or suite is not None:
        return name if suite is None else suite.name
    reader.findings.add("SSLP257E", reader.last, statement=statement, suite=name)
    return None


def _exempt(reader: TokenReader, keyword: Token, draft: _Draft) -> None:
    name = _suite(reader, "EXEMPT", STRENGTHS)
    if name in STRENGTHS:
        # A strength exempts all lower ones: of several, the highest says it all.
        strength = min(name, draft.parameters.exemptStrength or name, key=STRENGTHS.index)
        draft.parameters = evolve(draft.parameters, exemptStrength=strength)
    elif name is not None:
        draft.exempt[name] = None


def _enable(reader: TokenReader, keyword: Token, draft: _Draft) -> None:
    name = _suite(reader, "ENABLE", ())
    if name is not None:
        draft.enable[name] = None


def _protocol(reader: TokenReader, keyword: Token, draft: _Draft) -> None:
    if _VERSION.fullmatch(reader.peekUpper()) is None:
        reader.unexpected("PROTOCOL", "+ or - and one of " + ", ".join(ANCIENT_PROTOCOLS + PROTOCOLS))
    while (match := _VERSION.fullmatch(reader.peekUpper())) is not None:
        reader.take()
        sign, version = match.groups()
        if sign == "-":
            draft.protocols.discard(version)
        elif version in ANCIENT_PROTOCOLS:
            reader.findings.add("SSLP254W", reader.last, version=version)
        else:
            draft.protocols.add(version)


def _mode(reader: TokenReader, keyword: Token, draft: _Draft) -> None:
    mode = reader.choice("MODE", list(MODES))
    if mode is not None:
        _restrict(reader, keyword, draft, MODES[mode])


def _restrict(reader: TokenReader, keyword: Token, draft: _Draft, mode: str) -> None:
    draft.parameters = evolve(draft.parameters, mode=mode)
    draft.restricted = keyword.position


def _fallbackScsv(reader: TokenReader, keyword: Token, draft: _Draft) -> None:
    choice = reader.choice("TLSFALLBACKSCSV", ("ON", "OFF"))
    if choice is not None:
        if choice == "OFF":
            _withoutEffect(reader, keyword, "TLSFALLBACKSCSV OFF", "the TLS library always honors it")
        draft.parameters = evolve(draft.parameters, fallbackScsv=choice == "ON")


def _trace(reader: TokenReader, keyword: Token, draft: _Draft) -> None:
    """
    TRACE's operands end where a word cannot be one.
    """
    words: list[str] = []
    while (word := reader.peekUpper()) in _TRACE_WORDS or kindOf(word) or _TRACE_OPERAND.fullmatch(word):
        words.append(word)
        reader.take()
    try:
        trace = parseTrace(words or _DEFAULTS.trace, running=False)
    except Unexpected as error:
        position = reader.last
        reader.findings.add("SSLP202E", position, statement="TRACE", found=error.word, expected=error.expected)
    else:
        draft.parameters = evolve(draft.parameters, trace=() if trace is None else trace.words())


def _noTrace(reader: TokenReader, keyword: Token, draft: _Draft) -> None:
    draft.parameters = evolve(draft.parameters, trace=())


def _vmDump(reader: TokenReader, keyword: Token, draft: _Draft) -> None:
    choice = reader.choice("VMDUMP", ("ERROR", "ERRORSOCKET"))
    if choice is not None:
        draft.parameters = evolve(draft.parameters, vmDump=choice)
        _withoutEffect(reader, keyword, "VMDUMP", "there are no dumps with :sandbox.YES; otherwise, see core(5)")


#: Operands that SSLLIMITS and the agent made obsolete, and what replaced them.
OBSOLETE: dict[str, str] = {
    "CACHESIZE": "the session cache of the agent, which needs no size",
    "MAXSESSIONS": "SSLLIMITS MAXPERSSLSERVER in PROFILE TCPIP",
    "MAXUSERS": "SSLLIMITS MAXPERSSLSERVER in PROFILE TCPIP",
}


def _obsolete(reader: TokenReader, keyword: Token, draft: _Draft) -> None:
    name = SPELLINGS[keyword.upper]
    reader.findings.add("SSLP250W", keyword.position, operand=name, replacement=OBSOLETE[name])
    if number(reader.peekUpper(), 0, 999_999_999) is not None:
        reader.take()


def _fips(reader: TokenReader, keyword: Token, draft: _Draft) -> None:
    _restrict(reader, keyword, draft, MODES["FIPS"])


@frozen
class Operand:
    """
    One word of the language.

    @ivar name: the keyword.
    @ivar read: reads its value.
    @ivar value: its value, as HELP shows it; empty where it has none.
    @ivar about: what it is for, as HELP says it; C{24 H} and such are defaults.
    @ivar shortest: the length of its shortest spelling; 0 is all of it.
    @ivar sole: the name of what it sets, where two of them exclude each other; empty where there can be several.
    """

    name: str
    read: Callable[[TokenReader, Token, _Draft], None]
    value: str
    about: str
    shortest: int = 0
    sole: str = ""

    @property
    def length(self) -> int:
        """
        The length of its shortest spelling.
        """
        return self.shortest or len(self.name)

    @property
    def form(self) -> str:
        """
        The operand as HELP shows it: what has to be written in capitals.
        """
        return f"{self.name[: self.length]}{self.name[self.length :].lower()} {self.value}".rstrip()


_ALL = (
    Operand("KEYFILE", _keyFile, "path", "key database, PKCS #12 or PEM file; in quotation marks where it has blanks",
            4, "KEYFILE"),
    Operand("CACHELIFE", _cacheLife, "n [H|M|S]", "how long a session can be resumed; default 24 H", 6, "CACHELIFE"),
    Operand("CACHECLEANUP", _cacheCleanup, "n", "handshakes between clean-ups of the session cache; default 100",
            6, "CACHECLEANUP"),
    Operand("PROTOCOL", _protocol, "[+|-]version ...", f"use a version, or not: {', '.join(PROTOCOLS)}; "
            "default TLSV1_2 and TLSV1_3", 5),
    Operand("EXEMPT", _exempt, "suite|strength", f"what not to use; strengths: {', '.join(STRENGTHS)}"),
    Operand("ENABLE", _enable, "suite", "use it besides the defaults"),
    Operand("MODE", _mode, "|".join(dict.fromkeys(MODES.values())), "use only what is approved; the TLS library is "
            "not a validated module", sole="MODE"),
    Operand("FIPS", _fips, "", "the same as MODE FIPS-140-2", sole="MODE"),
    Operand("TRACE", _trace, "...", "what is traced from the start; default NORMAL ALL", 3, "TRACE"),
    Operand("NOTRACE", _noTrace, "", "trace nothing", 5, "TRACE"),
    Operand("GSKTRACE", _gskTrace, "n", "what the TLS library tells of handshakes; default 0", 4, "GSKTRACE"),
    Operand("TLSFALLBACKSCSV", _fallbackScsv, "ON|OFF", "no effect: the TLS library always honors it",
            sole="TLSFALLBACKSCSV"),
    Operand("VMDUMP", _vmDump, "ERROR|ERRORSOCKET", "no effect", sole="VMDUMP"),
    *(Operand(name, _obsolete, "n", f"obsolete, replaced by {replacement}") for name, replacement in OBSOLETE.items()),
)  # fmt: skip
#: The language, by keyword.
OPERANDS: dict[str, Operand] = {operand.name: operand for operand in _ALL}
#: Every allowed spelling of an operand.
SPELLINGS: dict[str, str] = abbreviations({name: operand.length for name, operand in OPERANDS.items()})
