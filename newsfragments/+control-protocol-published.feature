The control protocol is a published interface: `docs/protocol.md` has its commands, records
and error codes, `sslpool.control.client` is for programs of your own, and
`docs/examples/watch.py` is one. Releases understand each other across compatible
changes, and a connection that only watches is not cut.
