"""Contracts in bulk: a workbook to fill in, its rows read strictly, and each contract sent through the ordinary door."""
