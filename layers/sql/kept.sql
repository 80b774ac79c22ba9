-- Question: what were these kept rows of a layer, with the columns of its table?
-- Parameters: entries (ids of history); the names in braces are composed from the columns of the layer's table.
-- Index: the primary key of history.
(select r.entry, {whole}
   from (select h.id as entry, {kept} from public.layers_history h where h.id = any(%(entries)s) and h.op <> 'insert' and h.row_before is not null) r)
