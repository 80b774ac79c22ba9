-- Question: in which ward is this place at that time, and what is the nearest named street?
-- Parameters: x y srid (city metres), at, reach_m.
-- Index: the GiST of each layer's geometry.
with place as (select public.st_setsrid(public.st_makepoint(%(x)s, %(y)s), %(srid)s) as geom)
select ward.code, ward.name, road.name
  from place
  left join lateral (
       select w.code, w.name from public.layers_adminunit w
        where public.st_covers(w.geom, place.geom) and w.kind in ('phuong', 'xa')
          and w.valid_from <= (%(at)s)::date and (w.valid_until is null or w.valid_until > (%(at)s)::date)
        order by w.valid_from desc, w.id limit 1) ward on true
  left join lateral (
       select r.name from public.layers_road r
        where r.name <> '' and public.st_dwithin(r.geom, place.geom, %(reach_m)s)
        order by r.geom <-> place.geom, r.id limit 1) road on true
