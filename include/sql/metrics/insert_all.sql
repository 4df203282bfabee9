insert into {mart} ({columns})
select {columns} from {build}
