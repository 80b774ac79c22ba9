-- Question: which streets and canals are there, and what of each does water ask about?
-- Parameters: the row rules' own; relations and conditions are composed from an Opened over the alias t. Index: none, both are read whole.
select 'street', t.id, public.st_asbinary(t.geom), t.bridge, null::float8, null::bool, md5(encode(public.st_asbinary(t.geom), 'hex') || t.bridge::text)
  from {roads} t where {roads_where}
union all
select 'canal', t.id, public.st_asbinary(t.geom), null, t.width_m, t.navigable,
       md5(encode(public.st_asbinary(t.geom), 'hex') || t.width_m::text || t.navigable::text)
  from {canals} t where {canals_where}
 order by 1, 2
