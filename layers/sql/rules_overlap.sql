-- Question: on which other polygons do these lie, by more than a tolerance, and more than before?
-- Parameters: fids (looked at), every (touched), left, slug, fresh, whole (each pair of the layer once), tolerance_m, least_m2, most, and the caller's scope.
-- Index: the layer's spatial index; the primary key for what was touched ("+ 0": not for the order of a pair, that is half the table).
-- st_relate tells neighbours that only touch at a third of an overlay's cost; for a shape of many vertices the prepared st_intersects first.
-- No grid in the overlay: it costs four times as much, and crumbs fall through the tolerance anyway. What is not valid (rows from other
-- roads than the gateway) is made so, or the overlay refuses.
with gone as materialized ({before}),
touched as materialized (
  select a.*, public.st_npoints(a.geom) > 500 as large from {features} a where a.fid = any(%(fids)s::bigint[])),
met as materialized (
  select a.fid, b.fid as other, a.seen, b.seen as other_seen, a.version, b.version as other_version, a.name, b.name as other_name,
         a.geom as shape, b.geom as other_shape, b.fid = any(%(every)s::bigint[]) as both_touched
    from touched a
    join {features} b on b.geom operator(public.&&) a.geom and b.fid <> a.fid
                            and (b.fid + 0 > a.fid or not (%(whole)s or b.fid = any(%(every)s::bigint[])))
   where b.level is not distinct from a.level and a.since < b.until and b.since < a.until
     and (not a.large or public.st_intersects(a.geom, b.geom)) and public.st_relate(a.geom, b.geom, 'T********')),
wide as (
  select met.*, parts.fault as worst
    from met cross join lateral (
      select public.st_collect(part.geom) as fault
        from public.st_dump(public.st_collectionextract(public.st_intersection(
               case when public.st_isvalid(met.shape) then met.shape else public.st_makevalid(met.shape) end,
               case when public.st_isvalid(met.other_shape) then met.other_shape else public.st_makevalid(met.other_shape) end), 3)) part
       where public.st_area(part.geom) > %(least_m2)s
         and not public.st_isempty(public.st_buffer(part.geom, -%(tolerance_m)s / 2, 'join=mitre quad_segs=1'))) parts
   where parts.fault is not null)
select wide.fid, wide.seen, wide.version, wide.name, wide.other, wide.other_seen, wide.other_version, wide.other_name,
       public.st_asbinary(wide.shape), public.st_asbinary(wide.other_shape), public.st_asbinary(wide.worst),
       public.st_asbinary(public.st_pointonsurface(wide.worst)), public.st_area(wide.worst)
  from wide
 where not %(fresh)s or exists (
   -- what of it was not there before: an untouched neighbour was under the old shapes, two touched ones lay on one another as old shapes
   select from (
     select coalesce(public.st_difference(wide.worst, case when wide.both_touched
              then (select public.st_union(public.st_intersection(g.geom, h.geom)) from gone g join gone h
                      on g.geom operator(public.&&) h.geom and not public.st_equals(g.geom, h.geom) where g.geom operator(public.&&) wide.worst)
              else (select public.st_union(g.geom) from gone g where g.geom operator(public.&&) wide.worst) end), wide.worst) as geom) fresh,
     public.st_dump(public.st_collectionextract(fresh.geom, 3)) part
   where public.st_area(part.geom) > %(least_m2)s and not public.st_isempty(public.st_buffer(part.geom, -%(tolerance_m)s / 2, 'join=mitre quad_segs=1')))
 limit %(most)s
