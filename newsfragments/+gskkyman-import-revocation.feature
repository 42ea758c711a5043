`gskkyman import` also takes revocation lists (CRLs), which stand with the authority that signed them and are shown by `gskkyman list`; `gskkyman delete --revocations` removes one.
