-- What a batch changed is logged in the transaction that changes it: ops.batches may be told anew, the log may not.

alter table ops.run_log
alter column attempt drop not null,
add column batch_id uuid references ops.batches,
add constraint run_log_kind_check check ((batch_id is null) = (attempt is not null));
comment on table ops.run_log is
'One final line per DAG run and attempt, and one per batch that changed core, written with its rows; append-only.';
comment on column ops.run_log.batch_id is 'The batch that the line speaks of; null in the final line of a run.';
create index run_log_batch_idx on ops.run_log (batch_id) where batch_id is not null;
