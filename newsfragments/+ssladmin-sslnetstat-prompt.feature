`ssladmin -i` and `sslnetstat -i` are a prompt of their own, with history and completion of
commands, options and user IDs, where the syntax of z/VM needs no quoting; without a
terminal they read commands line by line.
