-- Files that were refused as a whole, by the batch that noted their rejects last: their good rows are not home either.
select f.name, b.dataset, b.error_code, count(*) as n_rejects
from ops.reject_states as r
inner join ops.batches as b on r.batch_id = b.batch_id
inner join ops.files as f on b.file_id = f.file_id
where r.source = %(source)s and r.is_open and b.status = 'failed'
group by b.batch_id, f.file_id
order by f.source_version, f.name, b.dataset
