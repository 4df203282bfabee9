-- Rows that other loaded batches found unchanged, and the newest batch that did: they are theirs as well.
create temporary table confirmed on commit drop as
select distinct on (sighted.id) sighted.id, s.batch_id, s.source_version
from ops.sightings as s
inner join ops.batches as b on s.batch_id = b.batch_id and b.status = 'loaded'
cross join lateral unnest(s.row_ids) as sighted (id)
where s.dataset = %(dataset)s and not s.batch_id = any(%(batches)s)
order by sighted.id asc, s.source_version desc
