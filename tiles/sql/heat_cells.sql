-- Question: how many rows lie in each cell of a box, within a period, as one caller may count them?
-- Parameters: xmin ymin xmax ymax (city metres), side (metres), from until, category; the names in braces are composed from an Opened.
-- Index: where the box is small the GiST on the geometry; where the period says more, the B-tree on the time, which carries all that
-- is asked here and is read alone. Which of them depends on the values, so this is planned each time.
select floor(public.st_x({shape}) / %(side)s::float8)::int as i, floor(public.st_y({shape}) / %(side)s::float8)::int as j, count(*)::int as n
  from {relation} t
 where {shape} && public.st_makeenvelope(%(xmin)s::float8, %(ymin)s::float8, %(xmax)s::float8, %(ymax)s::float8, {srid})
   and {time} >= %(from)s::timestamptz and {time} < %(until)s::timestamptz and {narrowed} and {where}
 group by 1, 2
