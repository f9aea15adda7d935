"""The ledger's promises as tests, in rooms that mirror the packages."""
