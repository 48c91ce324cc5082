"""`segue audit`: the collection that is audited, the audit itself, and its report."""
