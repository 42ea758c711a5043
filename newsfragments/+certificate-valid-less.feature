For a certificate that is valid for less than 90 days, the warning comes in the last third of its life, not 30 days before it ends; the stack looks every hour.
