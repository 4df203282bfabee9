-- What is asked for and unknown is created; what had been deleted comes back. Both wait to be reviewed.
with asked as (
    select w.value, case when length(ops.name_key(w.value)) <= 64 then ops.name_key(w.value) else md5(ops.name_key(w.value)) end as code
    from wanted as w
),

named as (
    select a.value, t.id, t.deleted_at, ops.name_key(t.name) = ops.name_key(a.value) as is_by_name
    from asked as a
    inner join core.categories as t
        on a.code = t.code or a.code = ops.name_key(t.code) or ops.name_key(a.value) = ops.name_key(t.name)
),

revived as (
    update core.categories as t
    set deleted_at = null, is_unreviewed = true, batch_id = %(batch_id)s, updated_at = now()
    where t.id in (
        select distinct on (n.value) n.id
        from named as n
        where not exists (select from named as living where living.value = n.value and living.deleted_at is null)
        order by n.value, n.is_by_name, n.id
    )
)

insert into core.categories (id, source, source_key, source_version, batch_id, code, name, is_unreviewed)
select distinct on (a.code)
    ops.stable_id('categories', %(source)s, a.code), %(source)s, a.code, %(source_version)s, %(batch_id)s, a.code, left(a.value, 200), true
from asked as a
where not exists (select from named as n where n.value = a.value)
order by a.code, a.value
