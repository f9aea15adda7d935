"""The command line, seen from the terminal."""
