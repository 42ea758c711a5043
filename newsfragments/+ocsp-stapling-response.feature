OCSP stapling: a response in LABEL.ocsp beside the key file is stapled while it is good and current (SSLP143W otherwise); "sslpool staple" fetches responses from the authorities' responders.
