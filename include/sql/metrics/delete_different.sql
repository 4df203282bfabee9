delete from {mart} where ctid in (select d.place from different as d where d.place is not null)
