-- Question: which values does a field have among the rows that the caller may see, and how many rows each?
-- Parameters: column, relation and where are composed by layers.access; limit: how many kinds.
-- Index: none; one pass over the rows that the caller may see, within a statement timeout.
select {column}, count(*)
  from {relation} t
 where {where} and {column} is not null
 group by 1
 order by 2 desc, 1
 limit %(limit)s
