-- Whatever could not be converted has its row in fx_coverage, and nothing was converted without a rate.
select facts.expense_id
from {{ ref('expense_facts') }} as facts
left join {{ ref('fx_coverage') }} as listed
    on facts.month = listed.month and facts.currency = listed.from_currency and listed.purpose = 'base' and listed.is_missing
where facts.measure in ('spent', 'committed')
    and (
        (facts.is_rate_missing and listed.month is null)
        or facts.is_rate_missing <> (facts.rate is null)
        or (facts.rate is not null and facts.amount_base <> round(facts.amount * facts.rate, 2))
    )
