-- Whether the books are there and may be read.
select exists(select from ops.api_keys)
