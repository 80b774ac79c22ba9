-- Question: how many cases of the period has each ward of today, and how many per 10,000 people?
-- Parameters: from, until, at. Index: reported_at.
select w.code, w.name, coalesce(c.n, 0), w.population
  from public.layers_adminunit w
  left join (select ward_code, count(*) as n from public.incidents_incident
              where reported_at >= %(from)s and reported_at < %(until)s and not restricted and not exercise group by 1) c on c.ward_code = w.code
 where w.kind in ('phuong', 'xa') and w.valid_from <= (%(at)s)::date and (w.valid_until is null or w.valid_until > (%(at)s)::date)
 order by 3 desc, w.code
