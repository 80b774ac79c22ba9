-- Question: how are the numbers of a field spread among the rows that the caller may see?
-- Parameters: column, relation and where are composed by layers.access; places: fractions from 0 to 1, rising.
-- Index: none; one pass over the rows that the caller may see, within a statement timeout.
select count(v), count(*) - count(v), percentile_cont(%(places)s::float8[]) within group (order by v)
  from (select case when {column}::float8 between -1.7e308 and 1.7e308 then {column}::float8 end as v from {relation} t where {where}) numbers
