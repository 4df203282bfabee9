-- An expense may be corrected without its shares; a run that brought both is over by now.
with corrected as (
    select b.batch_id
    from ops.batches as b
    where b.dag_id = %(dag_id)s and b.run_id = %(run_id)s
        and b.dataset = 'expenses' and b.status = 'loaded' and b.rows_updated > 0
),

outdated as (
    select e.batch_id, count(*) as n_rows
    from core.expenses as e
    inner join corrected as c on e.batch_id = c.batch_id
    inner join (
        select a.expense_id, sum(a.amount) as amount
        from core.expense_allocations as a
        where a.deleted_at is null
        group by a.expense_id
    ) as shares on e.id = shares.expense_id
    where e.deleted_at is null and shares.amount <> e.amount
    group by e.batch_id
)

update ops.batches as b
set warnings = b.warnings || jsonb_build_array(jsonb_build_object('code', 'shares_outdated', 'rows', o.n_rows::text))
from outdated as o
where b.batch_id = o.batch_id and not b.warnings @> '[{{"code": "shares_outdated"}}]'
returning o.n_rows
