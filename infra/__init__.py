"""How facts are kept and moved: the store, the codec, PostgreSQL, Kafka, evidence, keys and settings."""
