Servers change the chain that they send within a second, without REFRESH, when an issuer's certificate expires or the renewed one becomes valid. Sessions go on and are resumed.
