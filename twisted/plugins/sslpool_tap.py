"""
The twistd plugin: C{twistd sslpool}.
"""

from twisted.application.service import ServiceMaker

sslpool = ServiceMaker("sslpool", "sslpool.tap", "A pool of TLS servers in front of cleartext applications.", "sslpool")
