"""A consumer for analytics: from the Kafka topics into DuckDB, three questions answered, and compared with the API's figures."""
