-- What may happen to a delivery after it came home: it comes again, comes late, is mended, or is taken back.

-- A file that is dropped again asks to be looked at again, whatever became of it before.
alter table ops.files add column last_seen_at timestamptz;
update ops.files set last_seen_at = first_seen_at;
alter table ops.files alter column last_seen_at set default now(), alter column last_seen_at set not null;

-- Rows that a delivery brought and that were home already. They are not written anew, so only this tells that a newer
-- delivery confirmed them, when an older one comes late. Packed, because an export from the year's first day repeats
-- its rows every day.
create table ops.sightings (
    batch_id uuid not null references ops.batches,
    part integer not null,
    dataset text not null,
    source_version timestamptz not null,
    row_ids uuid[] not null,
    primary key (batch_id, part)
);
comment on table ops.sightings is 'Rows that a batch found unchanged in core, from an older delivery: ids in parts of ten thousand.';
create index sightings_newer_idx on ops.sightings (dataset, source_version);

alter table ops.batches
add column is_snapshot boolean not null default false,
add column withdrawn_at timestamptz,
add column withdrawn_by text,
add column withdrawal_batch_id uuid references ops.batches;
comment on column ops.batches.withdrawal_batch_id is 'The batch that took this one back.';

alter table ops.rejects add column carried_to_batch_id uuid references ops.batches;
comment on column ops.rejects.carried_to_batch_id is 'The batch that rejected the same row again: the reject goes on there.';
create index rejects_mended_by_idx on ops.rejects (mended_by_batch_id) where mended_by_batch_id is not null;

create table ops.mendings (
    batch_id uuid not null references ops.batches,
    row_number bigint not null,
    reject_id bigint not null,
    n_alike bigint not null default 0,
    primary key (batch_id, row_number, reject_id)
);
comment on table ops.mendings is 'Which reject a row of a mended file mends, and how many accepted rows of the original are like it.';

create table ops.exports (
    export_id bigint generated always as identity primary key,
    kind text not null check (kind in ('rejects')),
    source text not null,
    dataset text not null,
    batch_id uuid not null references ops.batches,
    file_name text not null,
    n_rows bigint not null,
    sha256 text not null,
    exported_by text not null,
    exported_at timestamptz not null default now()
);
comment on table ops.exports is 'Values that left the warehouse as a file: what, how many rows, by whom, when; append-only.';
create trigger exports_are_append_only before update or delete or truncate on ops.exports
for each statement execute function ops.refuse_change();

-- The pipeline may put a former version back, and does not read the history otherwise.
create function core.former_row(of_table text, of_row uuid, of_batches uuid[]) returns jsonb
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
    select v."row"
    from core.row_versions as v
    where v.table_name = of_table and v.row_id = of_row
        and not exists (
            select from ops.batches as b
            where b.batch_id = (v."row" ->> 'batch_id')::uuid
                and (b.status = 'withdrawn' or b.batch_id = any (of_batches)))
    order by v.id desc
    limit 1
$$;
comment on function core.former_row(text, uuid, uuid[])
is 'The latest version of a row that none of these batches, and no withdrawn one, made.';

create function core.ended_states(of_table text, of_batches uuid[])
returns table (row_id uuid, is_by_batch boolean)
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
    select v.row_id, bool_and(v.ended_by_batch_id is not null)
    from core.row_versions as v
    where v.table_name = of_table and (v."row" ->> 'batch_id')::uuid = any (of_batches)
        and not coalesce(v.ended_by_batch_id = any (of_batches), false)
    group by v.row_id
$$;
comment on function core.ended_states(text, uuid[])
is 'Rows that these batches wrote and that others changed since: by batches, or by a person.';

alter table ops.sightings owner to owner_core;
alter table ops.mendings owner to owner_core;
alter table ops.exports owner to owner_core;
alter function core.former_row(text, uuid, uuid[]) owner to owner_core;
alter function core.ended_states(text, uuid[]) owner to owner_core;
revoke all on function core.former_row(text, uuid, uuid[]), core.ended_states(text, uuid[]) from public;
grant execute on function core.former_row(text, uuid, uuid[]), core.ended_states(text, uuid[]) to pipeline;
grant select, insert, delete on ops.sightings, ops.mendings to pipeline;
grant select, insert on ops.exports to pipeline;
grant delete on ops.ledger to pipeline; -- a batch that is taken back may be loaded again
grant select on ops.exports to auditor;
