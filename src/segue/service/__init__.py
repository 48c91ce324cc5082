"""What segue does for its users, one function per deed; commands, HTTP and pages only call these."""
