-- Files of a period, with what has become of each dataset of theirs since they were last delivered.
select
    f.file_id, f.source, f.name, f.sha256, f.original_removed_at,
    coalesce(
        jsonb_agg(distinct jsonb_build_array(b.dataset, b.profile_version))
            filter (where b.status in ('loaded', 'duplicate', 'failed', 'replaced', 'withdrawn') and b.collected_at >= f.last_seen_at),
        '[]') as ended
from ops.files as f
left join ops.batches as b on f.file_id = b.file_id
where f.source = any(%(sources)s)
    and (%(delivered_from)s::date is null or f.delivered_to >= %(delivered_from)s)
    and (%(delivered_before)s::date is null or f.delivered_to < %(delivered_before)s)
group by f.file_id
order by f.source_version, f.first_seen_at, f.name
