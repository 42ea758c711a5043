"""
What a server does with a connection: sessions, the stages that they go through, and what each kind of them is for.
"""
