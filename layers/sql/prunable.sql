-- Question: of which layers do import revisions from before a moment hold something still, how many rows, and when was the last?
-- Parameters: before. Index: layers_hist (layer, at).
select layer, count(*), max(at)
  from public.layers_history
 where imported and op <> 'insert' and row_before is not null and at < %(before)s
 group by layer
 order by layer
