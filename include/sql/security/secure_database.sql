-- Who may connect to this database. Neither a clone of a template nor a restored dump carries these rights, so
-- they are said again after every migration run; saying them twice changes nothing.
do $$
begin
    execute format('revoke all on database %I from public', current_database());
    execute format(
        'grant connect on database %I to svc_pipeline, svc_dbt, svc_api, svc_dashboard, svc_exporter, svc_audit, '
        'svc_admin', current_database());
    -- Loads stage their rows in a temporary table: COPY is refused on a table with row security.
    execute format('grant temporary on database %I to pipeline, svc_dbt', current_database());
    execute format('alter database %I set timezone = ''UTC''', current_database());
end
$$;
