-- Question: which columns do a layer's readers know, of which type, and how does its table come by them?
-- Parameters: relation (what is read), base (the table whose changes are kept).
-- A column that the table lacks (a view adds it) has no origin; one that the database generates has its expression.
select r.attname, format_type(r.atttypid, null),
       case when b.attname is null then 'view' when b.attgenerated <> '' then 'generated' else 'stored' end,
       pg_get_expr(d.adbin, d.adrelid), case when t.typcategory = 'A' then format_type(t.typelem, null) end
  from pg_catalog.pg_attribute r
  join pg_catalog.pg_type t on t.oid = r.atttypid
  left join pg_catalog.pg_attribute b
    on b.attrelid = to_regclass(%(base)s) and b.attname = r.attname and b.attnum > 0 and not b.attisdropped
  left join pg_catalog.pg_attrdef d on d.adrelid = b.attrelid and d.adnum = b.attnum and b.attgenerated <> ''
 where r.attrelid = to_regclass(%(relation)s) and r.attnum > 0 and not r.attisdropped
 order by r.attnum
