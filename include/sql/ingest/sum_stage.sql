select i.currency, sum(i.amount) as amount from stage as i group by i.currency
