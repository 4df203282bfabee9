-- Words that the value maps of the sources' profiles do not know, by how many rows hold them.
select
    u.source,
    u.dataset,
    u.field,
    u.word,
    sum(u.n_rows)::bigint as n_rows,
    max(u.seen_at) as last_at
from reporting.unmapped_values as u
where (%(source)s::text is null or u.source = %(source)s)
group by u.source, u.dataset, u.field, u.word
order by n_rows desc, u.source asc, u.field asc, u.word asc
limit %(rows)s
