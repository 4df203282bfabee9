-- What every month depends on and no affected period tells: grants, their donors, and the rates that donors prescribe.
select md5(coalesce(string_agg(r.line, ',' order by r.line), '')) as hash
from (
    select concat_ws('|', 'grant', g.id, g.currency, g.starts_on, g.ends_on, g.donor_id, g.deleted_at) as line
    from core.grants as g
    union all
    select concat_ws('|', 'rate', f.from_currency, f.to_currency, f.valid_from, f.valid_to, f.rate, f.donor_id, f.deleted_at)
    from core.fx_rates as f
    where f.kind = 'donor_fixed'
) as r
