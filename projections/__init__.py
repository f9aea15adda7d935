"""One module per view of the log: its tables, its projection and its queries."""
