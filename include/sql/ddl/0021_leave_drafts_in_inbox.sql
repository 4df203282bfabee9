-- A dry run looks at files and leaves them in the inbox: what only it has seen was not delivered.

alter table ops.files alter column last_seen_at drop not null;
comment on column ops.files.last_seen_at is 'When a run last took it in; null while only dry runs have seen it.';

alter table ops.batches add column is_rehearsal boolean not null default false;
comment on column ops.batches.is_rehearsal is 'Opened by a dry run: however it ended, the file is still to be loaded.';
