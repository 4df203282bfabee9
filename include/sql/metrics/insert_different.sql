insert into {mart} ({columns})
select {columns} from {build} as b
where not exists (
    select from {mart} as t
    where md5(row({of_mart})::text) = md5(row({of_build})::text)
)
