select o.verdict, coalesce(sum(o.n_rows), 0)::bigint as n_rows from outcome as o group by o.verdict
