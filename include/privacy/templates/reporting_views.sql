-- The masked views: what people and dashboards read instead of core and audit.
-- Generated from include/privacy/policy.yaml by `python -m include.privacy.security_sql`; run whenever it has changed.

-- As their owner, so that no view ever belongs to a superuser, whom row security does not hold.
set local role owner_reporting;

grant usage on schema reporting to finance, operations, analyst, auditor, dashboard;

delete from privacy.raw_columns;
insert into privacy.raw_columns (table_name, group_name, column_names) values
$raw_columns;
$views