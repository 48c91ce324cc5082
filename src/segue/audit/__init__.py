"""What is wrong with a collection of music: damage, copies, suspicious labels and leaks, each with its evidence."""
