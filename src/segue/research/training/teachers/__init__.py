"""Published networks that segue's own network learns from: our code, their authors' weights."""
