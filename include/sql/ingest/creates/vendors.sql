-- What is asked for and unknown is created; what had been deleted comes back. Both wait to be reviewed.
with asked as (
    select w.value, w.scope, left(ops.name_key(coalesce(nullif(w.scope, ''), w.value)), 200) as code
    from wanted as w
),

named as (
    select a.value, a.scope, t.id, t.deleted_at, false as is_by_name
    from asked as a
    inner join core.vendors as t on a.code = ops.name_key(t.code)
    union all
    select a.value, a.scope, t.id, t.deleted_at, true
    from asked as a
    inner join core.vendors as t on a.scope = '' and ops.name_key(a.value) = ops.name_key(t.name)
),

revived as (
    update core.vendors as t
    set deleted_at = null, is_unreviewed = true, batch_id = %(batch_id)s, updated_at = now()
    where t.id in (
        select distinct on (n.value, n.scope) n.id
        from named as n
        left join named as living on n.value = living.value and n.scope = living.scope and living.deleted_at is null
        where living.id is null
        order by n.value, n.scope, n.is_by_name, n.id
    )
)

insert into core.vendors (id, source, source_key, source_version, batch_id, code, name, is_unreviewed)
select distinct on (a.code)
    ops.stable_id('vendors', %(source)s, a.code), %(source)s, a.code, %(source_version)s, %(batch_id)s, a.code, left(a.value, 200), true
from asked as a
left join named as n on a.value = n.value and a.scope = n.scope
where n.id is null
order by a.code, a.value
