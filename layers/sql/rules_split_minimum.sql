-- Question: which parts of a split parcel are smaller than the decision of that day says, for their purpose and their kind of ward?
-- Parameters: fids, fresh (only splits of this very moment), at, most, zone, and the caller's scope. Index: layers_lineage (child_fid).
select a.fid, a.seen, a.version, a.name, public.st_asbinary(a.geom), public.st_asbinary(public.st_pointonsurface(a.geom)), public.st_area(a.geom),
       least.min_area_m2, least.decision, least.severity
  from {features} a
  join (select distinct l.child_fid, r.at from public.layers_lineage l join public.layers_landrecord r on r.id = l.record_id
         where r.kind in ('tach_thua', 'tach_hop_thua') and (not %(fresh)s or r.at = %(at)s)) cut on cut.child_fid = a.fid
 cross join lateral (select (cut.at at time zone %(zone)s)::date as day) of_the_split
  left join lateral (select u.kind from public.layers_adminunit u
                      where u.kind in ('phuong', 'xa') and u.valid_from <= of_the_split.day and (u.valid_until is null or u.valid_until > of_the_split.day)
                        and public.st_covers(u.geom, public.st_pointonsurface(a.geom)) limit 1) ward on true
 cross join lateral (select m.min_area_m2, m.decision, m.severity from public.layers_minimumarea m
                      where m.land_use in ('', a.land_use) and m.ward_kind in ('', coalesce(ward.kind, ''))
                        and m.valid_from <= of_the_split.day and (m.valid_until is null or m.valid_until > of_the_split.day)
                      -- the purpose's own before the kind of ward's own before the general one
                      order by m.land_use desc, m.ward_kind desc, m.valid_from desc limit 1) least
 where a.fid = any(%(fids)s::bigint[]) and public.st_area(a.geom) < least.min_area_m2 - 0.005
 limit %(most)s
