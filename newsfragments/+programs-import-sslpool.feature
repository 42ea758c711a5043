Programs that import ``sslpool.application`` can be checked with its type annotations (``py.typed``, PEP 561).
