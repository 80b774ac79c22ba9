-- Question: which ends of lines come within reach of another line without meeting it, since this change?
-- Looked at: the ends of what was touched, and of every line that what was touched, or its old shape, comes near to.
-- Parameters: fids (looked at), every (touched), left, slug, fresh, reach_m, meeting_m, at_ends, most, and the caller's scope. Index: the layer's spatial index.
with gone as materialized ({before}),
moved as (
  select a.geom from {features} a where a.fid = any(%(fids)s::bigint[]) union all select gone.geom from gone),
near as materialized (
  select a.* from {features} a where a.fid = any(%(fids)s::bigint[])
  union
  select b.* from moved m join {features} b on b.geom operator(public.&&) public.st_expand(m.geom, %(reach_m)s)
                            and public.st_dwithin(b.geom, m.geom, %(reach_m)s)
   where %(fresh)s),
ends as materialized (
  select near.*, which.at_start, which.place, near.fid = any(%(every)s::bigint[]) as touched
    from near cross join lateral (values (true, public.st_startpoint(near.geom)), (false, public.st_endpoint(near.geom))) which(at_start, place)
   where which.place is not null and not public.st_isclosed(near.geom)),
-- what lies within reach of each end, now and before: how near, and whether the two meet
others as materialized (
  select e.fid, e.at_start, o.fid as other, o.seen as other_seen, o.version as other_version, o.name as other_name,
         o.fid = any(%(every)s::bigint[]) as other_touched, o.geom, m.*, case when %(at_ends)s then m.end_away_m else m.away_m end <= %(meeting_m)s as meets
    from ends e join {features} o on o.geom operator(public.&&) public.st_expand(e.place, %(reach_m)s) and o.fid <> e.fid
   cross join lateral (
     select public.st_distance(o.geom, e.place) as away_m,
            least(public.st_distance(public.st_startpoint(o.geom), e.place), public.st_distance(public.st_endpoint(o.geom), e.place)) as end_away_m) m
   where m.away_m <= %(reach_m)s),
olds as (
  select e.fid, e.at_start, case when %(at_ends)s then m.end_away_m else m.away_m end <= %(meeting_m)s as met, m.end_away_m < 0.001 and e.touched as may_be_own
    from ends e join gone o on o.geom operator(public.&&) public.st_expand(e.place, %(reach_m)s)
   cross join lateral (
     select public.st_distance(o.geom, e.place) as away_m,
            least(public.st_distance(public.st_startpoint(o.geom), e.place), public.st_distance(public.st_endpoint(o.geom), e.place)) as end_away_m) m
   where m.away_m <= %(reach_m)s),
-- before: the lines that have not changed, and the old shapes of the others; its own old shape has an end in the same place
now as (
  select o.fid, o.at_start, bool_or(o.meets) as meets, count(*) filter (where o.meets and not o.other_touched) as met_still,
         count(*) filter (where not o.other_touched) as near_still
    from others o group by o.fid, o.at_start),
was as (
  select olds.fid, olds.at_start, count(*) filter (where olds.met) as met_old, count(*) as near_old, bool_or(olds.may_be_own)::int as own
    from olds group by olds.fid, olds.at_start),
told as (
  select e.*, now.near_still + coalesce(was.near_old, 0) - coalesce(was.own, 0) > 0 and now.met_still + coalesce(was.met_old, 0) - coalesce(was.own, 0) <= 0
              and (was.own = 1 or not e.touched) as dangled
    from ends e join now on now.fid = e.fid and now.at_start = e.at_start left join was on was.fid = e.fid and was.at_start = e.at_start
   where not now.meets),
nearest as (
  select distinct on (o.fid, o.at_start) o.*
    from others o join told on told.fid = o.fid and told.at_start = o.at_start
   order by o.fid, o.at_start, o.end_away_m > %(reach_m)s, case when o.end_away_m > %(reach_m)s then o.away_m else o.end_away_m end, o.other)
select e.fid, e.seen, e.version, e.name, n.other, n.other_seen, n.other_version, n.other_name, public.st_asbinary(e.geom), public.st_asbinary(n.geom),
       public.st_asbinary(public.st_shortestline(e.place, n.geom)), public.st_asbinary(e.place), n.away_m, e.at_start
  from told e join nearest n on n.fid = e.fid and n.at_start = e.at_start
 where not (%(fresh)s and coalesce(e.dangled, false))
 limit %(most)s
