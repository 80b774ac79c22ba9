-- Question: of a crowd of points in a tile, the first of each square, as a Mapbox vector tile, and how many they are.
-- Parameters: those of vector_tile.sql, and square_m; the names in braces are composed from an Opened.
-- Index: the GiST on the layer's geometry, then the key for what stays. Hashed, not sorted: a million points in half a second.
with kept as (
    select min({fid}) as fid
      from {relation} t
     where {indexed} && public.st_makeenvelope(%(xmin)s::float8, %(ymin)s::float8, %(xmax)s::float8, %(ymax)s::float8, {srid})
       and {where} and {drawn}
     group by floor(public.st_x({indexed}) / %(square_m)s::float8), floor(public.st_y({indexed}) / %(square_m)s::float8)
     limit %(cap)s::int
), found as (
    select {fid} as fid{columns},
           public.st_asmvtgeom(public.st_transform({shape}, 3857), public.st_tileenvelope(%(z)s::int, %(x)s::int, %(y)s::int), 4096, 64, true) as geom
      from {relation} t
     where {fid} = any(array(select fid from kept)) and {where}
     order by {fid}
)
select public.st_asmvt(found, {slug}, 4096, 'geom', 'fid'), (select count(*) from kept) from found
