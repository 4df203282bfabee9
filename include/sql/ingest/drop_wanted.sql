drop table pg_temp.wanted
