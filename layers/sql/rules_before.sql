-- Question: where did the features lie that have been touched, before this transaction and as far as the rule spoke of them?
-- A part of the other statements of rules_: what they call `gone`. An empty set where the whole layer is looked at.
-- Parameters: left (EWKB hex of what changed or was deleted), every (fid that was touched), around (EWKB hex or null), slug, fresh. Index: layers_history (layer, fid, …).
select kept.shape::public.geometry as geom from unnest(%(left)s::text[]) kept(shape) where %(fresh)s
union
select t.{column} from {relation} changed
  join public.layers_history h on h.layer = %(slug)s and h.fid = changed.{fid} and h.version = changed.version - 1 and h.op <> 'insert'
 cross join lateral jsonb_populate_record(null::{relation}, h.row_before || jsonb_build_object({name}, h.geom::text)) t
 where %(fresh)s and changed.{fid} = any(%(every)s::bigint[])
   -- of a large change, a piece: what lies around that
   and (%(around)s::text is null or changed.{column} operator(public.&&) %(around)s::text::public.geometry) and t.{column} is not null and ({rows})
