-- What value maps do not know is shown, not only counted; and rejects change without touching their indexes.

grant select on ops.unmapped_values to owner_reporting;
grant select (profile_version) on ops.batches to owner_reporting;

set local role owner_reporting;

-- Only what the newest version of a source's profile does not know: what an older one lacked has been settled since.
create view reporting.unmapped_values with (security_barrier) as
select
    b.source,
    b.dataset,
    u.field,
    u.word,
    u.n_rows,
    b.file_id,
    coalesce(b.finished_at, b.collected_at) as seen_at
from ops.unmapped_values as u
inner join ops.batches as b on u.batch_id = b.batch_id
inner join (
    select source, max(profile_version) as profile_version
    from ops.batches
    group by source
) as latest on b.source = latest.source and b.profile_version = latest.profile_version
where b.status in ('loaded', 'failed')
    and not exists (
        select from ops.batches as newer
        where newer.file_id = b.file_id and newer.dataset = b.dataset and newer.status in ('loaded', 'failed')
            and (newer.collected_at, newer.batch_id) > (b.collected_at, b.batch_id)
    );
comment on view reporting.unmapped_values is 'One row per file, field and word that the value map of the source''s profile does not know.';
grant select on reporting.unmapped_values to finance, operations, auditor;

reset role;

-- A file that is read again marks each reject of its former reading as carried on. With room on its page for the new
-- version of each, no index is written for it.
alter table ops.rejects set (fillfactor = 50);
