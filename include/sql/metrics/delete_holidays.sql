delete from ops.holidays
