-- What rows of a batch were rejected for, the commonest first; samples show shapes.
select
    r.field,
    r.code,
    r.sample,
    count(*) as n_rows
from ops.rejects as r
where r.batch_id = %(batch_id)s
group by r.field, r.code, r.sample
order by n_rows desc, r.field asc, r.code asc, r.sample asc
limit 8
