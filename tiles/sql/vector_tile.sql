-- Question: the features of one tile as one caller may see them, as a Mapbox vector tile, and how many they are.
-- Parameters: z x y, xmin ymin xmax ymax (the tile with its buffer, in city metres), cap, tolerance_m, smallest_m; the names in braces
-- are composed from an Opened.
-- Index: the GiST on the layer's geometry; the constant is transformed, not the column.
-- The limit comes before the order: a crowd is noticed after `cap` rows, and is not drawn from this statement anyway.
-- No "where geom is not null" outside: it would make PostgreSQL evaluate st_asmvtgeom twice (1.65×).
with near as (
    select {fid} as fid{columns}, {shape} as shape
      from {relation} t
     where {indexed} && public.st_makeenvelope(%(xmin)s::float8, %(ymin)s::float8, %(xmax)s::float8, %(ymax)s::float8, {srid})
       and {where} and {drawn} and {big_enough}
     {largest_first}
     limit %(cap)s::int
), found as (
    select fid{names}, public.st_asmvtgeom(public.st_transform(shape, 3857), public.st_tileenvelope(%(z)s::int, %(x)s::int, %(y)s::int), 4096, 64, true) as geom
      from near
     order by fid
)
select public.st_asmvt(found, {slug}, 4096, 'geom', 'fid'), (select count(*) from near) from found
