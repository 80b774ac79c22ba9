-- Question: which streets were made, moved or taken away since water was worked out, and which canals?
-- A name or a speed that changes moves no water: of each stretch what counts is kept as a digest, the same that flood_ways makes.
-- Index: one_depth_per_stretch; both tables are read whole, and only when one of them has changed.
select 'street', r.id
  from public.layers_road r
  left join public.layers_flooddepth d on d.layer = 'roads' and d.fid = r.id
 where d.id is null or d.digest <> md5(encode(public.st_asbinary(r.geom), 'hex') || r.bridge::text)
union all
select 'gone', d.fid
  from public.layers_flooddepth d
 where d.layer = 'roads' and not exists (select from public.layers_road r where r.id = d.fid)
union all
select 'canal', coalesce(c.id, d.fid)
  from public.layers_canal c
  full join (select * from public.layers_flooddepth where layer = 'canals') d on d.fid = c.id
 where c.id is null or d.id is null or d.digest <> md5(encode(public.st_asbinary(c.geom), 'hex') || c.width_m::text || c.navigable::text)
