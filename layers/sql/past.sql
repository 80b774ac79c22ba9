-- Question: what were a layer's rows at a moment?
-- Parameters: as_of; the names in braces are composed from the columns of the layer's table.
-- Index: for what has changed or gone since, the GiST history_shapes (layer, shape, span of time); for each row that has not, the B-tree
-- of history on layer, fid, at. Conditions on the shape and the fid reach the indexes of both arms: neither column is computed.
(select {present}
   from {base} p
  where not exists (select from public.layers_history l where l.layer = {slug} and l.fid = p.{fid} and l.at > %(as_of)s::timestamptz)
  union all
 select {whole}
   from (select {kept}
           from public.layers_history h
          where h.layer = {slug} and h.op <> 'insert' and pg_catalog.tstzrange(h.since, h.at) @> %(as_of)s::timestamptz and {still_seen}) r)
