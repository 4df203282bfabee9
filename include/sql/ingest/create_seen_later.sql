-- Rows that newer deliveries found unchanged: this one comes late, and must neither change nor delete them.
create temporary table seen_later on commit drop as
select distinct sighted.id
from ops.sightings as s
inner join ops.batches as b on s.batch_id = b.batch_id and b.status = 'loaded'
cross join lateral unnest(s.row_ids) as sighted (id)
where s.dataset = %(dataset)s and s.source_version > %(source_version)s
