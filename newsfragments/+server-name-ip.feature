A server name that is an IP address, as Erlang, GSKit and gnutls-cli send it, chooses the label that has the address among its alternative names.
