-- Rejected rows of runs by reason.
select
    rejects.code,
    count(*) as rows_rejected
from ops.rejects
inner join ops.batches on rejects.batch_id = batches.batch_id
where batches.dag_id = %(dag_id)s and batches.run_id = any(%(run_ids)s)
group by rejects.code
order by rows_rejected desc, rejects.code asc
