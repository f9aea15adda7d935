"""Tests that are small in an ordinary run and large on demand."""
