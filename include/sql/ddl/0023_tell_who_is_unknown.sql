-- The door says at once whom nobody knows. Its login still reads nothing of core: it asks about names that it was sent,
-- and is told those that name nothing. The rules are those of include/sql/ingest/lookups/ and checks/users.sql.

create function ops.unknown_names(target text, names text[]) returns setof text
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    case target
        when 'departments' then
            return query
            select n.name
            from unnest(names) as n (name)
            where ops.name_key(n.name) not in (
                select ops.name_key(d.code) from core.departments as d where d.deleted_at is null
                union all
                select ops.name_key(d.name) from core.departments as d where d.deleted_at is null);
        when 'categories' then
            return query
            select n.name
            from unnest(names) as n (name)
            where ops.name_key(n.name) not in (
                select ops.name_key(d.code) from core.categories as d where d.deleted_at is null
                union all
                select ops.name_key(d.name) from core.categories as d where d.deleted_at is null);
        when 'users' then
            return query
            select n.name
            from unnest(names) as n (name)
            where not exists (
                    select from core.users as u where u.deleted_at is null and lower(u.employee_no) = lower(n.name))
                and not exists (
                    select from core.users as u where u.deleted_at is null and lower(u.email) = lower(n.name));
        when 'donors' then
            return query
            select n.name
            from unnest(names) as n (name)
            where not exists (select from core.donors as d where d.deleted_at is null and d.code = n.name);
        when 'meters' then
            return query
            select n.name
            from unnest(names) as n (name)
            where not exists (select from core.meters as m where m.deleted_at is null and m.code = n.name);
    end case;
end
$$;
comment on function ops.unknown_names(text, text[])
is 'Which of these names the load would not find in a dataset; it refuses datasets that the API refers to by no field.';

-- Who holds an address keeps it, also having left. A row that core has in a newer version claims nothing.
create function ops.others_emails(employee_nos text[], emails text[]) returns table (employee_no text, email text)
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
    select claim.employee_no, claim.email
    from unnest(employee_nos, emails) as claim (employee_no, email)
    where exists (
            select from core.users as o where o.email = claim.email and o.employee_no <> claim.employee_no)
        and not exists (
            select from core.users as t where t.employee_no = claim.employee_no and t.source_version > now())
$$;
comment on function ops.others_emails(text[], text[])
is 'Which of these pairs of a person and an e-mail would be refused, as the e-mail is somebody else''s.';

-- A single row asks for its people each time.
create index users_employee_no_lower_idx on core.users (lower(employee_no));
create index users_email_lower_idx on core.users (lower(email));

alter function ops.unknown_names(text, text[]) owner to owner_core;
alter function ops.others_emails(text[], text[]) owner to owner_core;
revoke all on function ops.unknown_names(text, text[]), ops.others_emails(text[], text[]) from public;
grant execute on function ops.unknown_names(text, text[]), ops.others_emails(text[], text[]) to svc_api;
grant execute on function ops.name_key(text) to svc_api; -- to compare rows of one batch as look-ups do
