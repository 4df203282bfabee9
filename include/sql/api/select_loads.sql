-- What became of a file, dataset by dataset: the newest attempt since it was accepted.
select distinct on (b.dataset)
    b.batch_id, b.dataset, b.status, b.error_code, b.rows_read, b.rows_loaded, b.rows_unchanged, b.rows_superseded,
    b.rows_rejected, b.finished_at,
    (
        select coalesce(jsonb_object_agg(c.code, c.n), '{}')
        from (select r.code, count(*) as n from ops.rejects as r where r.batch_id = b.batch_id group by r.code) as c
    ) as rejects,
    (
        select coalesce(
            jsonb_agg(
                jsonb_build_object(
                    'currency', m.currency, 'read', m.amount_read::text, 'loaded', m.amount_loaded::text,
                    'unchanged', m.amount_unchanged::text, 'superseded', m.amount_superseded::text,
                    'rejected', m.amount_rejected::text) order by m.currency),
            '[]')
        from ops.batch_amounts as m
        where m.batch_id = b.batch_id
    ) as amounts
from ops.batches as b
where b.file_id = %(file_id)s and b.collected_at >= %(accepted_at)s
order by b.dataset asc, b.collected_at desc
