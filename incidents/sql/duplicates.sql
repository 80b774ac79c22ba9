-- Question: which cases may be the same as this one: near it, from the same telephone, or (where one of the two has no place) told in
-- the same words? With what decides: metres, seconds, likeness of the words, the same telephone.
-- Parameters: id, x and y (city metres, null: no place), reach_m, at, since, until, kin (categories), phone, words, exercise, most, most_told;
-- relation and where are composed from an Opened over the alias t, phones is whether the caller may compare telephones.
-- Index: the place where it is near, reported_at where it is soon; reporter_phone; the open cases without a place.
with here as materialized (
  select public.st_setsrid(public.st_makepoint(%(x)s, %(y)s), {srid}) as place, public.nbioc_fold(left(%(words)s, 400)) as words
),
near as (
  select t.id from {relation} t
   where %(x)s::float8 is not null and {where}
     and public.st_dwithin(t.geom, public.st_setsrid(public.st_makepoint(%(x)s, %(y)s), {srid}), %(reach_m)s)
     and t.reported_at >= %(since)s and t.reported_at <= %(until)s
   order by t.reported_at desc limit %(most)s
),
called as (
  select t.id from {relation} t
   where {phones} and %(phone)s <> '' and t.reporter_phone = %(phone)s and {where}
     and t.reported_at >= %(since)s and t.reported_at <= %(until)s
   order by t.reported_at desc limit %(most)s
),
unplaced as (
  select t.id from {relation} t
   where t.geom is null and t.closed_at is null and t.category = any(%(kin)s) and {where}
     and t.reported_at >= %(since)s and t.reported_at <= %(until)s
   order by t.reported_at desc limit %(most_told)s
),
soon as (
  select t.id from {relation} t
   where %(x)s::float8 is null and t.category = any(%(kin)s) and {where}
     and t.reported_at >= %(since)s and t.reported_at <= %(until)s
   order by t.reported_at desc limit %(most_told)s
),
found as (select id from near union select id from called union select id from unplaced union select id from soon)
select t.id, t.category, t.channel, t.status, public.st_distance(t.geom, here.place), extract(epoch from %(at)s::timestamptz - t.reported_at),
       greatest(public.word_similarity(told.words, here.words), public.word_similarity(here.words, told.words)),
       {phones} and %(phone)s <> '' and t.reporter_phone = %(phone)s
  from found
  join {relation} t on t.id = found.id
 cross join here
 cross join lateral (select public.nbioc_fold(left(t.description || ' ' || t.place_name, 400)) as words) told
 where t.id <> %(id)s and t.exercise = %(exercise)s and t.merged_into_id is null and t.status <> all(%(never)s)
