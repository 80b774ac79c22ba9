-- Question: which other points stand nearer to these than they may, that did not before?
-- Parameters: fids (looked at), every (touched), left, slug, fresh, whole, distance_m, most, and the caller's scope. Index: the layer's spatial index.
with gone as materialized ({before})
select a.fid, a.seen, a.version, a.name, b.fid, b.seen, b.version, b.name, public.st_asbinary(a.geom), public.st_asbinary(b.geom),
       public.st_asbinary(a.geom), public.st_asbinary(public.st_pointonsurface(a.geom)), public.st_distance(a.geom, b.geom)
  from {features} a
  join {features} b on b.fid <> a.fid and b.geom operator(public.&&) public.st_expand(a.geom, %(distance_m)s)
   and public.st_dwithin(a.geom, b.geom, %(distance_m)s) and a.since < b.until and b.since < a.until
   and (b.fid + 0 > a.fid or not (%(whole)s or b.fid = any(%(every)s::bigint[])))
 where a.fid = any(%(fids)s::bigint[])
   -- a point that has not moved stood there before: with whom it stands too near is not this change's doing
   and not exists (select from gone g where public.st_equals(g.geom, a.geom) and (not b.fid = any(%(every)s::bigint[])
                     or exists (select from gone h where public.st_equals(h.geom, b.geom))))
 limit %(most)s
