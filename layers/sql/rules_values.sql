-- Question: which of these features have a value that they may not have, that this change has given them?
-- Parameters: fids, slug, fresh, most, and the caller's scope. Index: primary key; layers_history (layer, fid, …).
select a.fid, a.seen, a.version, a.name, public.st_asbinary(a.geom), public.st_asbinary(public.st_pointonsurface(a.geom)), a.given::text
  from {features} a
 where a.fid = any(%(fids)s::bigint[]) and a.given is not null and not ({allowed})
   and not (%(fresh)s and exists (
     select from public.layers_history h
      where h.layer = %(slug)s and h.fid = a.fid and h.version = a.version - 1 and h.op <> 'insert' and h.row_before ->> {source} = to_jsonb(a.given) #>> '{{}}'))
 limit %(most)s
