# -*- test-case-name: tests.test_messages -*-
"""
Messages of the section "administration" of the catalogue.  Every process.
"""

from __future__ import annotations

from sslpool.messages.entry import Message

MESSAGES: tuple[Message, ...] = (
    Message(
        "SSLP433E",
        "{path} cannot be obeyed: {reason}",
        "The command reads the file, with the permissions of the user who issues it.",
        "Name a readable text file of statements of PROFILE.TCPIP.",
    ),
    Message(
        "SSLP400E",
        "Stack {stack} is not running: nothing answers at {paths}",
        "There is no control socket of this stack, or a stack that died left it behind.",
        "Start the stack, or name the right one: --stack (or TCPSERVER) for its user ID, --run for its run directory.",
    ),
    Message(
        "SSLP401E",
        "Cannot connect to {path}: {reason}",
        "The control socket exists, but the system did not permit the connection.",
        "Check the permissions of the socket's directory, or issue the command as a user who has access to it.",
    ),
    Message(
        "SSLP402E",
        "Stack {stack} did not answer {command} within {seconds:g} s",
        "The command reached the stack but got no answer in time. A change that it asked for may still be in progress.",
        "Use QUERY STATUS to see whether the change was made, and look in the stack's log for the reason.",
    ),
    Message(
        "SSLP403E",
        "The connection to stack {stack} was lost before it answered {command}",
        "The stack ended, or it closed this connection, for example because the same user had too many open.",
        "Look in the stack's log, and issue the command again when the stack is running.",
    ),
    Message(
        "SSLP404E",
        "Stack {stack} and this command are not compatible: {reason}",
        "They belong to different releases, and their protocols differ.",
        "Use the commands that were installed with the stack, or restart the stack after an upgrade.",
    ),
    Message(
        "SSLP405E",
        "Internal error; see the stack's log",
        "The stack could not answer because of a fault in sslpool. It continues to run.",
        "Find the traceback in the stack's log, and report it.",
    ),
    Message(
        "SSLP406E",
        "{caller} is not authorized to use {command}",
        "The command is privileged: it is for the user IDs in :admin_id_list. and in the OBEY statement, and for the "
        "user who runs the stack.",
        "Have the login name (in upper case) added to :admin_id_list. in the servers' DTCPARMS entry, or ask an "
        "administrator.",
    ),
    Message(
        "SSLP407E",
        "{server} is not a server of stack {stack}",
        "The pool has no server with this name.",
        "To see the servers, use SSLADMIN QUERY STATUS.",
    ),
    Message(
        "SSLP408E",
        "Stack {stack} is already running: it holds {path}",
        "Another process runs the same stack in the same run directory.",
        "Stop that process first, or give this stack another user ID with --stack or another directory with --run.",
    ),
    Message(
        "SSLP409E",
        "The path {path} has {length} octets, but a socket's path may have at most {longest}",
        "The operating system limits the path of a UNIX socket.",
        "Choose a shorter run directory with --run or SSLPOOL_RUN.",
    ),
    Message(
        "SSLP410E",
        "Cannot listen on {path}: {reason}",
        "The control socket could not be created, so SSLADMIN and NETSTAT would not work.",
        "Check that the run directory exists or can be created, and that the stack's user can write to it.",
    ),
    Message(
        "SSLP411E",
        "The run directory {path} cannot be used: {reason}",
        "A user who can write to the run directory can replace the stack's socket.",
        "Choose another directory with --run or SSLPOOL_RUN, or correct its owner and permissions.",
    ),
    Message(
        "SSLP412I",
        "{caller} used {command} for {server}",
        "A privileged command that changes the pool was accepted.",
        "None.",
    ),
    Message(
        "SSLP413W",
        "The control connection of {caller} was closed: {reason}",
        "The other end broke a rule that protects the stack from its local users.",
        "None, if it happens once. Otherwise find the program that connects to the control socket.",
    ),
    Message(
        "SSLP420E",
        "{word} is not a command of {program}",
        "The first word was not recognized, or its abbreviation is too short.",
        "Use HELP to list the commands; capitals show the shortest abbreviation.",
    ),
    Message(
        "SSLP421E",
        "{word} is not an operand of {command}",
        "The word was not recognized here, or its abbreviation is too short.",
        "Use HELP to list the operands; capitals show the shortest abbreviation.",
    ),
    Message(
        "SSLP422E",
        "{command} needs an operand: {expected}",
        "The command is incomplete.",
        "Add the operand and issue the command again.",
    ),
    Message(
        "SSLP423E",
        "{word} is not an option",
        "Options follow the left parenthesis. The syntax shows which ones the command has.",
        "Correct the option; capitals show the shortest abbreviation.",
    ),
    Message(
        "SSLP424E",
        "{option} needs {expected}; found {word}",
        "The option's operand is missing or not valid.",
        "Correct the operand and issue the command again.",
    ),
    Message(
        "SSLP425E",
        "{option} is given more than once",
        "An option may be given once, after the left parenthesis or with two hyphens.",
        "Remove one of them.",
    ),
    Message(
        "SSLP426E",
        "{option} does not apply to {command}",
        "Each command has its own options. MONITOR, for example, only repeats queries.",
        "Remove the option, or use another command.",
    ),
    Message(
        "SSLP427E",
        "{word} is not expected here",
        "Options follow one left parenthesis; the right one, at the end, may be omitted.",
        "Correct the parentheses; in a shell, quote them.",
    ),
    Message(
        "SSLP429E", "{reason}", "The command's shell-style options were not understood.", "Use --help for the options."
    ),
    Message(
        "SSLP430E",
        "{command} was interrupted",
        "The command ended before the stack answered. The stack may still do what you asked.",
        "Use SSLADMIN QUERY STATUS to see the result.",
    ),
    Message(
        "SSLP431E",
        "There is no help for {word}",
        "HELP has the commands of this release, and the message ids.",
        "Use HELP alone to list the commands.",
    ),
    Message(
        "SSLP432E",
        "The stack refused the command",
        "This release of the command does not know the id of the stack's message.",
        "Use the commands that were installed with the stack.",
    ),
    Message(
        "SSLP434E",
        "{word} is ambiguous: {meanings}",
        "Several keywords begin with this word.",
        "Type more of it; capitals show the shortest abbreviation of each keyword.",
    ),
    Message(
        "SSLP435E",
        "The settings in {path} cannot be used: {reason}",
        "SET stores its targets in this file, and later commands that name none read it.",
        "Use SSLADMIN CLEAR, which removes the file, or correct its permissions.",
    ),
    Message(
        "SSLP436E",
        "The settings in {path} cannot be changed: {reason}",
        "SET and CLEAR change a file that belongs to the user who issues them.",
        "Correct the permissions of the directory, or name another one in the variable XDG_STATE_HOME.",
    ),
    Message(
        "SSLP437I",
        "SSLADMIN commands that name no target now use these",
        "SET was accepted, for the user who issued it.",
        "None. To undo it, use SSLADMIN CLEAR.",
    ),
    Message(
        "SSLP438I",
        "The targets of SSLADMIN commands are no longer set",
        "CLEAR was accepted: commands again apply to all servers of TCPIP unless they name others.",
        "None.",
    ),
    Message(
        "SSLP439W",
        "{caller} was denied {command}",
        "A user who is neither in :admin_id_list. nor in the OBEY statement, and does not run the stack, tried a "
        "privileged command.",
        "None, if you expected this. To permit it, add the login name to one of the lists.",
    ),
    Message(
        "SSLP440W",
        "Further messages like {message} not logged: {count}",
        "Callers that break the rules get a limited number of lines in ten seconds.",
        "Use SSLADMIN QUERY STATUS to see the counts.",
    ),
    Message(
        "SSLP441E",
        "{words} cannot follow --interactive",
        "With -i, commands come from the prompt, or line by line from standard input.",
        "Remove the command or the option.",
    ),
    Message(
        "SSLP442E",
        "SYSTEM does not answer {query}, only: {known}",
        "SYSTEM runs nothing: it answers a fixed set of queries about a server, as CP does.",
        "Use one of the queries; capitals show the shortest abbreviation.",
    ),
    Message(
        "SSLP443I",
        "{userid} is not logged on",
        "QUERY named a user ID that has no process: it is not the stack, its agent, or a running server.",
        "None.",
    ),
    Message(
        "SSLP444I",
        "There is no segment {name}",
        "QUERY NSS named a segment that this stack does not have.",
        "Use QUERY NSS without a name for the stack's segment.",
    ),
    Message(
        "SSLP445E",
        "--remote needs {expected}; found {found}",
        "Remote administration uses TLS: it needs an address, your certificate with its private key, and the "
        "certificates of the authorities that may have issued the stack's certificate.",
        "Give --remote host:port, --certificate file and --authorities file.",
    ),
    Message(
        "SSLP446E",
        "Cannot administer the stack at {address}: {reason}",
        "The connection or its TLS handshake failed. The reason is in the words of the system or of the TLS library; a "
        "stack that rejects your certificate logs the reason.",
        "Check address and port (:admin_port.). Your certificate must come from an authority in the stack's key "
        "database, and the stack's must have the name that you asked for (--name).",
    ),
    Message(
        "SSLP450E",
        "Remote administration is not possible: the key database has no certificate {label}",
        ":admin_port. names a label that has no trusted certificate with a private key.",
        "Add the certificate with gskkyman and use SSLADMIN REFRESH, or name another label.",
    ),
    Message(
        "SSLP451E",
        "Remote administration is not possible: the key database has no authority {label}",
        "Clients need a certificate from an authority that the key database trusts: the one that :admin_port. names, "
        "if it names one.",
        "Add the authority's certificate with gskkyman and use SSLADMIN REFRESH.",
    ),
    Message(
        "SSLP452E",
        "Remote administration is not possible: cannot listen on {local}: {reason}",
        "The address of :admin_port. is in use, or does not belong to this machine. The stack tries again every few "
        "seconds, and immediately after SSLADMIN REFRESH.",
        "Free the port, or correct :admin_port. and restart the stack.",
    ),
    Message(
        "SSLP453I",
        "Remote administration is on {local} with label {label}",
        "Administrators with a client certificate can use SSLADMIN and NETSTAT from other machines.",
        "None.",
    ),
    Message(
        "SSLP470E",
        "The output cannot be written: {reason}",
        "Some or all of the output is lost. The command itself may have succeeded.",
        "Make room, or send the output elsewhere. Then check with a query what was done.",
    ),
    Message(
        "SSLP480E",
        "The command was carried out, but its output cannot be written: {reason}",
        "What you asked for was done. Only the answer is lost, in whole or in part.",
        "Do not repeat the command. Make room, or send the output elsewhere; then use a query to see what was changed.",
    ),
    Message(
        "SSLP471W",
        "No session has connection number {number}",
        "The trace is in effect. Connection numbers grow: a number is not used again.",
        "To see the numbers, use SSLADMIN QUERY SESSIONS; then use TRACE again.",
    ),
    Message(
        "SSLP473E",
        "There is no console of {server} to show",
        "Nothing was written to it, or the file that was delivered last was moved or removed.",
        "Look in the directory of consoles. If the server has not run yet, start it.",
    ),
    Message(
        "SSLP472E",
        "NETSTAT {command} is not provided here; use {instead}",
        "On z/VM, NETSTAT covers the whole TCP/IP stack. Here, the operating system has that; sslpool covers secure "
        "ports and sessions.",
        "Use what the message names. To see what is provided, use sslnetstat help.",
    ),
    Message(
        "DTCSSL2421E",
        "{server}: Communication error: {reason}",
        "The server did not answer an administrative command, for example because it is not Active.",
        "Use SSLADMIN QUERY STATUS to see the server's state, and start it with SSLADMIN START if it is "
        "Eligible or Stopped.",
    ),
)
