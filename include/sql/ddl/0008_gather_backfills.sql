-- Runs of backfills that have ended, until one message tells of all of them; and a cleared run whose broken file was
-- delivered again need not fail for the old one.

alter table ops.batches drop constraint batches_status_check;
alter table ops.batches add constraint batches_status_check check (
    status in ('collected', 'validated', 'loaded', 'duplicate', 'failed', 'replaced', 'dry_run', 'withdrawn')
);

create table ops.backfill_runs (
    dag_id text not null,
    run_id text not null,
    attempt integer not null,
    error_code text,
    ended_at timestamptz not null default now(),
    told_by text,
    primary key (dag_id, run_id, attempt)
);
comment on table ops.backfill_runs is 'Ended runs of backfills; told_by is the dedupe key of the message that tells of them.';
alter table ops.backfill_runs owner to owner_core;
grant select, insert, update on ops.backfill_runs to pipeline;
grant select on ops.backfill_runs to auditor, svc_exporter;
