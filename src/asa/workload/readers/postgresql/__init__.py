"""PostgreSQL's server logs: three forms of entries, one way from entries to records."""
