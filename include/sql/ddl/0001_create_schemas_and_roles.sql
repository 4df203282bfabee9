-- The schemas, who owns them, who may log in, and a database in which PUBLIC has nothing.
-- Roles belong to the whole cluster: another database of ours may have made them before, so everything about
-- them is said in a way that may be said twice. Objects belong to this database and are made once.

do $$
declare
    may_log_in constant boolean := true;
    wanted record;
    existing pg_catalog.pg_roles;
begin
    for wanted in
        select * from (values
            -- Owners: nobody logs in as one; svc_admin and the migrations act as them.
            ('owner_core', not may_log_in, -1),
            ('owner_audit', not may_log_in, -1),
            ('owner_marts', not may_log_in, -1),
            ('owner_reporting', not may_log_in, -1),
            -- Groups: what a reader may see hangs on these, never on a login.
            ('finance', not may_log_in, -1),
            ('operations', not may_log_in, -1),
            ('analyst', not may_log_in, -1),
            ('auditor', not may_log_in, -1),
            ('pipeline', not may_log_in, -1),
            ('dashboard', not may_log_in, -1),
            -- Logins: one per duty, each with as many connections as the duty needs.
            ('svc_pipeline', may_log_in, 40),
            ('svc_dbt', may_log_in, 12),
            ('svc_api', may_log_in, 20),
            ('svc_dashboard', may_log_in, 30),
            ('svc_exporter', may_log_in, 4),
            ('svc_audit', may_log_in, 4),
            ('svc_admin', may_log_in, 8)
        ) as roles (name, logs_in, connections)
    loop
        select * into existing from pg_catalog.pg_roles where rolname = wanted.name;
        if not found then
            execute format(
                'create role %I %s %s connection limit %s',
                wanted.name,
                case when wanted.logs_in then 'login' else 'nologin' end,
                -- What these two may become, they become by SET ROLE, one thing at a time.
                case when wanted.name in ('svc_admin', 'svc_dashboard') then 'noinherit' else 'inherit' end,
                wanted.connections);
        elsif existing.rolsuper or existing.rolbypassrls or existing.rolcreaterole
            or existing.rolcanlogin <> wanted.logs_in then
            raise exception 'the role % exists in this cluster with other powers than it may have here', wanted.name
                using hint = 'Rename or alter that role, or use a cluster of its own.';
        end if;
    end loop;
end
$$;

-- Whoever migrates acts as the owners; a superuser can do so anyway.
do $$
declare
    owner_name name;
begin
    if not (select rolsuper from pg_catalog.pg_roles where rolname = current_user) then
        foreach owner_name in array array['owner_core', 'owner_audit', 'owner_marts', 'owner_reporting'] loop
            if not pg_has_role(current_user, owner_name, 'usage') then
                execute format('grant %I to %I', owner_name, current_user);
            end if;
        end loop;
    end if;
end
$$;

grant pipeline to svc_pipeline;
grant dashboard, finance, operations, analyst, auditor to svc_dashboard;
grant owner_core, owner_audit, owner_marts, owner_reporting to svc_admin;

-- A statement that has lost its reader, or a session that forgot its transaction, ends by itself.
alter role svc_pipeline set statement_timeout = '60min';
alter role svc_pipeline set idle_in_transaction_session_timeout = '15min';
alter role svc_dbt set statement_timeout = '60min';
alter role svc_dbt set idle_in_transaction_session_timeout = '15min';
alter role svc_api set statement_timeout = '30s';
alter role svc_api set idle_in_transaction_session_timeout = '60s';
alter role svc_dashboard set statement_timeout = '10s';
alter role svc_dashboard set idle_in_transaction_session_timeout = '30s';
alter role svc_dashboard set default_transaction_read_only = on;
alter role svc_exporter set statement_timeout = '5s';
alter role svc_exporter set idle_in_transaction_session_timeout = '10s';
alter role svc_exporter set default_transaction_read_only = on;
alter role svc_audit set statement_timeout = '60s';
alter role svc_audit set idle_in_transaction_session_timeout = '60s';
alter role svc_admin set statement_timeout = '60min';
alter role svc_admin set idle_in_transaction_session_timeout = '30min';

revoke all on schema public from public;

-- Only the global form takes EXECUTE away from PUBLIC; with IN SCHEMA it would do nothing.
alter default privileges for role owner_core revoke execute on functions from public;
alter default privileges for role owner_audit revoke execute on functions from public;
alter default privileges for role owner_marts revoke execute on functions from public;
alter default privileges for role owner_reporting revoke execute on functions from public;

create schema core authorization owner_core;
comment on schema core is 'The organisation''s rows, as prisma/schema.prisma describes them.';
create schema ops authorization owner_core;
comment on schema ops is 'The pipelines'' own books: files, batches, rejects, run log, messages.';
create schema audit authorization owner_audit;
comment on schema audit is 'The audit trail.';
create schema staging authorization owner_marts;
comment on schema staging is 'dbt: one view per source table.';
create schema intermediate authorization owner_marts;
comment on schema intermediate is 'dbt: steps between staging and marts.';
create schema marts authorization owner_marts;
comment on schema marts is 'dbt: what reports and models read.';
create schema analytics authorization owner_marts;
comment on schema analytics is 'Results of the models: forecasts, anomalies, scores, carbon.';
create schema reporting authorization owner_reporting;
comment on schema reporting is 'What people and dashboards read: masked views and aggregates.';
create schema privacy authorization owner_reporting;
comment on schema privacy is 'What the masked views need and nobody else may read.';
create schema extensions;
comment on schema extensions is 'Extensions, apart from the organisation''s own objects.';

do $$
begin
    if exists (select from pg_catalog.pg_available_extensions where name = 'pgcrypto') then
        create extension if not exists pgcrypto with schema extensions;
        -- EXECUTE for PUBLIC comes with the extension, whose functions belong to the superuser whoever installs it:
        -- nobody else can take the right away, and without USAGE on the schema it is of no use.
        if (select rolsuper from pg_catalog.pg_roles where rolname = current_user) then
            revoke all on all functions in schema extensions from public;
        end if;
    else
        raise warning 'pgcrypto is not available on this server: encrypted columns cannot be filled'
            using hint = 'Debian and Ubuntu ship it with the package postgresql.';
    end if;
end
$$;

create table ops.schema_migrations (
    name text primary key,
    sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
    applied_at timestamptz not null default now(),
    applied_by text not null default current_user
);
comment on table ops.schema_migrations is 'Migrations that this database has; each row is written in its migration''s own transaction.';
alter table ops.schema_migrations owner to owner_core;
