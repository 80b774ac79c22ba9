-- Question: the cells that belong to one tile, with n and density, as a Mapbox vector tile; with `edges` also the neighbours' cells
-- that reach into it, in a source layer of their own, because a renderer cuts what it draws at the tile's border.
-- Parameters: those of heat_cells.sql, and z x y, level, per_case, hide_below, edges.
-- A cell belongs to the tile that holds its centre: the tile's number is computed from the centre, so no rounding counts it twice.
with cells as (
{cells}
), placed as (
    select i, j, n, public.st_transform(public.st_setsrid(public.st_makepoint((i + 0.5) * %(side)s::float8, (j + 0.5) * %(side)s::float8), {srid}), 3857) as centre,
           public.st_transform(public.st_makeenvelope(i * %(side)s::float8, j * %(side)s::float8, (i + 1) * %(side)s::float8, (j + 1) * %(side)s::float8, {srid}), 3857) as square
      from cells
     where n >= %(hide_below)s::int
), frame as (
    select public.st_tileenvelope(%(z)s::int, %(x)s::int, %(y)s::int) as mercator, 2 * 20037508.342789244 / 2 ^ (%(z)s::int) as tile_m
), drawn as (
    select (%(level)s::bigint << 48) | ((i + 8388608)::bigint << 24) | (j + 8388608)::bigint as cell, n, n * %(per_case)s::float8 as density,
           public.st_asmvtgeom(square, mercator, 4096, 0, false) as geom,
           floor((public.st_x(centre) + 20037508.342789244) / tile_m) = %(x)s::int
           and floor((20037508.342789244 - public.st_y(centre)) / tile_m) = %(y)s::int as owned,
           square operator(public.&&) mercator as reaches
      from placed cross join frame
)
select coalesce((select public.st_asmvt(own, {slug}, 4096, 'geom', 'cell') from (select cell, n, density, geom from drawn where owned order by cell) own), '')
    || coalesce((select public.st_asmvt(edge, {edge_slug}, 4096, 'geom', 'cell')
                   from (select cell, n, density, geom from drawn where %(edges)s::bool and reaches and not owned order by cell) edge), '')
