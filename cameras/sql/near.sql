-- Question: which cameras that this caller may see are near enough to a place to see it, nearest first?
-- Parameters: x y (city metres), reach (the longest range of any camera), cap; the names in braces come from an Opened.
-- Index: the GiST on the cameras' place; the range of each camera is tested after it.
select {fid}, t.code, t.name, t.state, public.st_x({geometry}), public.st_y({geometry}),
       t.mount_height_m, t.heading_deg, t.hfov_deg, t.range_m
  from {relation} t, (select public.st_setsrid(public.st_makepoint(%(x)s, %(y)s), {srid}) as place) p
 where {where} and t.state <> 'retired'
   and public.st_dwithin({indexed}, p.place, %(reach)s) and public.st_distance({geometry}, p.place) <= t.range_m
 order by public.st_distance({geometry}, p.place), {fid}
 limit %(cap)s
