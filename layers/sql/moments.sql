-- Question: when was a layer changed, by whom, why and under which paper, and how many rows were made, changed and deleted at once?
-- Parameters: since until (inclusive, either null), most; in the conditions in braces box and those of the caller's sight.
-- Index: layers_hist (layer, at); within a box the GiST of the layer's shapes and history_shapes.
select h.at, h.by_id, h.because, h.document, h.change_set,
       count(*) filter (where h.op = 'insert'), count(*) filter (where h.op = 'update'), count(*) filter (where h.op = 'delete')
  from public.layers_history h
 where h.layer = {slug} and (%(since)s::timestamptz is null or h.at >= %(since)s) and (%(until)s::timestamptz is null or h.at <= %(until)s)
   and {in_box} and {seen}
 group by 1, 2, 3, 4, 5
 order by h.at desc, h.because
 limit %(most)s
