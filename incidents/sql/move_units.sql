-- Question: move each of these units to its newest fix; one that came late moves nobody back. Answers who moved.
-- Parameters: ids, at, x, y, accuracy, speed, heading, source (arrays of one length), srid. Index: primary key.
update public.incidents_responder r
   set geom = public.st_setsrid(public.st_makepoint(f.x, f.y), %(srid)s), position_at = f.at, position_accuracy_m = f.accuracy, speed_kmh = f.speed,
       heading_deg = f.heading, position_source = f.source
  from unnest(%(ids)s::bigint[], %(at)s::timestamptz[], %(x)s::float8[], %(y)s::float8[], %(accuracy)s::float8[], %(speed)s::float8[],
              %(heading)s::float8[], %(source)s::text[]) f(id, at, x, y, accuracy, speed, heading, source)
 where r.id = f.id and (r.position_at is null or r.position_at < f.at)
returning r.id
