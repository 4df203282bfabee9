-- Whether a pipeline has ended at least once.
select exists(select from ops.run_log where dag_id = %(dag_id)s and batch_id is null);
