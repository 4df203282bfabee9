-- The shares of an expense sum to it: those that arrive, and those in core that they do not replace.
insert into left_out (line, verdict, field, code)
select i.line, 'rejected', 'amount', 'allocation_mismatch'
from incoming as i
inner join core.expenses as e on i.expense_id = e.id
inner join (
    select share.expense_id, sum(share.amount) as amount
    from (
        select a.expense_id, a.amount from incoming as a
        union all
        select a.expense_id, a.amount
        from core.expense_allocations as a
        where a.deleted_at is null
            and a.expense_id in (select n.expense_id from incoming as n)
            and not exists (
                select from incoming as n where n.source = a.source and n.source_key = a.source_key)
    ) as share
    group by share.expense_id
) as total on i.expense_id = total.expense_id
where total.amount <> e.amount or i.currency <> e.currency
