"""
FTP: every client with every application, see README.md beside.
"""
