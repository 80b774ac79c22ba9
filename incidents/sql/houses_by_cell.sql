-- Question: how many houses stand in each cell of the city's grid?
-- Parameters: the row rule's own, cell_m; relation, shape and where are composed from an Opened over the alias t.
-- Index: none, every house is counted; the answer is kept until a house changes.
select floor(public.st_x(c.at) / %(cell_m)s)::int, floor(public.st_y(c.at) / %(cell_m)s)::int, count(*)
  from (select public.st_centroid({shape}) as at from {relation} t where {where}) c
 group by 1, 2
