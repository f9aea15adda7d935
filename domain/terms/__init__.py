"""Terms that act: what a contract agrees, as values that compute exactly."""
