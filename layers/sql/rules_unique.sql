-- Question: which other features have the same key as these while they are valid, that this change has given it?
-- Parameters: fids (looked at), every (touched), slug, fresh, whole, most, and the caller's scope. Index: one that begins with the key's columns (the layer's own constraint).
select a.fid, a.seen, a.version, a.name, b.fid, b.seen, b.version, b.name, public.st_asbinary(a.geom), public.st_asbinary(b.geom),
       null::bytea, public.st_asbinary(public.st_pointonsurface(a.geom)), 0::float8
  from {features} a
  join {features} b on {same} and b.fid <> a.fid and a.since < b.until and b.since < a.until
   and (b.fid + 0 > a.fid or not (%(whole)s or b.fid = any(%(every)s::bigint[])))
 where a.fid = any(%(fids)s::bigint[])
   and not (%(fresh)s and exists (
     select from public.layers_history h where h.layer = %(slug)s and h.fid = a.fid and h.version = a.version - 1 and h.op <> 'insert' and {kept}))
 limit %(most)s
