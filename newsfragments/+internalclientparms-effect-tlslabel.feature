INTERNALCLIENTPARMS takes effect: TLSLABEL, SECURECONNECTION and CLIENTCERTCHECK secure Telnet on the cleartext ports of INTCLIEN by START_TLS, where its entry has ``:address.``.
