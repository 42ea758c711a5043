"""
Where the roles of the stack process meet: L{sslpool.composition.stack} puts it together.
"""
