"""Group F: who may do what, at every door."""

from tests.defences.defence import Swap, defence

ACCESS = "tests/adversarial/test_adv_access.py"
EDITING = "tests/house/test_editing.py"
LIVE = "tests/layers/test_live.py"
MATRIX = "tests/adversarial/test_adv_permissions.py::test_adv_076_to_089_a_part_of_the_matrix_with_every_pair_in_it"
EVERY_FIELD = ("layers/access.py", "fields=tuple(field_ for field_ in found.fields if scope.may(field_.see)),", "fields=tuple(found.fields),")
EVERY_GRANT = (
    "layers/access.py",
    "    grants = [grant for grant in found.grants if scope.may(grant.permission)]\n    if not grants:",
    "    grants = list(found.grants)\n    if not grants:",
)
EVERY_ROW = ("layers/access.py", "        where=_rows(grants),", '        where=sql.SQL("true"),')

DEFENCES = (
    defence(
        "076, 078, 080, 082, 088", "a row is shown to whoever holds a grant that covers it: the matrix sees it at every door",
        EVERY_ROW,
        red=MATRIX,
    ),
    defence(
        "076", "a row that a caller may not see is a row that never was",
        EVERY_ROW,
        within=ACCESS, red="test_adv_076_a_number_that_is_not_yours_is_a_number_that_never_was",
    ),
    defence(
        "076", "a set of edits is seen by its author and by whoever may publish all of it",
        ("layers/changing/changesets.py", "    return given.author_id == scope.user_id or (given.status not in UNSEEN and _may_publish(given, scope))", "    return True"),
        within=ACCESS, red="test_adv_076_a_number_that_is_not_yours_is_a_number_that_never_was",
    ),
    defence(
        "077", "a field that is not the caller's to write refuses the whole edit",
        ("layers/changing/values.py", '            raise NOT_WRITABLE(f"Không được sửa trường', '            continue\n            raise NOT_WRITABLE(f"Không được sửa trường'),
        within=ACCESS, red="test_adv_077_a_field_that_is_not_yours_to_write_is_refused_at_every_door_and_nothing_changes",
    ),
    defence(
        "077", "a restore writes only what its caller may",
        ("layers/changing/conflicts.py", "columns = {name: value for name, value in columns.items() if name in writable}", "columns = dict(columns)"),
        within=ACCESS, red="test_adv_077_a_restore_over_a_standing_row_does_not_write_what_its_caller_may_not",
    ),
    defence(
        "078", "a field that the caller may not see is in no statement",
        EVERY_FIELD,
        within=ACCESS, red="""test_adv_078_a_hidden_field_is_answered_sideways_by_no_door
                              test_adv_078_the_history_of_a_hidden_field_says_that_nothing_changed""",
    ),
    defence(
        "080", "whose a row is decides before a change and after it",
        ("layers/changing/rows.py", "    rule = changeable_rows(seen.layer, seen.scope)", "    rule = None"),
        within=ACCESS, red="test_adv_080_an_agency_gives_none_of_its_rows_away_and_takes_none",
    ),
    defence(
        "080", "history keeps the place that a row has left",
        ("layers/sql/history.sql", "(select to_jsonb(r) from (select %s) r), gone.%I\n", "(select to_jsonb(r) from (select %s) r), null\n"),
        within=ACCESS, red="test_adv_080_a_move_leaves_both_places_in_the_history",
    ),
    defence(
        "080", "who is bounded to a ward moves nothing out of it",
        ("layers/changing/editing.py", "    places.check(scope, standing.shape, at)\n    rows.check_editable(plan.seen, standing.fid)\n    shape = plan.shape", "    shape = plan.shape"),
        within=EDITING, red="test_who_is_bounded_to_a_ward_moves_nothing_out_of_it_or_into_it",
    ),
    defence(
        "080", "nor into it",
        ("layers/changing/editing.py", "        places.check(scope, shape, at)\n        shape = shapes.settled", "        shape = shapes.settled"),
        within=EDITING, red="test_who_is_bounded_to_a_ward_moves_nothing_out_of_it_or_into_it",
    ),
    defence(
        "080", "a new row says no other ward than its own",
        ("layers/changing/places.py", "    if not scope.wards or not layer.ward_column:\n        return\n", "    return\n"),
        within=EDITING, red="test_a_new_parcel_gets_the_ward_of_its_place_and_may_not_claim_another",
    ),
    defence(
        "081", "rights are read with every request",
        ("geo/config/middleware.py", "request.caller = scope_of(request.user)", 'request.caller = self.__dict__.setdefault(f"of {request.user.pk}", scope_of(request.user))'),
        within=ACCESS, red="test_adv_081_a_right_that_ends_between_two_pages_ends_the_pages",
    ),
    defence(
        "081", "who made a set of edits must still be able to when it is published",
        ("layers/changing/changesets.py", "            scope=scope_of(given.author),\n            at=at,\n            because=given.because or given.title,", "            scope=access.SYSTEM,\n            at=at,\n            because=given.because or given.title,"),
        within=ACCESS, red="test_adv_081_a_right_that_ends_between_submitting_and_approving_publishes_nothing",
    ),
    defence(
        "081", "the fast doors remember a person for five seconds",
        ("geo/config/callers.py", "REMEMBERED_S = 5.0", "REMEMBERED_S = 60.0"),
        within=ACCESS, red="test_adv_081_the_fast_doors_forget_a_person_within_seconds",
    ),
    defence(
        "081", "an open stream asks again who listens",
        ("layers/live.py", "            credential.scope, credential.checked = scope, asked", "            credential.scope, credential.checked = (scope if not credential.checked else credential.scope), asked"),
        within=LIVE, red="test_a_change_of_role_ends_what_is_seen", meets="TimeoutError",
    ),
    defence(
        "082", "one edit that is not allowed takes the others with it",
        ("layers/changing/editing.py", "    if not access.may(layer, action, scope):", "    if False:"),
        within=ACCESS, red="test_adv_082_one_edit_that_is_not_allowed_takes_the_others_with_it",
    ),
    defence(
        "082", "only what the caller could do is told as possible",
        ("layers/ogc/change.py", ".items() if access.may(seen.layer, action, seen.scope))", ".items())"),
        within=ACCESS, red="test_adv_082_hidden_methods_and_the_administrators_pages_are_closed",
    ),
    defence(
        "084", "a trigger's function runs as whoever fires it",
        ("layers/sql/history.sql", "create or replace function public.layers_keep_made() returns trigger\nlanguage plpgsql set", "create or replace function public.layers_keep_made() returns trigger\nlanguage plpgsql security definer set"),
        within=ACCESS, red="test_adv_084_no_function_of_ours_runs_as_its_owner_or_looks_its_names_up_where_the_caller_says",
    ),
    defence(
        "084", "and looks its names up where we say",
        ("layers/sql/raised.sql", "language plpgsql set search_path = pg_catalog as", "language plpgsql as"),
        within=ACCESS, red="test_adv_084_no_function_of_ours_runs_as_its_owner_or_looks_its_names_up_where_the_caller_says",
    ),
    defence(
        "084", "no view of tables that no layer names",
        Swap("layers/sanity.py", '        cursor.execute(statement("layers", "is_sane"))',
             '        cursor.execute(statement("layers", "is_sane"))\n        cursor.execute("create or replace view public.everybody as select * from public.geo_user")'),
        within=ACCESS, red="test_adv_084_every_view_of_ours_is_a_layer_that_access_opens",
    ),
    defence(
        "085", "the database's words stay in the database",
        ("layers/changing/editing.py", 'raise CONFLICT("Trùng với đối tượng đã có.", "It collides with one that is there.") from error', "raise CONFLICT(str(error), str(error)) from error"),
        within=ACCESS, red="test_adv_085_what_the_database_refuses_is_told_without_its_words",
    ),
    defence(
        "085", "a number of rows is of the rows that the caller sees",
        ("layers/query.py", ".format(opened.relation, opened.where, narrowed)", ".format(opened.relation, EVERY, narrowed)"),
        ("layers/query.py", ".format(opened.relation, opened.where, in_box(opened.geometry, box))", ".format(opened.relation, EVERY, in_box(opened.geometry, box))"),
        within=ACCESS, red="test_adv_085_a_number_of_rows_is_of_the_rows_that_the_caller_sees",
    ),
    defence(
        "086", "a machine gets the fields that its person sees",
        EVERY_FIELD,
        within=ACCESS, red="test_adv_086_a_machine_of_another_house_gets_the_fields_of_its_contract_and_no_others",
    ),
    defence(
        "086", "and the layers that its person sees",
        EVERY_GRANT,
        within=ACCESS, red="test_adv_086_a_machine_of_another_house_gets_the_fields_of_its_contract_and_no_others",
    ),
    defence(
        "086", "a token that was taken back stands for nobody",
        ("geo/models.py", ".filter(alive, digest=cls.digest_of(secret), revoked_at=None)", ".filter(alive, digest=cls.digest_of(secret))"),
        red="tests/house/test_api.py::test_a_screen_signs_in_by_its_token_and_not_by_a_revoked_one",
    ),
    defence(
        "088", "what may not be seen is left out before the best are chosen",
        ("layers/search.py", "seen.fid, seen.relation, seen.where, kept, condition", 'seen.fid, seen.relation, sql.SQL("true"), kept, condition'),
        within=ACCESS, red="test_adv_088_what_may_not_be_seen_is_left_out_before_the_best_are_chosen",
    ),
    defence(
        "088", "and is in no answer",
        ("layers/search.py", "seen.fid, seen.relation, seen.where, kept, condition", 'seen.fid, seen.relation, sql.SQL("true"), kept, condition'),
        ("layers/search.py", "        shape=seen.geometry,\n        relation=seen.relation,\n        where=seen.where,", '        shape=seen.geometry,\n        relation=seen.relation,\n        where=sql.SQL("true"),'),
        within=ACCESS, red="test_adv_088_what_may_not_be_seen_is_left_out_before_the_best_are_chosen",
    ),
)  # fmt: skip
