-- Question: none; the rows that import revisions of a layer replaced before a moment are emptied. Who, when and why stay.
-- Parameters: layer before. Index: layers_hist (layer, at).
update public.layers_history set row_before = null, geom = null
 where layer = %(layer)s and imported and op <> 'insert' and row_before is not null and at < %(before)s
