"""The composition root: the tally command line, demo data, benchmarks, and the scripts that run and test the ledger."""
