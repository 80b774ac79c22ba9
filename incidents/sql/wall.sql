-- Question: how did the period go? Cases, and the 90th percentile of seconds to verify and to dispatch the immediate ones, by the clock of
-- the earliest report that was merged into each.
-- Parameters: from, until. Restricted cases and exercises are counted nowhere on a wall.
-- Index: reported_at.
select count(*),
       count(*) filter (where verified_at is not null and process = 'immediate'),
       percentile_cont(0.9) within group (order by extract(epoch from verified_at - coalesce(clock_at, reported_at)))
         filter (where verified_at is not null and process = 'immediate'),
       count(*) filter (where dispatched_at is not null and process = 'immediate'),
       percentile_cont(0.9) within group (order by extract(epoch from dispatched_at - coalesce(clock_at, reported_at)))
         filter (where dispatched_at is not null and process = 'immediate'),
       (select max(reported_at) from public.incidents_incident where not restricted and not exercise)
  from public.incidents_incident
 where reported_at >= %(from)s and reported_at < %(until)s and not restricted and not exercise
