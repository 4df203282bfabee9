"""The steps of the pipelines, shared by all DAGs: read, one pure call, write."""
