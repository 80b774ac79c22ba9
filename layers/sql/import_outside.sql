-- Question: which rows of a file lie outside the wards that their importer may edit, or replace a row that does?
-- Composed with: staging, table, fid, geometry. Parameters: wards, day, slack_m. Index: layers_adminunit (code, valid_from).
with own as materialized (
  select public.st_buffer(public.st_union(w.geom), %(slack_m)s) as geom from public.layers_adminunit w
   where w.code = any(%(wards)s) and w.valid_from <= %(day)s and (w.valid_until is null or w.valid_until > %(day)s))
delete from {staging} s using own
 where not coalesce(public.st_covers(own.geom, s.{geometry})
       and not exists (select 1 from {table} t where t.{fid} = s._fid and not public.st_covers(own.geom, t.{geometry})), false)
returning s._no
