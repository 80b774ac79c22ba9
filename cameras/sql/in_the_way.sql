-- Question: which houses touch an area or a bundle of sight lines, and how high do they stand? Nearest to a place first.
-- Parameters: wkb (city metres), x y, storey_m, cap; the names in braces come from an Opened.
-- Index: the GiST on the houses' footprint.
select public.st_asbinary({geometry}), coalesce(t.height_m, t.storeys * %(storey_m)s)
  from {relation} t, (select public.st_geomfromwkb(%(wkb)s, {srid}) as area) a
 where {where} and public.st_intersects({indexed}, a.area)
 order by {geometry} operator(public.<->) public.st_setsrid(public.st_makepoint(%(x)s, %(y)s), {srid}), {fid}
 limit %(cap)s
