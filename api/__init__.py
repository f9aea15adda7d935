"""HTTP: commands in, views out, refusals as problem documents, and the dashboard's pages."""
