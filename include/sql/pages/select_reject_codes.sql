-- Rejected rows of the last days by code: how many, and how many still wait to be mended.
select
    r.code,
    count(*) as n_rejects,
    count(*) filter (where r.is_open) as n_open,
    max(r.rejected_at) as last_at
from reporting.reject_counts as r
where r.rejected_at >= now() - make_interval(days => %(days)s)
    and (%(source)s::text is null or r.source = %(source)s)
group by r.code
order by n_rejects desc, r.code asc
limit %(rows)s
