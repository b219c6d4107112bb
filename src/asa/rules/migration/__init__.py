"""What `asa review` judges revisions by: locks, rewrites, lost data, what cannot be undone."""
