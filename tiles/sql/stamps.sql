-- Question: what are the stamps of these tiles now?
-- Parameters: slugs zs xs ys (arrays of one length).
-- Index: stamps_of_a_tile, twice a tile: its own marks and those of the whole layer.
select asked.n,
       coalesce((select bit_xor(s.mark) from public.tiles_stamp s where s.layer = asked.layer and s.z = asked.z and s.x = asked.x and s.y = asked.y), 0),
       coalesce((select bit_xor(s.mark) from public.tiles_stamp s where s.layer = asked.layer and s.z = -1 and s.x = 0 and s.y = 0), 0)
  from unnest(%(slugs)s::text[], %(zs)s::int[], %(xs)s::int[], %(ys)s::int[]) with ordinality asked(layer, z, x, y, n)
