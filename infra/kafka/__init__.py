"""The ledger as Kafka topics: what leaves it, under which names, and the relay that publishes it exactly once, in order."""
