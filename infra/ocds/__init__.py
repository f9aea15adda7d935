"""Contracts as governments publish them, in the Open Contracting Data Standard (1.0 and 1.1): read, imported, written back."""
