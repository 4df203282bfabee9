insert into ops.unmapped_values as u (batch_id, field, word, n_rows)
values (%(batch_id)s, %(field)s, %(word)s, %(rows)s)
on conflict (batch_id, field, word) do update set n_rows = u.n_rows + excluded.n_rows
