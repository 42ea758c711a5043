SIGHUP reloads the stack: it checks its configuration files, follows what has changed in them as OBEY does, and does a REFRESH. With an error nothing changes.
