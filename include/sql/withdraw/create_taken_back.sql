-- The rows that stand in core as these batches wrote them, and what becomes of each.
create temporary table taken_back on commit drop as
select
    t.id,
    judged.verdict,
    judged.former,
    c.batch_id as confirmed_by,
    c.source_version as confirmed_version,
    t.deleted_at is null as was_alive,
    {row_currency} as currency,
    {row_amount} as amount,
    {row_month} as month
from core.{table} as t
left join confirmed as c on t.id = c.id and t.source_version < c.source_version
left join core.ended_states(%(dataset)s, %(batches)s) as e on t.id = e.row_id
cross join lateral (
    select core.former_row(%(dataset)s, t.id, %(batches)s) as former
) as history
cross join lateral (
    select
        history.former,
        case
            when not e.is_by_batch then 'changed_by_person'
            when c.id is not null then 'confirmed'
            when history.former is not null then 'restored'
            when t.deleted_at is null then 'deleted'
            else 'nothing'
        end as verdict
) as judged
where t.batch_id = any(%(batches)s)
