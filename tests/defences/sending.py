"""The control room: who is sent, asked for and held."""

from tests.defences.defence import Swap, defence

DISPATCHING = "tests/incidents/dispatch/test_dispatching.py"
ORDERS = "tests/incidents/dispatch/test_dispatch_api.py"
ASKING = "tests/incidents/dispatch/test_asking.py"
EXERCISES = "tests/incidents/rehearsal/test_exercises.py"
EXERCISE = "tests/incidents/rehearsal/test_exercise.py"
ONE_ASSIGNMENT = Swap("incidents/models.py", 'models.UniqueConstraint(fields=["responder"], condition=Q(ended_at=None), name="one_open_assignment_per_unit")', "",
                      sql="drop index one_open_assignment_per_unit")  # fmt: skip

DEFENCES = (
    defence(
        "dispatch", "a unit has one assignment that has not ended: the database has the last word",
        ONE_ASSIGNMENT,
        within=DISPATCHING, red="""test_a_unit_that_is_sent_cannot_be_sent_again_and_all_or_none_go
                                   test_two_people_sending_the_same_unit_at_once_one_succeeds""",
    ),
    defence(
        "dispatch", "units are held in the order of their ids: of two sets that overlap one whole set goes",
        ("incidents/dispatch/dispatching.py", 'found = list(Responder.objects.select_for_update().filter(pk__in=wanted).order_by("pk"))', 'found = list(Responder.objects.filter(pk__in=wanted).order_by("pk"))'),
        ONE_ASSIGNMENT,
        within=ORDERS, red="test_two_operators_sending_overlapping_sets_at_once_one_whole_set_goes",
    ),
    defence(
        "dispatch", "all or none are sent",
        ("incidents/dispatch/dispatching.py", "        raise _taken(unit) from error\n\n\ndef _taken", "        return Assignment.objects.filter(responder=unit, ended_at=None).get()\n\n\ndef _taken"),
        within=DISPATCHING, red="test_a_unit_that_is_sent_cannot_be_sent_again_and_all_or_none_go",
    ),
    defence(
        "dispatch", "nobody is sent to what is not verified",
        ("incidents/dispatch/dispatching.py", '        lifecycle.check(incident, "dispatch")\n', ""),
        within=DISPATCHING, red="test_nobody_is_sent_to_what_is_not_verified_and_no_one_off_duty_is_sent",
    ),
    defence(
        "dispatch", "out of service goes nowhere",
        ("incidents/dispatch/dispatching.py", "    if off:\n", "    if False:\n"),
        within=DISPATCHING, red="test_nobody_is_sent_to_what_is_not_verified_and_no_one_off_duty_is_sent",
    ),
    defence(
        "dispatch", "another than the recommended needs a reason, and both are kept",
        ("incidents/dispatch/dispatching.py", "    if reasons and not because.strip():", "    if False:"),
        within=ORDERS, red="""test_another_than_the_recommended_needs_a_reason_and_both_are_kept
                              test_a_held_unit_is_shown_and_another_case_takes_it_only_with_a_reason""",
    ),
    defence(
        "dispatch", "a role is one of the card's",
        ("incidents/dispatch/dispatching.py", "        if send.role and send.role not in known:", "        if False:"),
        within=ORDERS, red="test_a_role_that_the_card_has_not_is_refused",
    ),
    defence(
        "dispatch", "a unit that the caller may not see is none",
        ("incidents/dispatch/dispatching.py", "    if not {unit.id for unit in units(scope)}.issuperset(wanted) or len(found) < len(wanted):", "    if False:"),
        within=DISPATCHING, red="test_a_wrong_dispatch_sends_nobody[body1-404-not_found]",
    ),
    defence(
        "dispatch", "only who may dispatch dispatches",
        ("incidents/dispatch/dispatch_api.py", '    by = need(request, "dispatch_units")\n    sends', "    by = request.user\n    sends"),
        within=DISPATCHING, red="test_only_who_may_dispatch_dispatches",
    ),
    defence(
        "dispatch", "an assignment is stepped by the unit itself or by who dispatches",
        ("incidents/api.py", "    if not Assignment.objects.filter(pk=assignment_id, responder__user=by).exists():\n        raise NOT_FOUND()\n", ""),
        within=DISPATCHING, red="test_a_foreign_field_unit_does_not_know_of_the_job",
    ),
    defence(
        "dispatch", "steps have their order",
        ("incidents/dispatch/dispatching.py", "        if assignment.status not in row.before:", "        if False:"),
        within=DISPATCHING, red="test_a_step_out_of_order_says_what_is_possible",
    ),
    defence(
        "dispatch", "a step is taken back within ten seconds, once, and by whoever made it",
        ("incidents/dispatch/dispatching.py", 'if last is None or last.kind == "undo" or last.by_id != by.pk or at - last.at > timedelta(seconds=UNDO_S):', 'if last is None or last.kind == "undo":'),
        within=DISPATCHING, red="test_a_wet_screen_can_be_taken_back_within_ten_seconds_and_once",
    ),
    defence(
        "dispatch", "a case that ends frees every unit",
        ("incidents/closing.py", "            dispatching.release(incident=incident, at=at)\n", ""),
        within=DISPATCHING, red="test_a_closed_case_frees_every_unit",
    ),
    defence(
        "dispatch", "a position that is old, or from the future, is passed over",
        ("incidents/dispatch/candidates.py", "        elif unit.position_at > latest:", "        elif False:"),
        ("incidents/dispatch/candidates.py", "        elif unit.position_at < earliest and not stale_too:", "        elif False:"),
        within=ORDERS, red=f"""test_a_position_from_the_future_is_in_doubt_by_as_much_and_a_wrong_clock_is_passed_over
                              {DISPATCHING}::test_the_passed_over_are_told_with_their_reason""",
    ),
    defence(
        "requests", "a request that nobody answered in time is an alarm, once",
        ("incidents/clock.py", "    asking.unanswered,\n", ""),
        within=ASKING, red="test_when_the_clock_runs_out_the_next_is_proposed_once_with_an_alarm", meets="DoesNotExist",
    ),
    defence(
        "requests", "an answer in time is no alarm",
        ("incidents/dispatch/asking.py", 'late = Assignment.objects.filter(status="requested", ended_at=None, overdue_at=None, due_at__lte=at)', "late = Assignment.objects.filter(ended_at=None, overdue_at=None, due_at__lte=at)"),
        ("incidents/dispatch/asking.py", 'free.filter(pk=assignment_id, status="requested", ended_at=None, overdue_at=None, due_at__lte=at)', "free.filter(pk=assignment_id, ended_at=None, overdue_at=None, due_at__lte=at)"),
        within=ASKING, red="test_an_answer_in_time_is_no_alarm",
    ),
    defence(
        "requests", "nobody answers for another agency",
        ("incidents/dispatch/asking.py", 'Assignment.objects.filter(pk=assignment_id, responder__agency_id=by.agency_id, status="requested", ended_at=None).exists()', 'Assignment.objects.filter(pk=assignment_id, status="requested", ended_at=None).exists()'),
        within=ASKING, red="test_nobody_answers_for_another_agency_nor_twice_nor_anything_else",
    ),
    defence(
        "requests", "an agency sees its own requests alone",
        ("incidents/dispatch/asking.py", 'filter(responder__agency_id=by.agency_id, status="requested", ended_at=None)\n', 'filter(status="requested", ended_at=None)\n'),
        within=ASKING, red="test_the_agency_sees_its_own_requests_and_never_who_reported", meets="ValueError",
    ),
    defence(
        "requests", "of a restricted case it is told nothing of what it is about",
        ("incidents/dispatch/asking.py", '            "description": "" if case.restricted else case.description,', '            "description": case.description,'),
        within=ASKING, red="test_the_agency_sees_its_own_requests_and_never_who_reported",
    ),
    defence(
        "requests", "whoever said no is not asked again",
        ("incidents/dispatch/looking.py", 'frozenset(row[0] for row in rows if row[2] == "declined")', "frozenset()"),
        within=ASKING, red="test_an_agency_declines_with_a_reason_and_the_next_is_proposed",
    ),
    defence(
        "holds", "a hold has something that it is for, a reason and a near end",
        ("incidents/dispatch/reserving.py", "    if not at < until <= at + longest or (incident_id is None) == (not area) or not because:", "    if False:"),
        within=ORDERS, red="test_a_hold_without_what_why_or_a_near_end_is_refused", meets="IntegrityError",
    ),
    defence(
        "holds", "a unit is held once, and not while it is out",
        ("incidents/dispatch/reserving.py", '        if Assignment.objects.filter(responder=unit, ended_at=None).exists() or unit.duty == "out_of_service":', "        if False:"),
        within=ORDERS, red="test_a_unit_is_held_once_and_not_while_it_is_out",
    ),
    defence(
        "holds", "the database holds a unit once",
        Swap("incidents/models.py", 'models.UniqueConstraint(fields=["responder"], condition=Q(ended_at=None), name="one_open_reservation_per_unit"),', "", sql="drop index one_open_reservation_per_unit"),
        within=ORDERS, red="test_a_unit_is_held_once_and_not_while_it_is_out",
    ),
    defence(
        "holds", "at the moment that it ends, a hold has ended",
        ("incidents/dispatch/reserving.py", "filter(ended_at=None, until__gt=at)\n    return {hold", "filter(ended_at=None, until__gte=at)\n    return {hold"),
        within=ORDERS, red="test_a_hold_that_ends_at_the_very_moment_of_the_order_has_ended", meets="reason_needed",
    ),
    defence(
        "holds", "a hold for a restricted case does not say for what",
        ("incidents/dispatch/dispatch_api.py", 'hidden = one.incident is not None and one.incident.restricted and not scope.may("see_restricted")', "hidden = False"),
        within=ORDERS, red="test_a_hold_for_a_restricted_case_does_not_say_for_what",
    ),
    defence(
        "holds", "who may not dispatch holds nobody",
        ("incidents/dispatch/dispatch_api.py", '    by = need(request, "dispatch_units")\n    made', "    by = request.user\n    made"),
        within=ORDERS, red="test_who_may_not_dispatch_neither_holds_nor_frees",
    ),
    defence(
        "exercises", "only units that take part are sent",
        ("incidents/rehearsal/mustering.py", "    if able is not None and not able.issuperset(responders):", "    if False:"),
        within=EXERCISES, red="test_only_units_that_take_part_are_offered_and_sent",
    ),
    defence(
        "exercises", "nobody counts an exercise",
        ("incidents/layer.py", 'COUNTED = "not t.restricted and not t.exercise"', 'COUNTED = "not t.restricted"'),
        within=EXERCISE, red="test_nobody_counts_an_exercise_whoever_they_are",
    ),
    defence(
        "exercises", "nobody who takes no part hears of it",
        ("incidents/sql/alarms.sql", "   and coalesce(x.taking, true)\n", ""),
        within=EXERCISES, red="test_a_leader_who_takes_no_part_hears_nothing_of_it",
    ),
    defence(
        "exercises", "one runs at a time, and the database says so",
        Swap("incidents/duty_models.py", 'models.UniqueConstraint(fields=["running"], condition=Q(running=True), name="one_exercise_at_a_time"),', "", sql="drop index one_exercise_at_a_time"),
        within=EXERCISES, red="test_one_runs_at_a_time_and_the_database_says_so",
    ),
)  # fmt: skip
