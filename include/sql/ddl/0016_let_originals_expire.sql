-- An archived original goes when its time is over (include/privacy/policy.yaml); the ledger keeps its name and sha256.

alter table ops.files add column original_removed_at timestamptz;
comment on column ops.files.original_removed_at is 'When its time in the archive was over; null while the original is there.';
