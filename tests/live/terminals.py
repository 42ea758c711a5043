"""
An application for 3270 terminals that knows no TLS: as much of TN3270 (RFC 1576) as one screen needs.
"""

from __future__ import annotations

import socket

IAC, DONT, DO, WONT, WILL, SB, SE, EOR = 255, 254, 253, 252, 251, 250, 240, 239
BINARY, TERMINAL_TYPE, END_OF_RECORD = 0, 24, 25

TEXT = "WELCOME TO THE APPLICATION"

_ERASE_WRITE, _CONTROL, _BUFFER_ADDRESS, _FIELD, _CURSOR = 0xF5, 0xC3, 0x11, 0x1D, 0x13
_PROTECTED, _INPUT = 0x60, 0x40
_SCREEN = bytes(
    [
        *(_ERASE_WRITE, _CONTROL),
        *(_BUFFER_ADDRESS, 0x40, 0x40, _FIELD, _PROTECTED),
        *TEXT.encode("cp037"),
        *(_FIELD, _INPUT, _CURSOR),
    ]
)


def terminal(connection: socket.socket) -> None:
    """
    Negotiate, show the screen, and wait for the terminal's end.
    """
    connection.sendall(bytes([IAC, DO, TERMINAL_TYPE]))
    _await(connection, bytes([IAC, WILL, TERMINAL_TYPE]))
    connection.sendall(bytes([IAC, SB, TERMINAL_TYPE, 1, IAC, SE]))
    _await(connection, bytes([IAC, SE]))
    for option in (END_OF_RECORD, BINARY):
        connection.sendall(bytes([IAC, DO, option, IAC, WILL, option]))
    connection.sendall(_SCREEN + bytes([IAC, EOR]))
    while connection.recv(65536):
        pass


def _await(connection: socket.socket, wanted: bytes) -> None:
    heard = b""
    while wanted not in heard:
        octets = connection.recv(65536)
        if not octets:
            raise ConnectionError("the terminal has gone")
        heard += octets
