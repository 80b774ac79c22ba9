-- Question: none; a change that does not raise the version of its row, as one by hand forgets to, raises it all the same.
-- Trigger function before each row. Otherwise whoever has the old version open would write over that change without being told.
create or replace function public.layers_raise_version() returns trigger
language plpgsql set search_path = pg_catalog as $$
begin
  new.version := old.version + 1;
  return new;
end $$;
