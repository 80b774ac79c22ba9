-- Question: which tiles does a change of a layer's table touch, under its old and its new shape?
-- Trigger functions for statement-level triggers; arguments: the layer's slug, the geometry column.
-- A mark is random and appended within the editing transaction: seen exactly when the edit is, without a lock. Marks of one statement
-- are alike on every tile but never meet on one key, so no two of them cancel out.
-- Zooms 8 and 11 to 16 are marked, and 0 for any change at all: tiles between them go by the next coarser one.
-- jit is off in the functions: with it on, planning a transition table cost 170 ms an edit.
create or replace function public.tiles_mark_layer(slug text) returns void
language sql set search_path = pg_catalog as $$
  insert into public.tiles_stamp (layer, z, x, y, mark) values (slug, -1, 0, 0, hashtextextended(gen_random_uuid()::text, 0))
$$;

create or replace function public.tiles_mark_shapes(slug text, shapes public.geometry[]) returns void
language plpgsql set jit = off set search_path = pg_catalog as $$
declare
  half constant float8 := 20037508.342789244;
  boxes public.box2d[];
  many bigint;
begin
  -- more than a person edits at once: the whole layer is new
  if cardinality(shapes) > 1000 then
    perform public.tiles_mark_layer(slug);
    return;
  end if;
  select array_agg(public.box2d(public.st_transform(public.st_envelope(shape), 3857))) into boxes
    from unnest(shapes) shape where shape is not null and not public.st_isempty(shape);
  select coalesce(sum((public.st_xmax(box) - public.st_xmin(box) + 700) * (public.st_ymax(box) - public.st_ymin(box) + 700)) / (2 * half / 65536) ^ 2, 0)
    into many from unnest(boxes) box;
  if many > 4000 then
    perform public.tiles_mark_layer(slug);
    return;
  end if;
  insert into public.tiles_stamp (layer, z, x, y, mark)
  select slug, touched.z, touched.x, touched.y, m.mark
    from (select hashtextextended(gen_random_uuid()::text, 0) as mark) m,
         (select 0 as z, 0 as x, 0 as y
           union
          select level.z, tile_x, tile_y
            from unnest(boxes) box
           cross join unnest(array[8, 11, 12, 13, 14, 15, 16]) level(z)
           -- a tile shows what lies within 1/64 of its side beyond its border; 1/50 forgives rounding
           cross join lateral generate_series(floor((public.st_xmin(box) + half) / (2 * half) * 2 ^ level.z - 0.02)::int,
                                              floor((public.st_xmax(box) + half) / (2 * half) * 2 ^ level.z + 0.02)::int) tile_x
           cross join lateral generate_series(floor((half - public.st_ymax(box)) / (2 * half) * 2 ^ level.z - 0.02)::int,
                                              floor((half - public.st_ymin(box)) / (2 * half) * 2 ^ level.z + 0.02)::int) tile_y) touched;
end $$;

create or replace function public.tiles_stamp_shapes() returns trigger
language plpgsql set jit = off set search_path = pg_catalog as $$
declare
  shapes public.geometry[];
  gone_shapes public.geometry[];
begin
  if tg_op <> 'DELETE' then
    execute format('select array_agg(%I) from (select %1$I from came limit 1001) t', tg_argv[1]) into shapes;
  end if;
  if tg_op <> 'INSERT' then
    execute format('select array_agg(%I) from (select %1$I from gone limit 1001) t', tg_argv[1]) into gone_shapes;
  end if;
  shapes := coalesce(shapes, '{}') || coalesce(gone_shapes, '{}');
  if cardinality(shapes) > 0 then
    perform public.tiles_mark_shapes(tg_argv[0], shapes);
  end if;
  return null;
end $$;

create or replace function public.tiles_stamp_layer() returns trigger
language plpgsql set jit = off set search_path = pg_catalog as $$
begin
  perform public.tiles_mark_layer(tg_argv[0]);
  return null;
end $$;

-- Many marks of one key become one that says the same; readers see either all of them or the one.
create or replace function public.tiles_fold_stamps() returns bigint
language plpgsql set jit = off set search_path = pg_catalog as $$
declare
  folded bigint;
begin
  if not pg_try_advisory_xact_lock(hashtextextended('tiles_fold_stamps', 0)) then
    return 0;
  end if;
  with crowded as (
    select layer, z, x, y from public.tiles_stamp group by 1, 2, 3, 4 having count(*) > 8
  ), gone as (
    delete from public.tiles_stamp s using crowded c
     where s.layer = c.layer and s.z = c.z and s.x = c.x and s.y = c.y returning s.layer, s.z, s.x, s.y, s.mark
  ), kept as (
    insert into public.tiles_stamp (layer, z, x, y, mark) select layer, z, x, y, bit_xor(mark) from gone group by 1, 2, 3, 4 returning 1
  )
  select count(*) into folded from gone;
  return folded;
end $$;
