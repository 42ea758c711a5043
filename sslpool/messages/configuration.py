# -*- test-case-name: tests.test_messages -*-
"""
Messages of the section "configuration" of the catalogue: what is found in configuration files.
Every process.
"""

from __future__ import annotations

from sslpool.messages import dtcparms
from sslpool.messages.entry import Message

_ANY_FILE = (
    Message(
        "SSLP200I",
        "{what} is not used here",
        "The original has it for something that does not exist here. It was read and has no effect.",
        "None. It may be removed.",
    ),
    Message(
        "SSLP201E",
        "{found} is not a statement of {kind}",
        "No statement has this keyword, so what follows it could not be read either.",
        "Correct the spelling, or make the line a comment with a semicolon.",
    ),
    Message(
        "SSLP202E",
        "{statement}: read {found}, expected {expected}",
        "A word of the statement or tag is missing, or is not one that may stand there.",
        "Write what is expected.",
    ),
    Message(
        "SSLP203I",
        "{what} has no effect: {reason}",
        "It was read and checked, and nothing is different without it.",
        "None. It may be removed.",
    ),
    Message(
        "SSLP205E",
        "{statement} has no {end}",
        "The list is not ended before the next statement or the end of the file.",
        "Add the end of the list.",
    ),
    Message(
        "SSLP206W",
        "{what} is given again; it was given at line {other} already",
        "The statement or name stands in the file more than once. Of statements the last one counts.",
        "Remove the one that is not meant.",
    ),
    Message(
        "SSLP287W",
        "{what} is given again; what was given last counts",
        "A word that can be there once stands twice in the same statement or tag.",
        "Remove the one that is not meant.",
    ),
    Message(
        "SSLP288W",
        "{network} is in {where} already",
        "The network stands twice in the same list.  The second time changes nothing.",
        "Remove it, or correct it if another network is meant.",
    ),
    Message(
        "SSLP207W",
        "{tag} is given again in the same entry; the one at line {other} counts",
        "An entry has a tag only once.",
        "Remove the one that is not meant, or begin a new entry with :nick. before it.",
    ),
)

_PROFILE = (
    Message(
        "SSLP209E",
        "{found} is not a port or a range of ports",
        "A PORT entry begins with a port from 1 to 65535, or a range such as 8000-8010.",
        "Correct the port.",
    ),
    Message(
        "SSLP210E",
        "Port {port} UDP cannot be SECURE",
        "Only TCP connections can be secured.",
        "Remove SECURE and its label, or change UDP to TCP.",
    ),
    Message(
        "SSLP211E",
        "Ports {first} to {last} cannot be SECURE in one entry",
        "SECURE is for a single port.",
        "Write one entry for each secure port.",
    ),
    Message(
        "SSLP212E",
        "MAXPERSSLSERVER {found} is more than {most}",
        "One server owns at most this many sessions.",
        "Lower MAXPERSSLSERVER, and raise HIGH of the POOL statement in USER.DIRECT for more sessions.",
    ),
    Message(
        "SSLP213W",
        "MAXPERSSLSERVER {each} does not divide MAXSESSIONS {total} evenly",
        "The last server can then not be used fully.",
        "Make MAXSESSIONS a multiple of MAXPERSSLSERVER.",
    ),
    Message(
        "SSLP214W",
        "A password in AUTOLOG is not used; 0 was expected in its place",
        "Servers are started without a password. If the word is a user ID, that server is not started.",
        "Write 0 after each user ID.",
    ),
    Message(
        "SSLP215W",
        "SSL server {userid} is ignored in AUTOLOG",
        "The stack itself starts its SSL servers and their agent.",
        "Remove it from AUTOLOG.",
    ),
    Message(
        "SSLP216E",
        "No SSLSERVERID statement",
        "Without it the stack starts no SSL server, and nothing can be secured.",
        "Add SSLSERVERID * TIMEOUT 60 for a pool, or name the one server in place of *.",
    ),
    Message(
        "SSLP217W",
        "No PORT entry has SECURE",
        "The stack would listen nowhere.",
        "Add an entry such as 8443 TCP WEBSERV SECURE WEBCERT to the PORT statement.",
    ),
    Message(
        "SSLP218E",
        "Port {port} is taken already by the entry at line {other}",
        "A secure port has one entry for each address. An entry without BIND covers all addresses, BIND 0.0.0.0 all "
        "of IPv4, and BIND :: all of IPv6. Two sockets cannot listen on the same address.",
        "Remove one of the entries, or give each its own address with BIND.",
    ),
    Message(
        "SSLP224E",
        "BIND {address}: nobody can connect to this address: {reason}",
        "The address is well-formed, but no socket can listen on it.",
        "Give an address of this machine, or leave BIND out to listen on all of them.",
    ),
    Message(
        "SSLP225W",
        ":admin_port. {local} is taken already by PORT {port} at line {other}",
        "Two sockets cannot listen on the same address.  The secure port gets it, and remote administration is not "
        "possible.",
        "Give :admin_port. another port, or give each of them its own address.",
    ),
    Message(
        "SSLP219W",
        "The pool has room for fewer sessions than MAXSESSIONS {total}: {reach} (servers: {high}, MAXPERSSLSERVER "
        "{each})",
        "MAXSESSIONS is more than the servers can have.",
        "Raise HIGH of the POOL statement in USER.DIRECT or MAXPERSSLSERVER, or lower MAXSESSIONS.",
    ),
    Message(
        "SSLP220E",
        "No profile found; looked for {names}",
        "The stack reads the first of these files that exists in the configuration directory.",
        "Create PROFILE.TCPIP, or give the right directory with --config.",
    ),
    Message(
        "SSLP221E",
        "No :address. says where the cleartext of secure port {port} of {userid} goes",
        "A secure port needs a DTCPARMS server entry of its user ID, for this stack, with the application's address.",
        "Add an entry such as :nick.WEBSERV :type.server :address.127.0.0.1:8080 to SYSTEM.DTCPARMS.",
    ),
    Message(
        "SSLP222W",
        "There is nothing to start for {userid} in AUTOLOG",
        "AUTOLOG starts the :command. of the server's DTCPARMS entry, and there is none.",
        "Add :command. to its entry, or remove it from AUTOLOG.",
    ),
    Message(
        "SSLP223E",
        "The cleartext of secure port {port} of {userid} goes to {address}, which is a secure port itself",
        "A connection would go round in circles until no session is left.",
        "Correct :address. of the application (--connect), or the port (--listen).",
    ),
)

_PARAMETERS = (
    Message(
        "SSLP250W",
        "{operand} is obsolete and ignored; it was replaced by {replacement}",
        "The operand belonged to the single SSL server of earlier releases.",
        "Remove it.",
    ),
    Message(
        "SSLP251E",
        "{found} is not an operand of VMSSL",
        "The word could not be understood, so the servers would not run as intended.",
        "Correct the operands in :parms. or on the command line.",
    ),
    Message(
        "SSLP252E",
        "EXEMPT names both a suite ({suite}) and a strength ({strength})",
        "Cipher suites are exempted by name or by strength, not both.",
        "Remove one kind of EXEMPT.",
    ),
    Message(
        "SSLP253E",
        "PROTOCOL leaves no protocol version",
        "Every version is switched off, so no client could connect.",
        "Leave at least TLSV1_2 or TLSV1_3.",
    ),
    Message(
        "SSLP254W",
        "{version} is not provided by the TLS library",
        "The version is broken and does not exist any more. It stays off.",
        "Remove it from PROTOCOL.",
    ),
    Message(
        "SSLP255W",
        "MODE {mode} leaves only what NIST approves, but the TLS library is not a validated module",
        "Only protocol versions, cipher suites, groups of key exchange, signature algorithms and keys are used "
        "that are approved: no TLS 1.0 or 1.1, no ChaCha20, no X25519, no SHA-1, no RSA keys below 2048 bits. But "
        "OpenSSL as it comes with Python's cryptography has not been validated by anybody: this is no conformance "
        "to FIPS 140.",
        "Where a validated module is required, do not use this program for it. Otherwise none.",
    ),
    Message(
        "SSLP256W",
        "{name} is not used, because MODE {mode} does not approve it",
        "PROTOCOL or ENABLE asks for what MODE takes away; MODE counts.",
        "Remove it, or MODE.",
    ),
    Message(
        "SSLP257E",
        "{statement}: there is no cipher suite {suite}",
        "The operand takes the names of cipher suites as VMSSL has them, those of the IANA registry, and OpenSSL's; "
        "EXEMPT also takes a strength. Known are the suites in the table of the documentation of TLS policy.",
        "Correct the name.",
    ),
    Message(
        "SSLP258W",
        "ENABLE {suite} has no effect: the TLS library does not provide this cipher suite",
        "The suite is broken or was given up; no current library has it.",
        "Remove it from ENABLE.",
    ),
)

_DIRECTORY = (
    Message(
        "SSLP260I",
        "No POOL statement for USER {userid} in USER.DIRECT; servers in the pool: {high}",
        "In the directory, POOL LOW 1 HIGH n sets how many servers there can be.",
        "Add the statement if you want another number.",
    ),
    Message(
        "SSLP261E",
        "POOL LOW {low}: LOW must be 1",
        "The first server of a pool has the number 1.",
        "Write LOW 1.",
    ),
    Message(
        "SSLP262E",
        "POOL HIGH {high}: expected 1 to {most}",
        "HIGH is the number of servers that the pool can have.",
        "Correct HIGH.",
    ),
    Message(
        "SSLP263W",
        "NAMESAVE of {userid} is {found}, expected {stack}",
        "The shared segment has the name of the stack, for the servers as for their agent.",
        "Correct NAMESAVE in the directory entry or its profile.",
    ),
    Message(
        "SSLP264W",
        "The directory has no profile {profile} for the pool of {userid}",
        "The members have only what the USER statement grants.",
        "Add the PROFILE entry, or correct PROFILE in the POOL statement.",
    ),
    Message(
        "SSLP265W",
        "Profile {profile} of pool {userid} is used by pool {other} too",
        "Every pool needs a profile of its own, because NAMESAVE ties it to one stack.",
        "Give each pool its own profile.",
    ),
    Message(
        "SSLP266W",
        "Agent {userid} has privilege class {found}, expected one with E",
        "The original needs class E to own the shared segment.",
        "Add E to the classes in the USER statement, such as GE.",
    ),
    Message(
        "SSLP267W",
        "The directory has no USER entry for agent {userid}",
        "The agent is started all the same, without limits of its own.",
        "Add the entry.",
    ),
    Message(
        "SSLP268W",
        "{found} is not a statement of the CP directory",
        "The statement was skipped, here and wherever else it stands.",
        "Correct the spelling, or make the line a comment with * in front.",
    ),
    Message(
        "SSLP269E",
        "{found} stands before the first USER or PROFILE statement",
        "The statement belongs to no entry.",
        "Add the USER or PROFILE statement before it.",
    ),
    Message(
        "SSLP271W",
        "Servers of {userid} may have {found} MiB of storage, but MAXPERSSLSERVER {each} may need {needed} MiB",
        "The maximum storage is the limit of the process. A server that reaches it loses sessions, or ends.",
        "Raise the maximum storage in the USER statement, or lower SSLLIMITS MAXPERSSLSERVER.",
    ),
    Message(
        "SSLP272W",
        "OPTION MAXCONN {most} allows fewer sessions than MAXPERSSLSERVER {each}; a server takes {most}",
        "Each session of a server counts as a connection, and the lower of the two limits holds.",
        "Raise MAXCONN in the directory entry or its profile, or lower SSLLIMITS MAXPERSSLSERVER.",
    ),
    Message(
        "SSLP270I",
        "There is no TCPIP.DATA; without --stack the stack is {stack}",
        "The file names the stack with TCPIPUSERID.",
        "Create it, if the stack has another name.",
    ),
)

_READING = (
    Message(
        "SSLP280E",
        "There is no configuration directory {path}",
        "The directory does not exist, or is not a directory.",
        "Create it, for example as a copy of etc, or give the right one with --config.",
    ),
    Message(
        "SSLP281E",
        "Cannot be read: {reason}",
        "The system refused to read the file or the directory.",
        "Correct its permissions, and try again.",
    ),
    Message(
        "SSLP282E",
        "Is not a file",
        "A configuration file was expected here, and this is a directory, a pipe or a device.",
        "Remove it, or give it another name.",
    ),
    Message(
        "SSLP283E",
        "Is larger than {most} octets",
        "No configuration file is as large as this.",
        "Check whether it is the right file.",
    ),
    Message(
        "SSLP284E",
        "Is not UTF-8 text: octet {octet} at offset {offset}",
        "Configuration files are UTF-8, of which ASCII is a part.",
        "Convert the file, for example with iconv.",
    ),
    Message(
        "SSLP286E",
        "Has a NUL octet at offset {offset}",
        "A text file has none. The file may be damaged, or be UTF-16.",
        "Convert it to UTF-8, for example with iconv, or write it again.",
    ),
    Message(
        "SSLP285W",
        "Is not read, because its name is not in upper case",
        "Configuration files have upper-case names, as on z/VM.",
        "Rename the file.",
    ),
)

MESSAGES: tuple[Message, ...] = (*_ANY_FILE, *_PROFILE, *dtcparms.MESSAGES, *_PARAMETERS, *_DIRECTORY, *_READING)
