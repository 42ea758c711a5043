# -*- test-case-name: tests.test_messages -*-
"""
Messages about traces, key logs and consoles; the lines of a trace among them.  Every process.
"""

from __future__ import annotations

from sslpool.messages.entry import Message

_TRACED = "A trace is on; see docs/tracing.md for what each kind records."

MESSAGES: tuple[Message, ...] = (
    Message(
        "SSLP620E",
        "TRACE: found {word}, expected {expected}; the syntax is {syntax}",
        "An operand of TRACE is missing, wrong, or superfluous. Nothing was changed.",
        "Correct the operand; capitals show the shortest abbreviation.",
    ),
    Message(
        "SSLP621I",
        "{server} traces {operands}",
        "The trace was changed; the previous one has ended. Servers that start later trace the same.",
        "See the lines in the server's console. NOTRACE ends the trace.",
    ),
    Message("SSLP622I", "{server} traces nothing", "NOTRACE ended all traces of the server, and its key log.", "None."),
    Message(
        "SSLP623I",
        "{server}, which is {state}, will trace {operands}",
        "The server has no process now; it gets the trace when it starts.",
        "None.",
    ),
    Message(
        "SSLP624W",
        "{caller} started a key log of connections {selector} in {path} for {seconds} s",
        "Anyone who has this file and has recorded the connections can decrypt them. It has the keys of connections "
        "that begin within this time on running servers.",
        "If you did not expect this, use NOTRACE, remove the file, and find out who started it.",
    ),
    Message(
        "SSLP625I",
        "The key log {path} has ended; lines: {lines}",
        "Its time is over, or NOTRACE or another key log ended it.",
        "Remove the file when you no longer need it.",
    ),
    Message(
        "SSLP626E",
        "Keys cannot be logged to {path}: {reason}",
        "The file must not exist; only the user who runs the stack can read it. A name without a directory is in the "
        "directory of the consoles.",
        "Name another file.",
    ),
    Message(
        "SSLP627W",
        "Trace lines omitted, because they came faster than they could be written: {count}",
        "A trace must not use up the server's memory or delay its sessions.",
        "Trace fewer connections: one address, one port or one connection number.",
    ),
    Message(
        "SSLP628E",
        "{server} or one of its servers wrote: {line}",
        "The agent's process, or a server that it forked, wrote something unexpected to its standard error.",
        "If it is a traceback, report it; sslpool continues as far as it can.",
    ),
    Message(
        "SSLP630I",
        "The console of {server} was closed; lines: {lines}, file: {path}",
        "CLOSECON or LOG closed the console's file and delivered it to the owner of consoles; a new one begins.",
        "Read the file, as the user who runs the stack, or have LOG show it.",
    ),
    Message(
        "SSLP631W",
        "The log {path} cannot be written: {reason}",
        "What should have been written is lost, except in twistd's log. The next line tries again.",
        "Make room on the file system, or correct the permissions.",
    ),
    Message(
        "SSLP632E",
        "No consoles are kept",
        "The stack was started with --log, but without --log console.",
        "Start the stack with --log console as well.",
    ),
    Message(
        "SSLP633E",
        "The log {path} cannot be used: {reason}",
        "A log cannot be created, or a console cannot be delivered.",
        "Correct the path of --log, the owner or the permissions.",
    ),
    Message(
        "SSLP634I",
        "The console of {server} has no lines",
        "The stack wrote nothing to it since it created it, and knows no file that it delivered before.",
        "None.",
    ),
    Message(
        "SSLP188I",
        "The console of {server} has no new lines; LOG shows those that were delivered before, file: {path}",
        "Nothing was written since the console was last closed.",
        "None.",
    ),
    Message(
        "SSLP189E",
        "The console of {server} is gone; lines in it: {lines}, file: {path}",
        "The file, or the directory of the consoles, was moved or removed since its last line was written. The stack "
        "creates both again when the next line is written.",
        "If somebody moved the file, look for the lines there. To keep lines, close consoles with SSLADMIN CLOSECON "
        "before you move them.",
    ),
    Message(
        "SSLP635E",
        "--log {found}: expected {expected}",
        "The option says where the stack writes its logs, in addition to twistd's; it may be given several times.",
        "Correct the option.",
    ),
    Message(
        "SSLP670W",
        "Lines of the log {path} were lost: {count}; {reason}",
        "They could not be written. The log is written again now. If a file system was full, a line that was written "
        "only in part was removed, so that every line is whole.",
        "Keep more space free on the file system, or put the log on another one.",
    ),
    Message(
        "SSLP671W",
        "The log {path} was moved or removed, and was created again",
        "New lines go to the new file. Earlier ones are in the old file, wherever it is now.",
        "None, if logs were rotated. sslpool can also rotate them itself (--log-size, --log-keep).",
    ),
    Message(
        "SSLP672I",
        "Log files were opened again: {signal}",
        "Log files that were moved or removed were created again. If the log of twistd is a file, twistd rotates it at "
        "SIGUSR1.",
        "None.",
    ),
    Message(
        "SSLP640I",
        "Connection {number}: {client} to {local} is secured by {protocol} {cipher}, label {label}, server name "
        "{name}, {how}",
        f"A handshake is complete. {_TRACED}",
        "None.",
    ),
    Message(
        "SSLP641I",
        "Connection {number}: {client} to {local}: {before} -> {after}",
        f"A session changed its state. {_TRACED}",
        "None.",
    ),
    Message(
        "SSLP642W",
        "Connection {number}: handshake of {client} with {local} failed: {reason}; server name {name}, version "
        "{version}",
        f"A handshake failed, and the client did not get in. {_TRACED}",
        "Compare the reason with what the client offers: protocol versions, cipher suites, and the authorities that "
        "it trusts.",
    ),
    Message(
        "SSLP643I",
        "Connection {number}: ended: {reason}; octets received: {received}, sent: {sent}; {seconds} s",
        f"A session ended. {_TRACED}",
        "None.",
    ),
    Message(
        "SSLP644I",
        "Connection {number}: {direction}, octets: {length}{shown}",
        f"The next lines show cleartext octets, as the application sends or gets them. {_TRACED}",
        "None.",
    ),
    Message(
        "SSLP645I",
        "Connection {number}: {step}",
        f"The flow of control reached this step of a session. {_TRACED}",
        "None.",
    ),
    Message(
        "SSLP646I",
        "{server}: {step}",
        f"The flow of control reached this step of the server as a whole. {_TRACED}",
        "None.",
    ),
    Message(
        "SSLP647I",
        "Connection {number}: TLS library: {what}",
        "GSKTRACE is on: the TLS library reports states, ends and alerts of a handshake.",
        "None.",
    ),
)
