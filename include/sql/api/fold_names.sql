-- Names of people, or of what has a code and a name, as look-ups compare them (include/sql/ingest/lookups/).
select
    n.name,
    case when %(dataset)s = 'users' then lower(n.name) else ops.name_key(n.name) end as folded
from unnest(%(names)s::text[]) as n (name)
