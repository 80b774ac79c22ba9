-- Question: which features of a layer lay where the outer layer's units have been taken away?
-- Parameters: gone (EWKB hex of the outer layer's old shapes), crumb, slack_m, day, most, and the caller's scope. Index: both layers' spatial indexes.
with lost as materialized (
  select public.st_buffer(part.geom, 0) as geom
    from unnest(%(gone)s::text[]) kept(shape)
   cross join lateral (
     select coalesce(public.st_difference(kept.shape::public.geometry, public.st_union(c.geom)), kept.shape::public.geometry) as geom
       from {outer} c where c.geom operator(public.&&) kept.shape::public.geometry) rest
   cross join lateral public.st_dump(public.st_collectionextract(rest.geom, 3)) part
   where public.st_area(part.geom) > %(crumb)s)
select distinct b.fid from lost join {features} b on b.geom operator(public.&&) lost.geom and public.st_intersects(b.geom, lost.geom)
 limit %(most)s
