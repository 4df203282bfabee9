-- A file to which rows were added one by one is whole.
update ops.api_batches set sha256 = %(sha256)s, n_rows = %(n_rows)s where batch_id = %(batch_id)s
