-- Question: keep these fixes apart, with why they cannot be true; x and y are degrees as they were said.
-- A unit of which very many came within the hour keeps no more: a device gone wild fills no disk. Parameters: most,
-- ids, reasons, at, x, y, accuracy, speed, heading (arrays of one length), source, received. Index: one_doubt_a_fix, (responder, -received_at).
insert into public.incidents_doubtedposition (responder_id, reason, at, received_at, lon, lat, accuracy_m, speed_kmh, heading_deg, source)
select f.id, f.reason, f.at, %(received)s, f.x, f.y, f.accuracy, f.speed, f.heading, %(source)s
  from unnest(%(ids)s::bigint[], %(reasons)s::text[], %(at)s::timestamptz[], %(x)s::float8[], %(y)s::float8[], %(accuracy)s::float8[],
              %(speed)s::float8[], %(heading)s::float8[]) f(id, reason, at, x, y, accuracy, speed, heading)
 where (select count(*) from public.incidents_doubtedposition d
         where d.responder_id = f.id and d.received_at > %(received)s::timestamptz - interval '1 hour') < %(most)s
on conflict (responder_id, at, lon, lat) do nothing
