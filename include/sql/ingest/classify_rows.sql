-- What the merge is about to do, counted beforehand, so that the two can be held against each other.
create temporary table outcome on commit drop as
select
    judged.verdict,
    judged.currency,
    judged.month,
    judged.former_month,
    count(*) as n_rows,
    sum(judged.amount) as amount
from (
    select
        case
            when t.id is null then 'inserted'
            when t.source_version > %(source_version)s then 'superseded'
            when t.deleted_at is not null or ({current}) is distinct from ({incoming}) then 'updated'
            else 'unchanged'
        end as verdict,
        {currency} as currency,
        {amount} as amount,
        {month} as month,
        {former_month} as former_month
    from incoming as i
    left join core.{table} as t on {match}
) as judged
group by judged.verdict, judged.currency, judged.month, judged.former_month
