``sslpool check`` finds a chain of certificates that is broken (SSLP163E).
