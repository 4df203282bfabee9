-- Row security of core and audit, default deny: nobody reads a table of core but its owner, the pipeline, the owner of
-- the masked views, who sees what their caller may see, and dbt, which sees all rows of the columns that it counts and sums.
-- Generated from include/privacy/policy.yaml by `python -m include.privacy.security_sql`; run whenever it has changed.

do $$$$
declare
    existing record;
begin
    for existing in
        select schemaname, tablename, policyname from pg_catalog.pg_policies
        where schemaname in ('core', 'audit')
    loop
        execute format(
            'drop policy %I on %I.%I', existing.policyname, existing.schemaname, existing.tablename);
    end loop;
end
$$$$;

revoke all on all tables in schema core, audit from
public, finance, operations, analyst, auditor, dashboard, pipeline, owner_reporting, svc_dbt;
revoke all on all sequences in schema core, audit from
public, finance, operations, analyst, auditor, dashboard, pipeline, owner_reporting, svc_dbt;

grant usage on schema core to pipeline, owner_reporting, svc_dbt;
grant usage on schema audit to owner_reporting;
$tables
