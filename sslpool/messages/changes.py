# -*- test-case-name: tests.test_messages -*-
"""
Messages about changes to the configuration of a running stack: what refuses them, and what is said beside
them.  Stack process.
"""

from __future__ import annotations

from sslpool.messages.entry import Message

MESSAGES: tuple[Message, ...] = (
    Message(
        "SSLP060W",
        "Not caused by this change: {finding}",
        "The configuration had this error before the change, so the change was made.",
        "See the quoted message.",
    ),
    Message(
        "SSLP061W",
        "The configuration files have errors now, so the stack keeps using them as it last read them: {finding}",
        "A running stack rereads the files with every change. It cannot use them as they are now, so it made the "
        "change to the configuration in effect.",
        "Correct what the message names. To see every finding, use sslpool check.",
    ),
    Message(
        "SSLP062I",
        "Found in {finding}",
        "This is a comment on a file, or on an obeyed statement. The change was made.",
        "See the quoted message.",
    ),
    Message(
        "SSLP063E",
        "{file} changes nothing: no secure port would be left",
        "The stack would no longer accept any client.",
        "Keep at least one entry with SECURE or SECURECLIENT, or of an application with :dynamic. To end the "
        "service, stop the stack.",
    ),
    Message(
        "SSLP064W",
        "Further errors not caused by this change: {count}",
        "An answer repeats only the first of them.",
        "For closed ports, use SSLADMIN QUERY STATUS; for errors in the files, sslpool check.",
    ),
    Message(
        "SSLP065E",
        "{statement} would drop {entries}; {statement} ADD keeps the list, {statement} REPLACE drops these entries",
        "As on z/VM, the statement replaces the whole list, and a port that is dropped takes no new connections.",
        "To add entries, write ADD after the keyword. To have these entries alone, write REPLACE. To remove single "
        "entries, use DELETE.",
    ),
    Message(
        "SSLP066I",
        "{statement} replaced the whole list and dropped {entries}",
        "The new list does not have these entries.",
        "To add them again, write ADD after the keyword.",
    ),
    Message(
        "SSLP067E",
        "DELETE {statement} {entry}: the list has no such entry",
        "An entry is found by its port or range, and by BIND and LABEL if you give them; others by the user ID.",
        "Correct the entry. To see the secure ports, use sslnetstat allconn.",
    ),
    Message(
        "SSLP068E",
        "{what} is for OBEY and OBEYFILE, not for the profile",
        "ADD, REPLACE, and DELETE change the lists of a running stack. The profile has the lists themselves.",
        "Change the list in the profile.",
    ),
    Message(
        "SSLP069W",
        "{statement}, which was obeyed, drops {entries} of the profile",
        "The profile now has entries that the obeyed list does not have. The obeyed list stays in effect.",
        "To add these entries to the running stack, obey the statement with ADD after its keyword.",
    ),
    Message(
        "SSLP070I",
        "The {statement} list changed; added: {added}; removed: {removed}",
        "The stack does nothing for these entries now: it listens only on secure ports, AUTOLOG starts only "
        "applications with :command., and HOME sets no address. They stay in the list, and later changes find them.",
        "None.",
    ),
    Message(
        "SSLP071I",
        "The {statement} list would change; added: {added}; removed: {removed}",
        "The stack does nothing for these entries. TEST changes nothing.",
        "Issue the command without TEST to make the change.",
    ),
    Message(
        "SSLP072E",
        "{file} changes nothing: {finding}",
        "A change that gives a port a label that no server can serve is refused. Ports stay as they were.",
        "Create or import the label with gskkyman, use SSLADMIN REFRESH, then issue the command again; or correct the "
        "label in the statement.",
    ),
    Message(
        "SSLP073E",
        "{file} changes nothing: {finding}",
        "The stack could not get something that the change needs. Ports stay as they were.",
        "Correct what the quoted message names, such as the address of BIND, then issue the command again.",
    ),
    Message(
        "SSLP074E",
        "Port {port} is already taken by the entry {other}; to replace that entry, use DELETE PORT {port} first",
        "A secure port has one entry for each address. An entry without BIND covers all addresses, BIND 0.0.0.0 all "
        "of IPv4, and BIND :: all of IPv6. ADD does not change an entry.",
        "Delete the other entry in the same file or command, or before it; or give each its own address with BIND.",
    ),
    Message(
        "SSLP076E",
        "{found} is not a statement; to change the list, use {form}",
        "ADD and REPLACE follow the keyword of the list, and DELETE precedes it.",
        "Correct the statement.",
    ),
    Message(
        "SSLP077W",
        "Port {port} uses label {label}, which is no longer in the key database",
        "The servers keep the last accepted certificate of the label in memory. After a restart of the stack, the "
        "port stays closed or does not have this label.",
        "Add the label again with gskkyman, then use SSLADMIN REFRESH; or use another label.",
    ),
)
