"""The metrics: which months to build, dbt, publishing what it built, and closing a month."""
