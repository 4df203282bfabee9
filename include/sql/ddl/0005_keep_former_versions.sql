-- Former versions of the rows of core: set-based, so that a load of a million corrections costs one INSERT more, and
-- a load of new rows nothing.

create function core.keep_former_versions() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if tg_op = 'DELETE' then
        insert into core.row_versions (table_name, row_id, operation, ended_by, "row")
        select tg_table_name, former.id, 'delete', session_user, to_jsonb(former)
        from old_rows as former;
        return null;
    end if;
    insert into core.row_versions (table_name, row_id, operation, ended_by_batch_id, ended_by, "row")
    select
        tg_table_name,
        change.id,
        case
            when change.before ->> 'deleted_at' is null and change.after ->> 'deleted_at' is not null then 'delete'
            else 'update'
        end::core.row_operation,
        -- A batch that changes a row leaves its id in it; a person does not touch that column.
        case
            when change.before -> 'batch_id' is distinct from change.after -> 'batch_id'
                then (change.after ->> 'batch_id')::uuid
        end,
        session_user,
        change.before
    from (
        select former.id, to_jsonb(former) as before, to_jsonb(latter) as after
        from old_rows as former
        left join new_rows as latter on former.id = latter.id
    ) as change
    where change.before - 'updated_at' is distinct from change.after - 'updated_at';
    return null;
end
$$;
comment on function core.keep_former_versions() is 'Writes the rows that a statement changed, as they stood before, to core.row_versions.';
alter function core.keep_former_versions() owner to owner_core;

create function core.start_history(table_name name) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    execute format(
        'create trigger keep_updated_rows after update on core.%I '
        'referencing old table as old_rows new table as new_rows '
        'for each statement execute function core.keep_former_versions()', table_name);
    execute format(
        'create trigger keep_deleted_rows after delete on core.%I '
        'referencing old table as old_rows '
        'for each statement execute function core.keep_former_versions()', table_name);
end
$$;
comment on function core.start_history(name) is 'To be called by the migration that makes a table of core.';
alter function core.start_history(name) owner to owner_core;
revoke all on function core.keep_former_versions(), core.start_history(name) from public;

select core.start_history(relname)
from pg_catalog.pg_class
where relnamespace = 'core'::regnamespace and relkind = 'r' and relname <> 'row_versions'
order by relname;
