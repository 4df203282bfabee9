insert into core.vendors (id, source, source_key, source_version, batch_id, code, name, is_unreviewed)
select distinct on (n.code)
    ops.stable_id('vendors', %(source)s, n.code), %(source)s, n.code, %(source_version)s, %(batch_id)s, n.code, left(n.value, 200), true
from (
    select w.value, w.scope, left(ops.name_key(coalesce(nullif(w.scope, ''), w.value)), 200) as code
    from wanted as w
) as n
left join core.vendors as by_code on n.code = ops.name_key(by_code.code)
left join core.vendors as by_name on n.scope = '' and ops.name_key(n.value) = ops.name_key(by_name.name)
where by_code.id is null and by_name.id is null
order by n.code, n.value
