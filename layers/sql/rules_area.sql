-- Question: which of these polygons differ in area from what they are said to measure, by more than a tolerance and more than before?
-- Parameters: fids, slug, fresh, percent, least_m2, most, and the caller's scope. Index: primary key; layers_history (layer, fid, …).
select a.fid, a.seen, a.version, a.name, public.st_asbinary(a.geom), public.st_asbinary(public.st_pointonsurface(a.geom)),
       array[public.st_area(a.geom), a.legal]
  from {features} a
 where a.fid = any(%(fids)s::bigint[]) and a.legal > 0
   and abs(public.st_area(a.geom) - a.legal) > greatest(a.legal * %(percent)s / 100, %(least_m2)s)
   and not (%(fresh)s and exists (
     select from public.layers_history h
      where h.layer = %(slug)s and h.fid = a.fid and h.version = a.version - 1 and h.op <> 'insert' and (h.row_before ->> {source})::float8 = a.legal
        and abs(public.st_area(h.geom) - a.legal) >= abs(public.st_area(a.geom) - a.legal) - 1e-6))
 limit %(most)s
