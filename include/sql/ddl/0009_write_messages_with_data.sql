-- What a run has to tell is written in the transaction that loads the data, and folded into the run's message later:
-- a run whose ending was killed is told by the next one.

create table ops.outbox_parts (
    batch_id uuid primary key references ops.batches,
    dag_id text not null,
    run_id text not null,
    written_at timestamptz not null default now(),
    folded_into text
);
comment on table ops.outbox_parts is 'Batches that came home and must be told; folded_into: dedupe key of the message that does.';
create index outbox_parts_untold_idx on ops.outbox_parts (dag_id, run_id) where folded_into is null;
alter table ops.outbox_parts owner to owner_core;
grant select, insert, update on ops.outbox_parts to pipeline;
grant select on ops.outbox_parts to auditor, svc_exporter;
