update ops.backfill_runs set told_by = %(key)s where dag_id = %(dag_id)s and told_by is null
