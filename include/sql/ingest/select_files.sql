-- Files of a period, with what has become of each dataset of theirs since they were last delivered. What only dry runs
-- have seen was not delivered; a dry run looks at what lies in the inbox as if it were delivered now.
select
    f.file_id, f.source, f.name, f.sha256, f.original_removed_at,
    coalesce(
        jsonb_agg(distinct jsonb_build_array(b.dataset, b.profile_version))
            filter (
                where b.status in ('loaded', 'duplicate', 'failed', 'replaced', 'withdrawn')
                    and not b.is_rehearsal
                    and b.collected_at >= f.last_seen_at
                    and f.file_id <> all(%(lying)s::uuid[])),
        '[]') as ended
from ops.files as f
left join ops.batches as b on f.file_id = b.file_id
where f.source = any(%(sources)s)
    and (f.last_seen_at is not null or f.file_id = any(%(lying)s::uuid[]))
    and (%(delivered_from)s::date is null or f.delivered_to >= %(delivered_from)s)
    and (%(delivered_before)s::date is null or f.delivered_to < %(delivered_before)s)
group by f.file_id
order by f.source_version, f.first_seen_at, f.name
