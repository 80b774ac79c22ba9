-- Question: what in each matched row would become another, what was it, and is that anything at all?
-- A shape counts as unchanged within tolerance_m: a file that was written in degrees comes back within a millimetre or two.
-- Long shapes are compared vertex by vertex: the Hausdorff distance of two of them would take minutes.
-- Composed with: staging, table, fid, geometry, differs (an array of names or nulls), was (name, value pairs). Parameters: tolerance_m, long.
update {staging} s
   set _differs = array_remove(found.differs || case when found.same then null else {geometry_name} end, null),
       _was = found.was, _geom_was = found.geom_was,
       _change = case when found.same and cardinality(array_remove(found.differs, null)) = 0 then 'unchanged' else 'changed' end
  from (select s._no, {differs} as differs, {was} as was, t.{geometry} as geom_was, case
               when public.st_orderingequals(t.{geometry}, s.{geometry}) then true
               when public.st_npoints(t.{geometry}) <> public.st_npoints(s.{geometry}) then false
               when public.st_npoints(t.{geometry}) > %(long)s then
                 public.st_orderingequals(public.st_snaptogrid(t.{geometry}, 2 * %(tolerance_m)s), public.st_snaptogrid(s.{geometry}, 2 * %(tolerance_m)s))
               else public.st_hausdorffdistance(t.{geometry}, s.{geometry}) <= %(tolerance_m)s end as same
          from {staging} s join {table} t on t.{fid} = s._fid) found
 where found._no = s._no
