select count(*) as n_rows from stage
