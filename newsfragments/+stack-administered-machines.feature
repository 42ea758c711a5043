The stack can be administered from other machines: `:admin_port.` names a port and a
certificate, and `ssladmin --remote host:port --certificate FILE --authorities FILE` uses it
over TLS with a client certificate whose name is in `:admin_id_list.` or `OBEY`.
