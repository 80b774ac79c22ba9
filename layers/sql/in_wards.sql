-- Question: does a shape lie wholly within these wards as they are on a day?
-- Parameters: shape (EWKB hex, city CRS), wards (codes), day, slack_m (a boundary drawn twice differs by that much).
-- Index: layers_adminunit (code, valid_from).
select coalesce(public.st_covers(public.st_buffer(public.st_union(w.geom), %(slack_m)s), %(shape)s::public.geometry), false)
  from public.layers_adminunit w
 where w.code = any(%(wards)s) and w.valid_from <= %(day)s and (w.valid_until is null or w.valid_until > %(day)s)
