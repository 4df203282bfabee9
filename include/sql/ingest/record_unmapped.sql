insert into ops.unmapped_values (batch_id, field, word, n_rows)
values (%(batch_id)s, %(field)s, %(word)s, %(rows)s)
