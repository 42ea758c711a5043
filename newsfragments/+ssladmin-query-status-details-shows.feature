SSLADMIN QUERY STATUS DETAILS shows the VMSSL operands in effect (`Operands`; JSON `operands`), EXEMPT as given, CACHECLEANUP, GSKTRACE and TLSFALLBACKSCSV included.
