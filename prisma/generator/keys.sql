-- Every key of the tables in some schemas: primary and unique keys, indexes, foreign keys. Partial indexes and
-- those on expressions are left out, as a Prisma schema cannot say them in full.
select
    space.nspname as schema_name,
    relation.relname as table_name,
    case
        when index.indisprimary then 'primary key'
        when index.indisunique then 'unique key'
        else 'index'
    end as kind,
    array(
        select attribute.attname::text
        from unnest(index.indkey) with ordinality as part (number, position)
        inner join pg_catalog.pg_attribute as attribute
            on relation.oid = attribute.attrelid and part.number = attribute.attnum
        order by part.position
    ) as columns
from pg_catalog.pg_index as index
inner join pg_catalog.pg_class as relation on index.indrelid = relation.oid
inner join pg_catalog.pg_namespace as space on relation.relnamespace = space.oid
where
    space.nspname = any(%(schemas)s)
    and index.indpred is null
    and index.indexprs is null
    and not relation.relispartition

union all

select
    space.nspname as schema_name,
    relation.relname as table_name,
    'foreign key to ' || target_space.nspname || '.' || target.relname as kind,
    array(
        select attribute.attname::text
        from unnest(foreign_key.conkey) with ordinality as part (number, position)
        inner join pg_catalog.pg_attribute as attribute
            on relation.oid = attribute.attrelid and part.number = attribute.attnum
        order by part.position
    ) as columns
from pg_catalog.pg_constraint as foreign_key
inner join pg_catalog.pg_class as relation on foreign_key.conrelid = relation.oid
inner join pg_catalog.pg_namespace as space on relation.relnamespace = space.oid
inner join pg_catalog.pg_class as target on foreign_key.confrelid = target.oid
inner join pg_catalog.pg_namespace as target_space on target.relnamespace = target_space.oid
where space.nspname = any(%(schemas)s) and foreign_key.contype = 'f' and foreign_key.conparentid = 0;
