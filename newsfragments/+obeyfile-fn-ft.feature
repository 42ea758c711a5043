``obeyfile fn ft [fm]`` finds the file ``FN.FT``, and ``obeyfile --help`` and HELP are about ``obeyfile`` alone.
