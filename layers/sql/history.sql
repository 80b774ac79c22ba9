-- Question: what was each row before it changed, who changed it and why?
-- Trigger function for statement-level triggers with a transition table `gone`; argument 0 the layer's slug.
-- jit is off in the function: with it on, planning the transition table cost 170 ms an edit.
create or replace function public.layers_keep_history() returns trigger
language plpgsql set jit = off set search_path = pg_catalog, public as $$
begin
  if coalesce(current_setting('nbioc.because', true), '') = '' then
    raise exception 'A change of % needs who and why: set nbioc.by and nbioc.because in the transaction.', tg_argv[0]
      using errcode = 'NB001';
  end if;
  insert into public.layers_history (layer, fid, op, version, at, by_id, because, row_before)
  select tg_argv[0], gone.id, lower(tg_op), gone.version, pg_catalog.clock_timestamp(),
         nullif(current_setting('nbioc.by', true), '')::bigint, current_setting('nbioc.because', true), to_jsonb(gone)
    from gone;
  return null;
end $$;
