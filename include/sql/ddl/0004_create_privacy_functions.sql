-- What the masked views are made of: who asks, masks, and keyed pseudonyms.

create table privacy.pseudonym_keys (
    is_only_row boolean primary key default true check (is_only_row),
    inner_key bytea not null,
    outer_key bytea not null
);
comment on table privacy.pseudonym_keys is
'The two keys of the pseudonyms, random in each deployment. Only the masked views read them, with their owner''s rights.';

-- Each gen_random_uuid() has 122 bits from the operating system's generator; two of them fill a key of 256.
insert into privacy.pseudonym_keys (inner_key, outer_key)
values (
    sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())),
    sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
);

create table privacy.raw_columns (
    table_name name not null,
    group_name name not null,
    column_names name[] not null,
    primary key (table_name, group_name)
);
comment on table privacy.raw_columns is
'Which columns a group sees as they are: what it may see of former versions of a row. Written from policy.yaml.';

-- Runs as the caller, also inside a view of another's and inside a row policy: nobody can lend their role, and no
-- setting that a session can change is asked.
create function privacy.holds(variadic group_names name[]) returns boolean
language sql stable parallel safe
set search_path = pg_catalog, pg_temp
return exists (
    select from unnest(group_names) as wanted (group_name)
    where pg_has_role(current_user, wanted.group_name, 'usage')
);
comment on function privacy.holds(name[]) is 'Whether the caller acts as one of these groups.';

-- Two nested hashes, as HMAC has them. The keys are arguments, so that the right to call this tells nothing.
create function privacy.pseudonym(value text, inner_key bytea, outer_key bytea) returns text
language sql immutable strict parallel safe
return 'p-' || left(encode(sha256(outer_key || sha256(inner_key || convert_to(value, 'UTF8'))), 'hex'), 20);
comment on function privacy.pseudonym(text, bytea, bytea) is 'A text''s keyed token.';

create function privacy.pseudonym(value uuid, inner_key bytea, outer_key bytea) returns uuid
language sql immutable strict parallel safe
return overlay(overlay(
    left(encode(sha256(outer_key || sha256(inner_key || uuid_send(value))), 'hex'), 32)
    placing '8' from 13) placing '8' from 17)::uuid;
comment on function privacy.pseudonym(uuid, bytea, bytea) is 'A key''s keyed token, an RFC 9562 UUIDv8.';

create function privacy.mask_email(value text) returns text
language sql immutable strict parallel safe
return left(value, 1) || '***@' || split_part(value, '@', 2);
comment on function privacy.mask_email(text) is 'The first letter and the domain.';

create function privacy.mask_last_two(value text) returns text
language sql immutable strict parallel safe
return '***' || case when length(value) > 4 then right(value, 2) else '' end;
comment on function privacy.mask_last_two(text) is 'The last two characters of more than four.';

create function privacy.mask_month(value date) returns date
language sql immutable strict parallel safe
return date_trunc('month', value::timestamp)::date;
comment on function privacy.mask_month(date) is 'The first day of the month.';

create function privacy.mask_scrubbed(value text) returns text
language sql immutable strict parallel safe
return regexp_replace(
    regexp_replace(
        regexp_replace(value, '[^\s@<>(),;:]+@[^\s@<>(),;:]+', '[e-mail]', 'g'),
        '\m[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}\M', '[account]', 'g'),
    '\+?\d(?:[\s./()-]{0,2}\d){5,}', '[number]', 'g');
comment on function privacy.mask_scrubbed(text) is
'Without e-mail addresses, IBANs, and numbers of six digits and more: telephone, account, card, tax and identity.';

alter table privacy.pseudonym_keys owner to owner_reporting;
alter table privacy.raw_columns owner to owner_reporting;
alter function privacy.holds(name[]) owner to owner_reporting;
alter function privacy.pseudonym(text, bytea, bytea) owner to owner_reporting;
alter function privacy.pseudonym(uuid, bytea, bytea) owner to owner_reporting;
alter function privacy.mask_email(text) owner to owner_reporting;
alter function privacy.mask_last_two(text) owner to owner_reporting;
alter function privacy.mask_month(date) owner to owner_reporting;
alter function privacy.mask_scrubbed(text) owner to owner_reporting;

-- A view asks for its caller's right to each function; without USAGE on the schema nobody can name one.
revoke all on all functions in schema privacy from public;
grant execute on all functions in schema privacy to finance, operations, analyst, auditor, dashboard;
