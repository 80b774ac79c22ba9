-- Question: which rows that an import would change or take away has somebody else changed since they were compared, in the same fields?
-- Held until the transaction ends, so that nobody changes them in between.
-- Composed with: staging, table, fid, geometry, clashes (an array of names or nulls), geometry_name. Index: the table's fid, staging (_fid).
select s._fid, case when t.{fid} is null then array['_deleted'] when s._change = 'gone' then array['_changed']
       else array_remove({clashes} || case when {geometry_name} = any(s._differs) and not public.st_orderingequals(t.{geometry}, s._geom_was)
                                            and not public.st_orderingequals(t.{geometry}, s.{geometry}) then {geometry_name} end, null) end as fields
  from {staging} s left join {table} t on t.{fid} = s._fid
 where s._change in ('changed', 'gone') and t.version is distinct from s._version and not (s._change = 'gone' and t.{fid} is null)
