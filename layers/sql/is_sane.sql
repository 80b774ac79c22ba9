-- Question: may this shape stand in a table? Not empty, of finite coordinates, valid, and not so large that it would stop a tile.
-- The gateway (geo.shapes.admit) says what is wrong and where; this is the last word, for psql, COPY and whatever does not pass the gateway.
-- A point that is nowhere is valid to ST_IsValid, and its box compares with nothing: points are looked at one by one; a vertex of a line that
-- is nowhere makes the length so. NaN is greater than infinity here, so one comparison finds both.
create or replace function public.layers_is_sane(shape public.geometry) returns boolean
language sql immutable parallel safe set search_path = pg_catalog, public as $$
  select shape is null
      or (not public.st_isempty(shape) and public.st_npoints(shape) <= 100000
          and case when public.st_dimension(shape) = 0
                   then not exists (select from public.st_dumppoints(shape) d
                                     where not (abs(public.st_x(d.geom)) < 'infinity' and abs(public.st_y(d.geom)) < 'infinity'))
                   else public.st_length(shape) + public.st_perimeter(shape) < 'infinity' end
          and public.st_isvalid(shape))
$$;
