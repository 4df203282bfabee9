-- The pipelines' own books: what was delivered, read, rejected, loaded, and what must be said about it.

create function ops.name_key(name text) returns text
language sql immutable strict parallel safe
return lower(btrim(regexp_replace(name, '\s+', ' ', 'g')));
comment on function ops.name_key(text) is 'A name as look-ups compare it: lower case, single spaces.';

-- RFC 9562 UUID version 8: the same row gets the same id in every database and after every rebuild.
create function ops.stable_id(dataset text, source text, source_key text) returns uuid
language sql immutable strict parallel safe
return overlay(overlay(
    md5(dataset || chr(31) || source || chr(31) || source_key) placing '8' from 13) placing '8' from 17)::uuid;
comment on function ops.stable_id(text, text, text) is 'Deterministic id of a core row (RFC 9562 UUIDv8).';

create table ops.files (
    file_id uuid primary key default gen_random_uuid(),
    source text not null,
    name text not null,
    sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
    bytes bigint not null check (bytes >= 0),
    delivered_from date not null,
    delivered_to date not null,
    source_version timestamptz not null,
    archive_uri text not null,
    first_seen_at timestamptz not null default now(),
    unique (source, name, sha256),
    check (delivered_to >= delivered_from)
);
comment on table ops.files is 'File ledger: one row per name and content ever delivered; the original is archived.';
create index files_sha256_idx on ops.files (sha256);

create table ops.batches (
    batch_id uuid primary key default gen_random_uuid(),
    file_id uuid not null references ops.files,
    source text not null,
    dataset text not null,
    profile_version integer not null,
    dag_id text not null,
    run_id text not null,
    status text not null default 'collected'
        check (status in ('collected', 'validated', 'loaded', 'duplicate', 'failed', 'dry_run', 'withdrawn')),
    error_code text,
    period_from date,
    period_to date,
    rows_read bigint not null default 0,
    rows_skipped bigint not null default 0,
    rows_accepted bigint not null default 0,
    rows_rejected bigint not null default 0,
    rows_inserted bigint not null default 0,
    rows_updated bigint not null default 0,
    rows_loaded bigint not null generated always as (rows_inserted + rows_updated) stored,
    rows_unchanged bigint not null default 0,
    rows_superseded bigint not null default 0,
    rows_deleted bigint not null default 0,
    spool_uri text,
    spool_sha256 text,
    warnings jsonb not null default '[]',
    collected_at timestamptz not null default now(),
    finished_at timestamptz,
    seconds numeric(12, 3) not null default 0,
    constraint batches_accounting_identity check (
        status <> 'loaded'
        or rows_read = rows_inserted + rows_updated + rows_unchanged + rows_superseded + rows_rejected)
);
comment on table ops.batches is 'One file, one dataset, one attempt to bring it home.';
create index batches_run_idx on ops.batches (dag_id, run_id);
create index batches_file_idx on ops.batches (file_id);
create index batches_recent_idx on ops.batches (collected_at);
create unique index batches_one_open_per_run_key on ops.batches (dag_id, run_id, file_id, dataset);

create table ops.batch_amounts (
    batch_id uuid not null references ops.batches,
    currency text not null,
    amount_read numeric(20, 2) not null default 0,
    amount_accepted numeric(20, 2) not null default 0,
    amount_rejected numeric(20, 2) not null default 0,
    amount_loaded numeric(20, 2) not null default 0,
    amount_unchanged numeric(20, 2) not null default 0,
    amount_superseded numeric(20, 2) not null default 0,
    primary key (batch_id, currency)
);
comment on table ops.batch_amounts is 'Sums of a batch per currency; rejected sums cover the rows whose amount could be read.';

create table ops.ledger (
    source text not null,
    dataset text not null,
    sha256 text not null,
    profile_version integer not null,
    batch_id uuid not null references ops.batches,
    loaded_at timestamptz not null default now(),
    primary key (source, dataset, sha256, profile_version)
);
comment on table ops.ledger is 'What is home: the same bytes under the same profile version count once.';

create table ops.rejects (
    reject_id bigint generated always as identity primary key,
    batch_id uuid not null references ops.batches,
    source text not null,
    dataset text not null,
    file_name text not null,
    row_number bigint not null,
    field text not null,
    code text not null,
    sample text not null default '',
    rejected_at timestamptz not null default now(),
    mended_by_batch_id uuid references ops.batches,
    mended_at timestamptz
);
comment on table ops.rejects is 'Quarantine: every rejected row with the first reason it was rejected for; samples are masked.';
create index rejects_batch_idx on ops.rejects (batch_id);
create index rejects_open_idx on ops.rejects (source, dataset, code) where mended_by_batch_id is null;

create table ops.unmapped_values (
    batch_id uuid not null references ops.batches,
    field text not null,
    word text not null,
    n_rows bigint not null,
    primary key (batch_id, field, word)
);
comment on table ops.unmapped_values is 'Words that value maps do not know; the rows were loaded as they stood, or rejected.';

create table ops.run_log (
    run_log_id bigint generated always as identity primary key,
    dag_id text not null,
    run_id text not null,
    attempt integer not null,
    status text not null check (status in ('success', 'failed')),
    error_code text,
    period_from date,
    period_to date,
    rows_written bigint not null default 0,
    seconds numeric(12, 3) not null default 0,
    run_at timestamptz not null default now(),
    unique (dag_id, run_id, attempt)
);
comment on table ops.run_log is 'One final line per DAG run and attempt; append-only.';

create table ops.affected_periods (
    dataset text not null,
    month date not null check (extract(day from month) = 1),
    version bigint not null default 1,
    batch_id uuid references ops.batches,
    affected_at timestamptz not null default now(),
    primary key (dataset, month)
);
comment on table ops.affected_periods is 'Months whose rows changed; the version rises with every change.';

create table ops.period_cursor (
    consumer text not null,
    dataset text not null,
    month date not null,
    version bigint not null,
    moved_at timestamptz not null default now(),
    primary key (consumer, dataset, month)
);
comment on table ops.period_cursor is 'How far each consumer has come in ops.affected_periods.';

create table ops.outbox (
    message_id bigint generated always as identity primary key,
    dedupe_key text not null unique,
    topic text not null,
    message jsonb not null,
    state text not null default 'pending' check (state in ('pending', 'sent', 'dead')),
    attempts integer not null default 0,
    next_attempt_at timestamptz not null default now(),
    last_error text,
    slack_ts text,
    created_at timestamptz not null default now(),
    sent_at timestamptz
);
comment on table ops.outbox is 'Messages to people, written with the data they speak of and delivered afterwards, once per dedupe key.';
create index outbox_pending_idx on ops.outbox (next_attempt_at) where state = 'pending';

create function ops.refuse_change() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
    raise exception '%.% is append-only', tg_table_schema, tg_table_name using errcode = 'insufficient_privilege';
end
$$;
create trigger run_log_is_append_only before update or delete or truncate on ops.run_log
for each statement execute function ops.refuse_change();

alter function ops.name_key(text) owner to owner_core;
alter function ops.stable_id(text, text, text) owner to owner_core;
alter function ops.refuse_change() owner to owner_core;
alter table ops.files owner to owner_core;
alter table ops.batches owner to owner_core;
alter table ops.batch_amounts owner to owner_core;
alter table ops.ledger owner to owner_core;
alter table ops.rejects owner to owner_core;
alter table ops.unmapped_values owner to owner_core;
alter table ops.run_log owner to owner_core;
alter table ops.affected_periods owner to owner_core;
alter table ops.period_cursor owner to owner_core;
alter table ops.outbox owner to owner_core;

revoke all on function ops.name_key(text), ops.stable_id(text, text, text), ops.refuse_change() from public;
grant usage on schema ops to pipeline, svc_exporter, svc_dashboard, auditor;
grant execute on function ops.name_key(text), ops.stable_id(text, text, text) to pipeline;
grant select, insert, update on ops.files, ops.batches, ops.batch_amounts, ops.ledger, ops.rejects, ops.unmapped_values,
    ops.affected_periods, ops.period_cursor, ops.outbox to pipeline;
grant delete on ops.batch_amounts, ops.rejects, ops.unmapped_values to pipeline; -- a batch that is validated again tells them anew
grant select, insert on ops.run_log to pipeline;
grant select on ops.files, ops.batches, ops.batch_amounts, ops.rejects, ops.unmapped_values, ops.run_log, ops.affected_periods to auditor;
grant select on ops.batches, ops.batch_amounts, ops.rejects, ops.run_log, ops.affected_periods, ops.outbox to svc_exporter;
