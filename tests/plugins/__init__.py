"""Plugins for pytest that this project loads by name."""
