update ops.outbox_parts
set folded_into = %(key)s
where dag_id = %(dag_id)s and run_id = any(%(run_ids)s) and folded_into is null
