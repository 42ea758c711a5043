The CCM suites of TLS 1.2 are in the table: ENABLE takes ECDHE_ECDSA_AES_128_CCM, RSA_AES_128_CCM, DHE_RSA_AES_128_CCM, those with 256 bits, and those with CCM_8 (strength LOW).
