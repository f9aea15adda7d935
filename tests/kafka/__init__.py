"""The relay and its topics, on a real broker."""
