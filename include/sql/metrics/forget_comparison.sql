drop table different
