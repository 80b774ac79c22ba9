-- Question: keep these fixes, each moment of a unit once.
-- Parameters: ids, at, x, y, accuracy, speed, heading (arrays of one length), source, received, srid. Index: one_position_per_moment.
insert into public.incidents_position (responder_id, at, received_at, accuracy_m, speed_kmh, heading_deg, source, geom)
select f.id, f.at, %(received)s, f.accuracy, f.speed, f.heading, %(source)s, public.st_setsrid(public.st_makepoint(f.x, f.y), %(srid)s)
  from unnest(%(ids)s::bigint[], %(at)s::timestamptz[], %(x)s::float8[], %(y)s::float8[], %(accuracy)s::float8[], %(speed)s::float8[],
              %(heading)s::float8[]) f(id, at, x, y, accuracy, speed, heading)
on conflict (responder_id, at) do nothing
