-- Question: what between these polygons is uncovered that was not before: covered ground given up, holes, slivers?
-- Looked at: windows around what has changed shape, apart from one another; every feature that a window meets counts.
-- Parameters: fids (looked at), every (touched), left, slug, fresh,
-- sliver_m, tolerance_m, least_m2, largest_m2, reach_m, bounded, shut_in and by_others (shares of the outline), day, most, and the caller's scope.
-- Index: the layer's spatial index. Mitred buffers: round ones would call every inner corner a sliver.
with gone as materialized ({before}),
touched as materialized (
  select a.fid, a.geom from {features} a where a.fid = any(%(fids)s::bigint[]) and not exists (select from gone g where g.geom operator(public.=) a.geom)),
changed as materialized (
  select touched.geom from touched
  union all
  select g.geom from gone g where not exists (select from {features} a where a.fid = any(%(every)s::bigint[]) and a.geom operator(public.=) g.geom)),
windows as materialized (
  select part.geom as pane from public.st_dump((select public.st_union(public.st_expand(public.st_envelope(changed.geom), %(reach_m)s)) from changed)) part),
around as materialized (
  select w.pane, cover.now, cover.still, old.geom as old
    from windows w
   cross join lateral (
     select public.st_union(b.clean) as now, public.st_union(b.clean) filter (where %(fresh)s and not b.fid = any(%(every)s::bigint[])) as still
       from (select n.fid, case when public.st_isvalid(n.geom) then n.geom else public.st_makevalid(n.geom) end as clean
               from {features} n where n.geom operator(public.&&) w.pane) b) cover
   cross join lateral (select public.st_union(g.geom) as geom from gone g where g.geom operator(public.&&) w.pane) old),
near as materialized (
  -- cut to the window, for a neighbour may be as large as the city
  select a.pane, a.old, public.st_intersection(a.now, public.st_expand(a.pane, %(sliver_m)s * 2)) as now,
         case when a.old is null then public.st_intersection(a.still, public.st_expand(a.pane, %(sliver_m)s * 2))
              else public.st_intersection(public.st_union(a.old, coalesce(a.still, a.old)), public.st_expand(a.pane, %(sliver_m)s * 2)) end as before
    from around a where a.now is not null),
given_up as (
  select part.geom, true as was_covered from near n
   cross join lateral public.st_dump(public.st_collectionextract(public.st_difference(n.old, n.now), 3)) part where n.old is not null),
slivers as (
  select part.geom from near n cross join lateral (
    select public.st_difference(public.st_buffer(public.st_buffer(n.now, %(sliver_m)s / 2, 'join=mitre mitre_limit=5'),
                                                 -%(sliver_m)s / 2, 'join=mitre mitre_limit=5'), n.now) as geom) shut
   cross join lateral (
    select case when n.before is null or not %(fresh)s then shut.geom else public.st_difference(shut.geom, public.st_difference(
             public.st_buffer(public.st_buffer(n.before, %(sliver_m)s / 2, 'join=mitre mitre_limit=5'),
                              -%(sliver_m)s / 2, 'join=mitre mitre_limit=5'), n.before)) end as geom) fresh
   cross join lateral public.st_dump(public.st_collectionextract(fresh.geom, 3)) part),
holes as (
  select part.geom from near n cross join lateral (
    select public.st_collect(public.st_makepolygon(public.st_exteriorring(ring.geom))) as geom
      from public.st_dump(n.now) piece cross join lateral public.st_dumprings(piece.geom) ring where ring.path[1] > 0) hole
   cross join lateral (
    select public.st_collect(public.st_makepolygon(public.st_exteriorring(ring.geom))) as geom
      from public.st_dump(n.before) piece cross join lateral public.st_dumprings(piece.geom) ring where ring.path[1] > 0 and %(fresh)s) before
   cross join lateral public.st_dump(hole.geom) whole
   cross join lateral public.st_dump(
     case when before.geom is null then whole.geom else public.st_difference(whole.geom, public.st_buffer(before.geom, 0.001)) end) part
   where public.st_area(whole.geom) <= %(largest_m2)s),
bounds as materialized ({bounds}),
found as (
  select part.geom, part.was_covered
    from (select given_up.* from given_up union all select slivers.geom, false from slivers union all select holes.geom, false from holes) part
   where public.st_area(part.geom) > %(least_m2)s),
-- a sliver along given-up ground is one gap with it
whole as (
  select piece.geom, not exists (select from found f where not f.was_covered and public.st_intersects(f.geom, piece.geom)) as given_up
    from public.st_dump((select public.st_union(
             case when %(bounded)s then public.st_intersection(found.geom, (select public.st_union(bounds.geom) from bounds)) else found.geom end)
                           from found)) piece
   where public.st_geometrytype(piece.geom) = 'ST_Polygon'),
told as (
  select whole.*, beside.fids, beside.seen, beside.versions, beside.names, beside.shapes, beside.share, beside.others_share
    from whole cross join lateral (
      select array_agg(b.fid order by b.along_m desc, b.fid) as fids, array_agg(b.seen order by b.along_m desc, b.fid) as seen, array_agg(b.version order by b.along_m desc, b.fid) as versions,
             array_agg(b.name order by b.along_m desc, b.fid) as names, array_agg(public.st_asbinary(b.geom) order by b.along_m desc, b.fid) as shapes,
             sum(b.along_m) / public.st_perimeter(whole.geom) as share,
             sum(b.along_m) filter (where not b.fid = any(%(every)s::bigint[])) / public.st_perimeter(whole.geom) as others_share
        from (select n.*, public.st_length(public.st_intersection(public.st_exteriorring(whole.geom),
                                                                  public.st_buffer(n.geom, %(tolerance_m)s / 2, 'quad_segs=1'))) as along_m
                from {features} n where n.geom operator(public.&&) whole.geom and public.st_dwithin(n.geom, whole.geom, %(tolerance_m)s / 2)) b
       where b.along_m > %(tolerance_m)s * 2) beside)
select told.fids, told.seen, told.versions, told.names, told.shapes, public.st_asbinary(told.geom),
       public.st_asbinary(public.st_pointonsurface(told.geom)), public.st_area(told.geom)
  from told
 where public.st_area(told.geom) > %(least_m2)s and cardinality(told.fids) > 0
   and not public.st_isempty(public.st_buffer(told.geom, -%(tolerance_m)s / 2, 'join=mitre quad_segs=1'))
   and (%(bounded)s or not told.given_up or (told.share >= %(shut_in)s and told.others_share >= %(by_others)s))
 order by public.st_area(told.geom) desc
 limit %(most)s
