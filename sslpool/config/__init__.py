"""
The configuration: text, then tokens with file and line, then frozen records,
then the rules between the files, then one L{sslpool.config.configuration.Configuration}.

Pure: reads no files and runs in any process (the stack and C{sslpool check}).
"""
