-- The door's own books: who holds a key, what was accepted and under which file name it lies in the inbox, which
-- answers are kept for a request that is sent again, and who must be told when a batch is done.

create table ops.api_keys (
    prefix text primary key check (prefix ~ '^[a-z0-9]{8}$'),
    name text not null,
    scopes text[] not null check (cardinality(scopes) > 0),
    created_at timestamptz not null default now(),
    created_by text not null default session_user,
    expires_at timestamptz not null,
    revoked_at timestamptz,
    last_used_at timestamptz
);
comment on table ops.api_keys is 'Keys of the API: who holds one, what it may do, until when.';

create table ops.api_secrets (
    prefix text primary key references ops.api_keys,
    secret_sha256 text not null check (secret_sha256 ~ '^[0-9a-f]{64}$'),
    webhook_url text check (webhook_url ~ '^https?://'),
    webhook_secret text,
    check (webhook_url is null or webhook_secret is not null)
);
comment on table ops.api_secrets
is 'What proves a key: its secret''s sha256, as 256 random bits need no slow hash; and where its holder is told, signed how.';
comment on column ops.api_secrets.webhook_secret is 'Signs what is sent to webhook_url; it opens nothing.';

create table ops.api_batches (
    batch_id uuid primary key,
    source text not null,
    dataset text,
    kind text not null check (kind in ('single', 'batch', 'file')),
    file_name text not null,
    sha256 text check (sha256 ~ '^[0-9a-f]{64}$'),
    n_rows bigint not null default 0 check (n_rows >= 0),
    n_refused bigint not null default 0 check (n_refused >= 0),
    accepted_at timestamptz not null default now(),
    delivered_at timestamptz
);
comment on table ops.api_batches
is 'What the API accepted, one row per file that it puts into the inbox; written before the file gets its name there.';
comment on column ops.api_batches.dataset is 'Null for an uploaded file: its profile says what is in it.';
comment on column ops.api_batches.sha256 is 'Of the finished file; null while rows are still added to it.';
create index api_batches_undelivered_idx on ops.api_batches (file_name) where delivered_at is null;

create table ops.api_notices (
    batch_id uuid not null references ops.api_batches on delete cascade,
    prefix text not null references ops.api_keys,
    event_id uuid not null unique default gen_random_uuid(),
    state text not null default 'waiting' check (state in ('waiting', 'sent', 'dead', 'unwanted')),
    attempts integer not null default 0,
    next_attempt_at timestamptz not null default now(),
    last_result text,
    ended_at timestamptz,
    primary key (batch_id, prefix)
);
comment on table ops.api_notices is 'Which keys sent rows of a batch, and whether each one''s webhook has been told that it is done.';
create index api_notices_waiting_idx on ops.api_notices (next_attempt_at) where state = 'waiting';

create table ops.api_requests (
    prefix text not null references ops.api_keys,
    idempotency_key text not null check (length(idempotency_key) between 1 and 255),
    request_sha256 text not null check (request_sha256 ~ '^[0-9a-f]{64}$'),
    status smallint not null,
    answer json not null,
    answered_at timestamptz not null default now(),
    primary key (prefix, idempotency_key)
);
comment on table ops.api_requests is 'Answers kept for a day, so that a request sent again is answered alike and done once.';
create index api_requests_age_idx on ops.api_requests (answered_at);

alter table ops.api_keys owner to owner_core;
alter table ops.api_secrets owner to owner_core;
alter table ops.api_batches owner to owner_core;
alter table ops.api_notices owner to owner_core;
alter table ops.api_requests owner to owner_core;

grant usage on schema ops to svc_api;
grant select on ops.api_keys, ops.api_secrets to svc_api;
grant update (last_used_at) on ops.api_keys to svc_api;
grant select, insert on ops.api_batches to svc_api;
grant update (sha256, n_rows, delivered_at) on ops.api_batches to svc_api;
grant delete on ops.api_batches to svc_api; -- a file to which nothing was added
grant select, insert on ops.api_notices to svc_api;
grant update (state, attempts, next_attempt_at, last_result, ended_at) on ops.api_notices to svc_api;
grant select, insert, delete on ops.api_requests to svc_api;
grant select (file_id, source, name, sha256, first_seen_at, last_seen_at) on ops.files to svc_api;
grant select (
    batch_id, file_id, source, dataset, status, error_code, rows_read, rows_accepted, rows_rejected, rows_inserted,
    rows_updated, rows_loaded, rows_unchanged, rows_superseded, collected_at, finished_at
) on ops.batches to svc_api;
grant select on ops.batch_amounts to svc_api;
grant select (reject_id, batch_id, source, dataset, file_name, row_number, field, code, sample, rejected_at, mended_at)
on ops.rejects to svc_api;
grant select on ops.api_keys, ops.api_batches, ops.api_notices to auditor, svc_exporter;
