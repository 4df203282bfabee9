-- Every column of the tables and views in some schemas, as the database knows it.
select
    space.nspname as schema_name,
    relation.relname as table_name,
    attribute.attname as column_name,
    case
        when element.typtype = 'e' then element_space.nspname || '.' || element.typname
        else format_type(element.oid, attribute.atttypmod)
    end || case when element.oid <> attribute.atttypid then '[]' else '' end as type_name,
    not attribute.attnotnull as is_nullable,
    pg_get_expr(default_value.adbin, default_value.adrelid) as default_text,
    array(
        select label.enumlabel::text
        from pg_catalog.pg_enum as label
        where label.enumtypid = element.oid
        order by label.enumsortorder
    ) as labels
from pg_catalog.pg_attribute as attribute
inner join pg_catalog.pg_class as relation on attribute.attrelid = relation.oid
inner join pg_catalog.pg_namespace as space on relation.relnamespace = space.oid
inner join pg_catalog.pg_type as column_type on attribute.atttypid = column_type.oid
inner join pg_catalog.pg_type as element
    on element.oid = case
        when column_type.typcategory = 'A' then column_type.typelem
        else column_type.oid
    end
inner join pg_catalog.pg_namespace as element_space on element.typnamespace = element_space.oid
left join pg_catalog.pg_attrdef as default_value
    on attribute.attrelid = default_value.adrelid and attribute.attnum = default_value.adnum
where
    space.nspname = any(%(schemas)s)
    and relation.relkind in ('r', 'p', 'v', 'm')
    and not relation.relispartition
    and attribute.attnum > 0
    and not attribute.attisdropped
order by space.nspname, relation.relname, attribute.attnum;
