-- Question: in which ward of today does each row of a file lie that does not say so itself?
-- Composed with: staging, code, valid_from. Parameters: kinds, day. Index: layers_adminunit (gist on geom).
update {staging} s set {code} = u.code, {valid_from} = u.valid_from
  from (select s._no, found.code, found.valid_from
          from {staging} s
          cross join lateral (select w.code, w.valid_from from public.layers_adminunit w
                               where w.kind = any(%(kinds)s) and w.valid_from <= %(day)s and (w.valid_until is null or w.valid_until > %(day)s)
                                 and public.st_covers(w.geom, public.st_pointonsurface(s.{geometry}))
                               order by w.id limit 1) found
         where s.{code} is null) u
 where u._no = s._no
