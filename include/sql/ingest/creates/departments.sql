insert into core.departments (id, source, source_key, source_version, batch_id, code, name, is_unreviewed)
select distinct on (n.code)
    ops.stable_id('departments', %(source)s, n.code), %(source)s, n.code, %(source_version)s, %(batch_id)s, n.code, left(n.value, 200), true
from (
    select w.value, case when length(ops.name_key(w.value)) <= 64 then ops.name_key(w.value) else md5(ops.name_key(w.value)) end as code
    from wanted as w
) as n
where not exists (
    select from core.departments as t
    where t.code = n.code or ops.name_key(t.code) = n.code or ops.name_key(t.name) = ops.name_key(n.value)
)
order by n.code, n.value
