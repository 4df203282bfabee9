insert into ops.holidays (day, name) values (%(day)s, %(name)s)
