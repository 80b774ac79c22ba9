-- Question: what was each row before it changed; who changed it, when, why, under which paper and in which change set?
-- Functions of statement-level triggers with a transition table; arguments: the layer's slug, the geometry column.
-- A made row is kept as an empty one, a changed or deleted row as it was: its shape in a column of its own, without what the database
-- generates. Every name is qualified. jit is off: with it on, planning a transition table cost 170 ms an edit.

-- What the transaction has said. Its moment is that of its first write, the same for all it changes: no moment shows half of it.
create or replace function public.layers_said(
  slug text, out by_id bigint, out because text, out document text, out change_set bigint, out imported boolean, out moment timestamptz
) language plpgsql set search_path = pg_catalog as $$
declare
  person text := coalesce(current_setting('nbioc.by', true), '');
begin
  because := coalesce(current_setting('nbioc.because', true), '');
  if because = '' or person = '' then
    raise exception 'A change of % needs who and why: set nbioc.by (a person''s id, or system) and nbioc.because in the transaction.', slug using errcode = 'NB001';
  end if;
  if person <> 'system' then
    if person !~ '^[0-9]{1,18}$' or not exists (select from public.geo_user u where u.id = person::bigint) then
      raise exception 'A change of % needs who: there is no person % (nbioc.by is a person''s id, or system).', slug, person using errcode = 'NB001';
    end if;
    by_id := person::bigint;
  end if;
  document := coalesce(current_setting('nbioc.document', true), '');
  change_set := nullif(current_setting('nbioc.change_set', true), '')::bigint;
  imported := coalesce(current_setting('nbioc.imported', true), '') = 'on';
  if coalesce(current_setting('nbioc.at', true), '') = '' then
    perform set_config('nbioc.at', clock_timestamp()::text, true);
  end if;
  moment := current_setting('nbioc.at', true)::timestamptz;
end $$;

create or replace function public.layers_keep_made() returns trigger
language plpgsql set jit = off set search_path = pg_catalog as $$
declare
  said record;
begin
  select * into said from public.layers_said(tg_argv[0]);
  insert into public.layers_history (layer, fid, op, version, at, by_id, because, document, change_set, imported, row_before)
  select tg_argv[0], came.id, 'insert', came.version - 1, said.moment, said.by_id, said.because, said.document, said.change_set, said.imported, '{}'
    from came;
  return null;
end $$;

-- A row is true from its last change (since) until this one (at, exclusive). `at` never runs back for one row, though two transactions
-- that wait for each other may have begun the other way round.
-- The last change is looked up as the end of what stands up to (layer, fid), an order that only the index of both with `at` gives: asked by equality,
-- a planner that counted the table while an import held all its rows uncommitted walks a layer's every moment for each row, hours for 250,000.
create or replace function public.layers_keep_gone() returns trigger
language plpgsql set jit = off set enable_seqscan = off set enable_sort = off set search_path = pg_catalog, public as $$
declare
  said record;
  kept text;
begin
  select * into said from public.layers_said(tg_argv[0]);
  -- Looked up each time: a column that is added later is kept from then on without anybody thinking of it.
  select string_agg(format(case when a.atttypid = 'public.geometry'::regtype then 'gone.%I::text as %1$I' else 'gone.%I' end, a.attname), ', ' order by a.attnum)
    into kept
    from pg_attribute a
   where a.attrelid = tg_relid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' and a.attname <> tg_argv[1];
  execute format('
    insert into public.layers_history (layer, fid, op, version, since, at, by_id, because, document, change_set, imported, row_before, geom)
    select $1, gone.id, $2, gone.version, last.at, greatest($3, last.at), $4, $5, $6, $7, $8, (select to_jsonb(r) from (select %s) r), gone.%I
      from gone
      left join lateral (
        select h.layer, h.fid, h.at from public.layers_history h where (h.layer, h.fid) <= ($1, gone.id) order by h.layer desc, h.fid desc, h.at desc limit 1
      ) last on last.layer = $1 and last.fid = gone.id', kept, tg_argv[1])
    using tg_argv[0], lower(tg_op), said.moment, said.by_id, said.because, said.document, said.change_set, said.imported;
  return null;
end $$;

-- A table cannot be emptied past its history: no row trigger sees a truncation. Only who empties both at once, as tests do between them.
create or replace function public.layers_refuse_truncate() returns trigger
language plpgsql set search_path = pg_catalog as $$
begin
  if position('layers_history' in current_query()) = 0 then
    raise exception 'The rows of % are deleted, not truncated: history keeps them.', tg_argv[0] using errcode = 'NB003';
  end if;
  return null;
end $$;

-- What is kept stays as it is; only the retention of import revisions empties rows, and it says so first.
create or replace function public.layers_history_stands() returns trigger
language plpgsql set search_path = pg_catalog as $$
begin
  if coalesce(current_setting('nbioc.pruning', true), '') <> 'on' then
    raise exception 'History is not changed.' using errcode = 'NB002';
  end if;
  return null;
end $$;
create or replace trigger history_stands before update or delete on public.layers_history
  for each statement execute function public.layers_history_stands();
