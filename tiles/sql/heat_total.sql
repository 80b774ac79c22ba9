-- Question: how many rows of a period may one caller count, in the whole city?
-- Parameters: from until, category; the names in braces are composed from an Opened.
-- Index: the B-tree on the time, alone.
select count(*)
  from {relation} t
 where {shape} is not null and {time} >= %(from)s::timestamptz and {time} < %(until)s::timestamptz and {narrowed} and {where}
