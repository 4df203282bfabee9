-- What was published last, and whether a build with other rules has written over the tables since.
select
    b.fingerprint,
    (
        select count(*) > 0 from ops.metric_builds as l
        where l.started_at > b.started_at and l.fingerprint <> b.fingerprint
    ) as is_written_over
from ops.metric_builds as b
where b.status = 'published'
order by b.published_at desc
limit 1
