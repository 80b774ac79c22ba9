-- Question: what does a text sound like to somebody who types without marks? "Chợ Ngã Bảy" and "cho nga bay" are one.
-- Decomposed, so that NFC and NFD are equal; the marks of Latin letters and invisible characters are dropped; đ is d.
-- Immutable and fully qualified: expression indexes stand on it, and pg_restore runs without a search path.
-- Changing what it answers needs a reindex of every index named find_….
create extension if not exists pg_trgm with schema public;
create or replace function public.nbioc_fold(given text) returns text language sql immutable parallel safe as $$
  select pg_catalog.lower(pg_catalog.translate(pg_catalog.normalize(given, 'NFKD'),
    U&'\0110\0111\0131\0300\0301\0302\0303\0304\0306\0307\0308\0309\030A\030B\030C\031B\0323\0327\0328\200B\200C\200D\2060\FEFF', 'ddi'))
$$;
