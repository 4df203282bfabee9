insert into {mart} ({columns})
select {columns} from {build} as b
where (hash_record_extended(row({of_build}), 1), hash_record_extended(row({of_build}), 2)) in (
    select d.first_half, d.second_half from different as d where d.place is null
)
