-- Originals whose time is over. Counted are the years of the longest kept dataset that was read from them, since they
-- were last delivered, under whatever name. One that no profile knew, or that has a dataset without an end, stays; so
-- does one that a run is reading. A run takes six hours at most (dagrun_timeout): what is still open then was killed.
select f.archive_uri
from ops.files as f
inner join ops.batches as b on f.file_id = b.file_id
where f.archive_uri in (select kept.archive_uri from ops.files as kept where kept.original_removed_at is null)
group by f.archive_uri
having
    bool_and(%(years)s::jsonb ->> b.dataset is not null) filter (where b.dataset <> %(unknown)s)
    and bool_and(b.status not in ('collected', 'validated') or b.collected_at < now() - interval '6 hours')
    and max(coalesce(f.last_seen_at, f.first_seen_at))
    + make_interval(years => max((%(years)s::jsonb ->> b.dataset)::integer)) < now()
order by f.archive_uri
