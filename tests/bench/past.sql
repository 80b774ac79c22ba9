-- Question: what does the history of a city's parcels look like after a year? One import revision that touches every parcel, then each week
-- a few hundred edits, deletions and new parcels. Dated by the setting that a transaction's first write fills.
-- Parameters: began (the first moment), edits (a week), weeks.
do $$
declare
  began constant timestamptz := %(began)s;
  edits constant int := %(edits)s;
  weeks constant int := %(weeks)s;
begin
  perform set_config('nbioc.by', 'system', true), set_config('nbioc.because', 'the register of the year', true), set_config('nbioc.imported', 'on', true),
          set_config('nbioc.at', (began + interval '60 days')::text, true);
  update public.layers_parcel set legal_area_m2 = 705, version = version + 1;
  perform set_config('nbioc.because', 'a survey', true), set_config('nbioc.imported', '', true);
  for week in 1..weeks loop
    perform set_config('nbioc.at', (began + interval '60 days' + week * interval '7 days')::text, true);
    update public.layers_parcel set geom = public.st_translate(geom, 0.3, 0.2), version = version + 1
     where id in (select id from public.layers_parcel where mod(hashint8(id), 977) = mod(hashint4(week), 977) order by id limit edits)
        or id in (select id from public.layers_parcel order by hashint8(id + week * 7919) limit edits);
    delete from public.layers_parcel where id in (select id from public.layers_parcel order by hashint8(id + week * 104729) limit edits / 10);
  end loop;
end $$;
