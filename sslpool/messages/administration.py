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
        "The file of statements is read by the command, with the rights of the user who issues it.",
        "Name a readable text file of statements of PROFILE TCPIP.",
    ),
    Message(
        "SSLP400E",
        "Stack {stack} is not running: nothing answers at {paths}",
        "The command found no control socket of this stack, or one that a dead stack has left behind.",
        "Start the stack, or name the right one: --stack (or TCPSERVER) for its user ID, --run for the directory "
        "that was given to it with --run.",
    ),
    Message(
        "SSLP401E",
        "Cannot connect to {path}: {reason}",
        "The control socket is there, but the system did not let the command connect to it.",
        "Check the permissions of the socket's directory, or run the command as a user who may enter it.",
    ),
    Message(
        "SSLP402E",
        "Stack {stack} did not answer {command} within {seconds:g} s",
        "The stack is connected but gave no answer in time.  What it was asked to change may still be going on.",
        "Look with QUERY STATUS whether the change was made, and at the stack's log for the reason.",
    ),
    Message(
        "SSLP403E",
        "The connection to stack {stack} was lost before it answered {command}",
        "The stack ended, or it ended this connection, for instance because the same user had too many open.",
        "Look at the stack's log, and issue the command again when the stack is running.",
    ),
    Message(
        "SSLP404E",
        "Stack {stack} and this command do not understand each other: {reason}",
        "The two are of different releases, and their vocabularies differ.",
        "Use the commands that were installed with the stack, or restart the stack after an installation.",
    ),
    Message(
        "SSLP405E",
        "Internal error, see the stack's log",
        "The stack failed to answer because of a fault in sslpool.  It goes on running.",
        "Look in the stack's log for the traceback, and report it.",
    ),
    Message(
        "SSLP406E",
        "{caller} is not authorized to use {command}",
        "The command is privileged: it is for the user IDs of :admin_id_list. and of the OBEY statement, and for the "
        "user who runs the stack.",
        "Have the login name (in upper case) added to :admin_id_list. in the servers' DTCPARMS entry, or ask an "
        "administrator.",
    ),
    Message(
        "SSLP407E",
        "{server} is not a server of stack {stack}",
        "The pool has no member of this name.",
        "Use SSLADMIN QUERY STATUS to see the members' names.",
    ),
    Message(
        "SSLP408E",
        "Stack {stack} is already running: it holds {path}",
        "Another process serves the same stack from the same run directory.",
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
        "Check that the run directory exists or can be created, and that the stack's user may write to it.",
    ),
    Message(
        "SSLP411E",
        "The run directory {path} cannot be used: {reason}",
        "Whoever can write to the run directory can put another socket in the place of the stack's.",
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
        "The control connection of {caller} was ended: {reason}",
        "The other end did not keep to the rules that protect the stack from its local users.",
        "None if it happens once.  Otherwise find the program that connects to the control socket.",
    ),
    Message(
        "SSLP420E",
        "{word} is not a command of {program}",
        "The first word was not recognized, or is abbreviated too much.",
        "Use HELP for the commands; capitals show how far each can be abbreviated.",
    ),
    Message(
        "SSLP421E",
        "{word} is not an operand of {command}",
        "The word was not recognized in this place, or is abbreviated too much.",
        "Use HELP for the operands; capitals show how far each can be abbreviated.",
    ),
    Message(
        "SSLP422E",
        "{command} needs an operand: {expected}",
        "The command is not complete.",
        "Add the operand and issue the command again.",
    ),
    Message(
        "SSLP423E",
        "{word} is not an option",
        "Options follow the left parenthesis. The syntax shows which ones go with the command.",
        "Correct the option; capitals show how far each can be abbreviated.",
    ),
    Message(
        "SSLP424E",
        "{option} needs {expected}, not {word}",
        "The option's operand is missing or not valid.",
        "Correct the operand and issue the command again.",
    ),
    Message(
        "SSLP425E",
        "{option} is given more than once",
        "An option may be given once, after the left parenthesis or in its form with two hyphens.",
        "Leave one of them out.",
    ),
    Message(
        "SSLP426E",
        "{option} does not apply to {command}",
        "Each command has options of its own. MONITOR, for instance, repeats queries only.",
        "Leave the option out, or use another command.",
    ),
    Message(
        "SSLP427E",
        "{word} is not expected there",
        "Options are enclosed once: a left parenthesis, the options, and if wished a right parenthesis at the end.",
        "Correct the parentheses; in a shell, quote them.",
    ),
    Message(
        "SSLP429E",
        "{reason}",
        "The command's shell-style options were not understood.",
        "Use --help for the options.",
    ),
    Message(
        "SSLP430E",
        "{command} was interrupted",
        "The command ended before the stack's answer.  What the stack was asked to change goes on.",
        "Use SSLADMIN QUERY STATUS to see the result.",
    ),
    Message(
        "SSLP431E",
        "There is no help for {word}",
        "HELP knows the commands, as far as this release provides them, and the message ids.",
        "Use HELP alone for the commands.",
    ),
    Message(
        "SSLP432E",
        "The stack refused the command",
        "The stack's message has an id that this command's release does not know.",
        "Use the commands that were installed with the stack.",
    ),
    Message(
        "SSLP434E",
        "{word} is ambiguous: {meanings}",
        "The word is the beginning of several keywords.",
        "Type more of it; capitals show how far each keyword can be abbreviated.",
    ),
    Message(
        "SSLP435E",
        "The settings in {path} cannot be used: {reason}",
        "SET keeps its targets in this file, and later commands look there for what they do not name.",
        "Use SSLADMIN CLEAR, which removes the file, or correct its permissions.",
    ),
    Message(
        "SSLP436E",
        "The settings in {path} cannot be changed: {reason}",
        "SET and CLEAR change a file of the user who issues the command.",
        "Correct the permissions of the directory, or name another one in the variable XDG_STATE_HOME.",
    ),
    Message(
        "SSLP437I",
        "Later SSLADMIN commands have these targets where they name none",
        "SET was accepted, for the user who issued it.",
        "None. CLEAR ends it.",
    ),
    Message(
        "SSLP438I",
        "The targets of later SSLADMIN commands are no longer set",
        "CLEAR was accepted: commands are for all servers again, and for the stack that they name.",
        "None.",
    ),
    Message(
        "SSLP439W",
        "{caller} was refused {command}",
        "Somebody who is neither in :admin_id_list. nor in the OBEY statement, and does not run the stack, asked for "
        "a privileged command.",
        "None, unless it should not happen. Otherwise add the login name to one of the lists.",
    ),
    Message(
        "SSLP440W",
        "{count} more like {message} were not logged",
        "Callers that do not keep to the rules get a bounded number of lines in ten seconds.",
        "SSLADMIN QUERY STATUS has the counts.",
    ),
    Message(
        "SSLP441E",
        "{words} cannot follow --interactive",
        "With -i commands are read from the prompt, or line by line from standard input.",
        "Leave the command out, or the option.",
    ),
    Message(
        "SSLP442E",
        "SYSTEM does not answer {query}, only: {known}",
        "SYSTEM runs nothing: it answers a fixed set of queries about a server, in the manner of CP.",
        "Use one of the queries; capitals show how far each can be abbreviated.",
    ),
    Message(
        "SSLP443I",
        "{userid} is not logged on",
        "QUERY asked for a user ID that has no process: neither the stack, nor its agent, nor a server that runs.",
        "None.",
    ),
    Message(
        "SSLP444I",
        "There is no segment {name}",
        "QUERY NSS asked for a segment that this stack does not have.",
        "Use QUERY NSS alone for the stack's segment.",
    ),
    Message(
        "SSLP445E",
        "--remote needs {expected}, not {found}",
        "Remote administration is over TLS: it needs an address, the operator's certificate with its private key, and "
        "the certificates of the authorities that the stack's certificate may come from.",
        "Give --remote host:port, --certificate file and --authorities file.",
    ),
    Message(
        "SSLP446E",
        "Cannot administer the stack at {address}: {reason}",
        "The connection, or its TLS handshake, failed. The reason is in the words of the system or of the TLS library; "
        "a stack that does not accept the certificate says why in its log.",
        "Check address and port (:admin_port.), that the certificate comes from an authority in the stack's key "
        "database, and that the stack's certificate has the name that was asked for (or give --name).",
    ),
    Message(
        "SSLP450E",
        "Remote administration is not possible: the key database has no certificate {label}",
        ":admin_port. names a label that is not among the trusted certificates with a private key.",
        "Add the certificate with gskkyman and use SSLADMIN REFRESH, or name another label.",
    ),
    Message(
        "SSLP451E",
        "Remote administration is not possible: the key database has no authority {label}",
        "Clients need a certificate from an authority that the key database trusts, that of :admin_port. where it "
        "names one.",
        "Add the authority's certificate with gskkyman and use SSLADMIN REFRESH.",
    ),
    Message(
        "SSLP452E",
        "Remote administration is not possible: cannot listen on {local}: {reason}",
        "The address of :admin_port. is in use, or does not belong to this machine.  The stack tries again every few "
        "seconds, and at once with SSLADMIN REFRESH.",
        "Free the port, or correct :admin_port. and start the stack again.",
    ),
    Message(
        "SSLP453I",
        "Remote administration is on {local} with label {label}",
        "Administrators with a client certificate may use SSLADMIN and NETSTAT from other machines.",
        "None.",
    ),
    Message(
        "DTCSSL2421E",
        "{server}: Communication error: {reason}",
        "The server did not answer an administrative command, for instance because it is not active.",
        "Use SSLADMIN QUERY STATUS to see the server's state, and start it with SSLADMIN START if it is "
        "Eligible or Stopped.",
    ),
)
