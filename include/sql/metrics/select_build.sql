-- The run's last build that is ready to be published or was; and whether a later build has taken its place, however that
-- one ended: it has written over the tables.
select
    b.build_id,
    b.status,
    b.is_full,
    b.months,
    b.work,
    b.rows_written,
    (
        select count(*) > 0 from ops.metric_builds as l
        where l.started_at > b.started_at
    ) as is_overtaken,
    (select count(*) > 0 from ops.metric_builds as p where p.status = 'published') as has_predecessor
from ops.metric_builds as b
where b.dag_id = %(dag_id)s and b.run_id = %(run_id)s and b.status in ('built', 'published')
order by b.started_at desc
limit 1
