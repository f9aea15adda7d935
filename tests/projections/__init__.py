"""Tests of the views, on a real PostgreSQL."""
