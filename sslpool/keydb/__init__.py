"""
The key database: certificates and private keys under labels, in one file that
only its owner changes and the SSL servers read.

On C{cryptography} and SQLite alone; no reactor, no OpenSSL binding.
"""
