-- Question: what did each of these gauges say last, at a moment?
-- Parameters: codes (in their order), at.
-- Index: one_reading_per_moment (sensor, at).
select s.code, s.name, s.unit, s.datum, s.state, s.thresholds::text, r.value, r.at
  from unnest(%(codes)s::text[]) with ordinality g (code, n)
  join public.layers_sensor s on s.code = g.code
  left join lateral (
    select one.value, one.at from public.layers_reading one where one.sensor_id = s.id and one.at <= %(at)s order by one.at desc limit 1
  ) r on true
 order by g.n
