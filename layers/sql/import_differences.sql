-- Question: which rows of a staged file lie in this box and would be new, changed or gone?
-- Composed with: staging, geometry, pairs (name, column …), srid. Parameters: box (city metres, or null), changes, limit. Index: staging (gist on geometry).
select s._no, s._fid, s._change, s._differs, s._was, jsonb_build_object({pairs}), public.st_asgeojson(public.st_transform(s.{geometry}, 4326), 7)::jsonb
  from {staging} s
 where s._change = any(%(changes)s)
   and (%(box)s::float8[] is null or s.{geometry} operator(public.&&) public.st_makeenvelope((%(box)s::float8[])[1], (%(box)s::float8[])[2],
        (%(box)s::float8[])[3], (%(box)s::float8[])[4], {srid}))
 order by s._no nulls last, s._fid
 limit %(limit)s
