-- Question: which of these polygons or lines are smaller than they may be, and smaller than before?
-- Parameters: fids, left, slug, fresh, least, most, and the caller's scope. Index: primary key.
with gone as materialized ({before})
select a.fid, a.seen, a.version, a.name, public.st_asbinary(a.geom), public.st_asbinary(public.st_pointonsurface(a.geom)), size.now
  from {features} a cross join lateral (select {size} as now) size
 where a.fid = any(%(fids)s::bigint[]) and size.now < %(least)s
   -- as small a shape stood here already
   and not exists (select from gone old cross join lateral (select {old_size} as was) size_before
                    where public.st_intersects(old.geom, a.geom) and size_before.was <= size.now + 1e-6)
 limit %(most)s
