-- Question: what does a city of 100,000 people look like to a planner? Rows by generate_series, the same for the same counts.
-- Parameters: incidents parcels roads lights, and x y of the middle (city metres).
select setseed(0.42), set_config('nbioc.by', 'system', true), set_config('nbioc.because', 'a city for the planner', true);

insert into incidents_incident (code, category, process, severity, status, description, place_name, place_source, channel, reporter_name, reporter_phone,
                                restricted, ward_code, ward_name, road_name, reported_at, closed_at, outcome, answer, version, geom)
select 'B' || n, (array['crash', 'noise', 'rubbish', 'medical', 'street_light', 'house_fire'])[1 + mod(n, 6)], 'immediate', 1 + mod(n, 5),
       case when mod(n, 400) = 0 then 'new' else 'closed' end, 'Người dân báo tin qua điện thoại, đã cử lực lượng đến nơi', 'Hùng Vương', 'map', 'phone', 'Nguyễn Văn A',
       '0900000000', mod(n, 200) = 0, '31340', 'Phường Ngã Bảy', 'Hùng Vương', at, case when mod(n, 400) = 0 then null else at + interval '3 hours' end, '10', '', 1,
       -- sixty crowded places, thinner outwards: the sum of uniform numbers is nearly Gaussian
       st_setsrid(st_makepoint(%(x)s + 4000 * sin(mod(n, 60) * 7) + 500 * (random() + random() + random() + random() - 2),
                               %(y)s + 4000 * cos(mod(n, 60) * 3) + 500 * (random() + random() + random() + random() - 2)), {srid})
  from (select n, timestamptz '2026-11-24' - random() * interval '730 days' as at from generate_series(1, %(incidents)s) n) cases;

insert into layers_parcel (ward_code, ward_valid_from, sheet_no, parcel_no, land_use, legal_area_m2, status, certificate_no, land_user_name, version, geom)
select '31340', '2025-07-01', n / 450, mod(n, 450), (array['ODT', 'LUC', 'CLN', 'NTS'])[1 + mod(n, 4)], 700, 'in_use', '', 'Nguyễn Văn A', 1,
       st_makepolygon(st_makeline(array[corner, st_translate(corner, 13, 1), st_translate(corner, 26, 0), st_translate(corner, 27, 14), st_translate(corner, 26, 28),
                                        st_translate(corner, 13, 29), st_translate(corner, 0, 28), st_translate(corner, 1, 14), corner]))
  from (select n, st_setsrid(st_makepoint(%(x)s - 6300 + mod(n, 450) * 28, %(y)s - 6750 + n / 450 * 30), {srid}) as corner from generate_series(0, %(parcels)s - 1) n) p;

insert into layers_road (name, road_class, width_m, oneway, surface, speed_kmh, bridge, version, geom)
select 'Hẻm ' || n, (array['alley', 'residential', 'tertiary', 'alley'])[1 + mod(n, 4)], 4, false, '', 20, false, 1,
       st_makeline(st_setsrid(st_makepoint(%(x)s - 4500 + mod(n, 150) * 60, %(y)s - 5600 + n / 150 * 80), {srid}),
                   st_setsrid(st_makepoint(%(x)s - 4500 + (mod(n, 150) + 1) * 60, %(y)s - 5600 + n / 150 * 80 + mod(n, 3) * 10), {srid}))
  from generate_series(0, %(roads)s - 1) n;

insert into layers_streetlight (asset_code, condition, lifecycle, version, lamp, geom)
select 'L' || n, 3, 'active', 1, 'led', st_setsrid(st_makepoint(%(x)s - 4500 + mod(n, 300) * 30, %(y)s - 5600 + n / 300 * 60), {srid})
  from generate_series(0, %(lights)s - 1) n;

insert into layers_building (use, storeys, height_m, address, version, geom)
select 'house', 2, 7, '', 1, st_makeenvelope(x, y, x + 6, y + 15, {srid})
  from (select %(x)s - 4500 + mod(n, 300) * 30 as x, %(y)s - 5600 + n / 300 * 40 as y from generate_series(0, %(lights)s - 1) n) b;

analyze incidents_incident, layers_parcel, layers_road, layers_streetlight, layers_building;
