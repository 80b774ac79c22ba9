-- Question: the features of one tile as one caller may see them, as a Mapbox vector tile.
-- Parameters: z x y, cap; the names in braces are composed from an Opened.
-- Index: the GiST on the layer's geometry; the constant is transformed, not the column.
-- No "where geom is not null" outside: it would make PostgreSQL evaluate st_asmvtgeom twice (1.65×).
with frame as (
    select public.st_tileenvelope(%(z)s, %(x)s, %(y)s) as mercator,
           public.st_transform(public.st_tileenvelope(%(z)s, %(x)s, %(y)s, margin => 0.015625), {srid}) as city
), found as (
    select {fid} as fid{columns},
           public.st_asmvtgeom(public.st_transform({shape}, 3857), (select mercator from frame), 4096, 64, true) as geom
      from {relation} t
     where {indexed} && (select city from frame) and {where} and {big_enough}
     order by {fid}
     limit %(cap)s
)
select public.st_asmvt(found, {slug}, 4096, 'geom', 'fid') from found
