"""
sslpool: a pool of TLS servers in front of applications that speak cleartext.
"""

__version__ = "26.11.0"
