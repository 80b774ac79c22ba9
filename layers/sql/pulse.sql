-- Question: has anything in this layer's table changed since I last read it?
-- A tick a layer, raised in the writing transaction, so that whoever reads tick and rows in one snapshot reads both or neither.
-- For layers that change by hand (streets, canals): the row is a queue for their writers.
-- Ticks come from a sequence: one that was taken back is never given again, so equal ticks are equal rows.
create sequence if not exists public.layers_pulse_ticks;
create table if not exists public.layers_pulse (layer text primary key, tick bigint not null);
create or replace function public.layers_beat() returns trigger
language plpgsql set jit = off set search_path = pg_catalog, public as $$
begin
  insert into public.layers_pulse as p (layer, tick) values (tg_argv[0], nextval('public.layers_pulse_ticks'))
  on conflict (layer) do update set tick = excluded.tick;
  return null;
end $$;
