"""For each command: a sound one, and the faults for which it is refused, in the order in which the rules are asked."""
