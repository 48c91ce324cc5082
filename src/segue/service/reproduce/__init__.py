"""`segue reproduce paper`: the report's experiment, run to the end and written down."""
