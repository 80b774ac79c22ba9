-- Question: which of these features lie outside those of another layer that are valid on the day, by more than the slack, and more than before?
-- Parameters: fids, left, slug, fresh, slack_m, crumb, day, most, and the caller's scope.
-- Index: the other layer's spatial index. Most features lie within one unit: st_covers answers from its prepared shape, and nothing is cut.
with gone as materialized ({before}),
out as materialized (
  select a.* from {features} a
   where a.fid = any(%(fids)s::bigint[])
     -- a city that has not drawn its units yet has nothing to lie outside of
     and exists (select from {outer} c)
     and not exists (select from {outer} c where c.geom operator(public.~) a.geom and public.st_covers(c.geom, a.geom))),
beyond as (
  select a.*, coalesce(public.st_difference(a.geom, cover.geom), a.geom) as fault
    from (select out.fid, out.seen, out.version, out.name, case when public.st_isvalid(out.geom) then out.geom else public.st_makevalid(out.geom) end as geom from out) a
   cross join lateral (
     -- cut to the surroundings first: a ward has ten thousand vertices, the feature five
     select public.st_buffer(public.st_union(public.st_intersection(public.st_makevalid(c.geom), public.st_expand(public.st_envelope(a.geom), %(slack_m)s + 1))),
                             %(slack_m)s, 'quad_segs=4') as geom
       from {outer} c where c.geom operator(public.&&) public.st_expand(a.geom, %(slack_m)s)) cover),
big as (
  select beyond.*, {size} as size from beyond where not public.st_isempty(beyond.fault))
select big.fid, big.seen, big.version, big.name, public.st_asbinary(big.geom), public.st_asbinary(public.st_pointonsurface(big.fault)), big.size,
       public.st_asbinary(big.fault)
  from big
 where big.size > %(crumb)s
   and (not %(fresh)s or coalesce((
     select {fresh_size} from (
       select public.st_difference(big.fault, public.st_union(g.geom)) as fault from gone g where g.geom operator(public.&&) big.fault) fresh
      where fresh.fault is not null), big.size) > %(crumb)s)
 limit %(most)s
