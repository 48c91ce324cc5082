"""`segue audit`: what is to be audited, the audit itself, and its report."""
