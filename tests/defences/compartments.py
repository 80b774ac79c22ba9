"""The control room: cases that most must not see."""

from tests.defences.defence import Swap, defence

PROTEST = "tests/scenarios/test_a_protest_most_must_not_see.py"
LIFECYCLE = "tests/incidents/test_lifecycle.py"

DEFENCES = (
    defence(
        "compartments", "a restricted case is seen by who is named and by who may see such",
        ("incidents/layer.py", 'NOT_RESTRICTED = f"(not t.restricted or {NAMED})"', 'NOT_RESTRICTED = "true"'),
        within=PROTEST, red=f"""test_no_address_tells_the_wrong_person[operator2]
                               test_to_the_wrong_person_every_verb_is_as_missing_as_the_case[operator2]
                               test_an_export_holds_nothing_of_it
                               test_tiles_and_the_live_stream_are_silent[operator2]
                               test_a_report_beside_it_gets_no_hint_and_cannot_be_merged_into_it
                               {LIFECYCLE}::test_a_restricted_case_is_missing_for_who_may_not_know""",
    ),
    defence(
        "compartments", "a kind that is hot is restricted from birth",
        ("incidents/compartments.py", '    return {"restricted": bool(category.sensitivity), "sensitivity": category.sensitivity}', '    return {"restricted": False, "sensitivity": ""}'),
        within=PROTEST, red="test_from_its_first_moment_it_keeps_to_who_took_it",
    ),
    defence(
        "compartments", "whoever took it stays with it",
        ("incidents/compartments.py", '            _name(incident, by, by, "tiếp nhận", at)\n', "            pass\n"),
        within=PROTEST, red="test_from_its_first_moment_it_keeps_to_who_took_it",
    ),
    defence(
        "compartments", "the leaders hear at once",
        ("incidents/compartments.py", '    alarms.raise_alarm(kind=ALARM, incident=incident, at=at, data={"sensitivity": incident.sensitivity})', "    return"),
        within=PROTEST, red="test_the_leaders_hear_at_once_and_see_who_has_looked",
    ),
    defence(
        "compartments", "who opened it is remembered, by whichever door",
        ("incidents/compartments.py", "    Reveal.objects.bulk_create([Reveal(incident_id=fid, user=by, at=at, door=door) for fid in incident_ids if fid not in fresh])", "    return"),
        within=PROTEST, red="test_the_leaders_hear_at_once_and_see_who_has_looked",
    ),
    defence(
        "compartments", "a case that turns hot is closed off by the step that says so",
        ("incidents/closing.py", "    compartments.follow_category(incident=incident, by=by, at=at)\n", ""),
        within=PROTEST, red="test_an_ordinary_case_that_turns_hot_is_closed_off_by_the_step_that_says_so",
    ),
    defence(
        "compartments", "what is merged with it goes into its compartment",
        ("incidents/merging.py", "    compartments.level(incident, main, by=by, at=at)\n", ""),
        within=PROTEST, red="test_what_is_merged_with_it_goes_into_its_compartment",
    ),
    defence(
        "compartments", "what is divided off as a kind that is hot is restricted from birth",
        ("incidents/merging.py", "if incident.restricted else compartments.at_birth(category)", "if incident is not None else compartments.at_birth(category)"),
        within="tests/incidents/test_merging.py", red="test_what_is_divided_off_as_a_hot_matter_is_restricted_from_birth",
    ),
    defence(
        "compartments", "a deed that takes a case out of one's sight succeeds and tells nothing of it",
        ("incidents/leaving.py", '"words": words, "area": _area(incident, scope)}', '"words": words, "area": _area(incident, scope), "place_name": incident.place_name}'),
        within="tests/incidents/test_leaving.py", red="test_a_leader_who_opens_a_case_to_everybody_is_told_that_it_is_done_and_gone",
    ),
    defence(
        "compartments", "only who may see such cases names people and opens them",
        ("incidents/lifecycle.py", '"unrestrict": Verb(EVERY, "", "see_restricted",', '"unrestrict": Verb(EVERY, "", "handle_cases",'),
        within=PROTEST, red="test_a_leader_opens_it_to_everybody_in_the_end",
    ),
    defence(
        "compartments", "a name that is taken off sees it no longer",
        ("incidents/compartments.py", "    if not CasePerson.objects.filter(incident=incident, user=person, until=None).update(until=at):", "    if not CasePerson.objects.filter(incident=incident, user=person, until=None).exists():"),
        within=PROTEST, red="test_a_leader_names_a_second_operator_who_sees_it_from_then_on_and_no_longer",
    ),
    defence(
        "compartments", "who is named must be one who sees cases at all",
        ("incidents/compartments.py", "    if found is None or not any(found.may(permission) for permission in SEEING):", "    if found is None:"),
        within=PROTEST, red="test_a_leader_names_a_second_operator_who_sees_it_from_then_on_and_no_longer",
    ),
    defence(
        "compartments", "the unit that is there is busy, and nobody else learns on what",
        ("incidents/dispatch/dispatching.py", "    if held is None or held.incident.restricted:", "    if held is None:"),
        within=PROTEST, red="test_the_unit_that_is_there_is_busy_and_nobody_else_learns_on_what",
    ),
    defence(
        "compartments", "others see one coarse cell that says nothing of where in it",
        Swap("incidents/migrations/0013_areas_and_telephones.py", "    from public.st_hexagongrid(500, place) h\n", "    from public.st_hexagongrid(5, place) h\n",
             sql="create or replace function public.incidents_cell(place public.geometry, out id bigint, out geom public.geometry) language sql stable as $$"
                 " select (h.i + 1000000)::bigint * 10000000 + h.j + 1000000, h.geom from public.st_hexagongrid(5, place) h"
                 " where public.st_intersects(h.geom, place) order by h.i, h.j limit 1 $$"),
        within=PROTEST, red="test_others_see_one_coarse_cell_that_says_nothing_of_where_in_it",
    ),
    defence(
        "compartments", "a sensitive case is restricted: the database holds to it",
        Swap("incidents/models.py", 'models.CheckConstraint(condition=Q(sensitivity="") | Q(restricted=True), name="sensitive_is_restricted"),', "", sql="alter table incidents_incident drop constraint sensitive_is_restricted"),
        within=PROTEST, red="test_a_sensitive_case_is_restricted_whoever_writes_it",
    ),
)  # fmt: skip
