"""The control room: where units are, whether they are well, and what needs a person."""

from tests.defences.defence import Swap, defence

TRACKING = "tests/incidents/units/test_tracking.py"
OTHERS = "tests/incidents/units/test_tracks_of_others.py"
WATCHING = "tests/incidents/units/test_watching.py"
ALARMS = "tests/incidents/test_alarms.py"
UNITS = "tests/incidents/units/test_units.py"
ROSTER = "tests/incidents/units/test_roster.py"
APART = "test_what_cannot_be_true_is_kept_apart_with_its_reason_and_moves_nobody"

DEFENCES = (
    defence(
        "positions, 141", "a spoofed jump is kept apart and used for nothing",
        ("incidents/units/screening.py", '        return Judged(one.fix, one.x, one.y, "jump")', "        return one"),
        within=TRACKING, red=f"""{APART}[wrong8-jump]
                                test_a_spoofed_jump_is_not_used_for_dispatch_and_the_true_ones_after_it_are
                                {WATCHING}::test_a_jump_onto_the_scene_is_no_arrival""",
    ),
    defence(
        "positions, 141", "a late fix is held against both its neighbours",
        ("incidents/units/screening.py", "for other in (before, after)):", "for other in ()):"),
        within=TRACKING, red="test_a_late_fix_is_held_against_both_its_neighbours",
    ),
    defence(
        "positions, 140", "a clock that lies ahead, or is a week off, is not believed",
        ("incidents/units/screening.py", "    if fix.at > received_at + AHEAD:", "    if False:"),
        ("incidents/units/screening.py", "    if fix.at < received_at - OLDEST:", "    if False:"),
        within=TRACKING, red=f"""{APART}[wrong2-clock]
                                {APART}[wrong4-ahead]""",
    ),
    defence(
        "positions, 140", "a clock that stands while the unit moves is doubted",
        ("incidents/units/screening.py", '"frozen" if moved else "", twice=not moved)', '"", twice=not moved)'),
        within=TRACKING, red="test_a_clock_that_stands_while_the_unit_moves_is_doubted",
    ),
    defence(
        "positions", "what is nowhere, or outside the city, is doubted",
        ("incidents/units/screening.py", "    if abs(fix.lon) < NEAR_ZERO_DEG and abs(fix.lat) < NEAR_ZERO_DEG:", "    if False:"),
        ("incidents/units/screening.py", "    if not (west <= x <= east and south <= y <= north):", "    if False:"),
        within=TRACKING, red=f"""{APART}[wrong0-outside]
                                {APART}[wrong1-zero]""",
    ),
    defence(
        "positions", "what is too unsure, or faster than its mode can be, is doubted",
        ("incidents/units/screening.py", "    if fix.accuracy_m is not None and fix.accuracy_m > CITY.units.accuracy_worst_m:", "    if False:"),
        ("incidents/units/screening.py", "    if fix.speed_kmh is not None and fix.speed_kmh > _fastest_kmh(mode):", "    if False:"),
        within=TRACKING, red=f"""{APART}[wrong6-accuracy]
                                {APART}[wrong7-speed]""",
    ),
    defence(
        "positions, 140", "what the device doubts itself is doubted",
        ("incidents/units/screening.py", "    if fix.doubt:", "    if False:"),
        within=TRACKING, red="test_traccar_forwards_by_a_token_that_relays_and_no_other",
    ),
    defence(
        "positions", "what is no position refuses the lot before anything is kept",
        ("incidents/units/tracking.py", "    for one in sent:\n        _check(one)\n", ""),
        within=TRACKING, red="""test_what_is_no_position_refuses_the_lot_before_anything_is_kept[wrong2]
                                test_what_cannot_be_true_is_kept_apart_with_its_reason_and_moves_nobody[wrong5-bad_position]""",
    ),
    defence(
        "positions, 141", "the same moment of a unit is one fact",
        ("incidents/sql/keep_positions.sql", "on conflict (responder_id, at) do nothing", ""),
        ("incidents/units/screening.py", "    if before is not None and before.at == one.fix.at:", "    if False:"),
        within=TRACKING, red="test_recorded_frames_sent_again_change_nothing", meets="IntegrityError",
    ),
    defence(
        "positions, 141", "a late fix moves no unit back",
        ("incidents/sql/move_units.sql", " and (r.position_at is null or r.position_at < f.at)", ""),
        within=TRACKING, red="""test_a_unit_moves_to_its_newest_position_and_late_ones_are_kept
                                test_a_clock_a_day_slow_is_history_and_never_live""",
    ),
    defence(
        "positions, 141", "a flood of history leaves room for what is fresh",
        ("incidents/units/tracking.py", "    if large and not _lots.acquire(blocking=False):", "    if large and not (_lots.acquire(blocking=False) or True):"),
        within=TRACKING, red="test_a_flood_of_history_leaves_room_for_what_is_fresh", meets="ValueError",
    ),
    defence(
        "positions", "a device gone wild fills no disk",
        ("incidents/sql/keep_doubts.sql", "interval '1 hour') < %(most)s", "interval '1 hour') < 1000000 + %(most)s"),
        within=TRACKING, red="test_a_device_gone_wild_fills_no_disk_and_its_true_fixes_still_count",
    ),
    defence(
        "positions, 140", "nobody sends another unit's position",
        ("incidents/units/positions_api.py", '    if {given.responder, *(fix.responder for fix in given.positions)} - {"", unit.code}:', "    if False:"),
        within=TRACKING, red="test_nobody_sends_another_units_position",
    ),
    defence(
        "positions, 140", "only a token that relays speaks for every device",
        ("incidents/units/positions_api.py", '    by = need(request, "relay_positions")\n    unit = ', "    by = request.user\n    unit = "),
        within=TRACKING, red="test_traccar_forwards_by_a_token_that_relays_and_no_other",
    ),
    defence(
        "positions, 140", "a device that is paired with nobody moves nobody",
        ("incidents/units/positions_api.py", "    unit = Responder.objects.filter(device_id=device).first()\n    if unit is None:", "    unit = Responder.objects.filter(device_id=device).first() or Responder.objects.first()\n    if unit is None:"),
        within=TRACKING, red="test_a_wrong_tracker_gets_a_problem[id=nobody&lat=9.8&lon=105.8-404-not_found]",
    ),
    defence(
        "positions", "one that fails takes no other along",
        ("incidents/units/tracking.py", "                one.failed = self._alone(one) if len(lots) > 1 else error", "                one.failed = error"),
        within=TRACKING, red="test_lots_that_come_together_are_one_transaction_and_one_that_fails_takes_no_other_along",
    ),
    defence(
        "check-ins", "who does not say that it is well is an alarm",
        ("incidents/clock.py", "    watching.checks,\n", ""),
        within=WATCHING, red="test_who_does_not_say_for_twenty_minutes_that_it_is_well_is_an_alarm_until_it_does",
    ),
    defence(
        "check-ins", "nobody waits for a unit that is free",
        ("incidents/units/watching.py", '    there = Assignment.objects.filter(ended_at=None, status="on_scene", incident__category__in=CHECKED)', "    there = Assignment.objects.filter(incident__category__in=CHECKED)"),
        within=WATCHING, red="test_nobody_waits_for_a_unit_that_is_free_or_on_a_case_without_checks",
    ),
    defence(
        "check-ins", "nobody speaks for another unit",
        ("incidents/units/units_api.py", "    if not Responder.objects.filter(pk=responder_id, user=by).exists():\n        raise NOT_FOUND()\n", ""),
        ("incidents/units/units_api.py", "    unit_queries.detail(responder_id=responder_id, scope=request.caller, at=request.at)\n    said = ", "    said = "),
        within=WATCHING, red="test_nobody_checks_in_for_another_unit",
    ),
    defence(
        "check-ins", "a call for help is an alarm until the unit is well",
        ("incidents/units/watching.py", '            alarms.raise_alarm(kind="unit_help", incident=incident, responder=responder, at=at, data={"note": made.note})', "            pass"),
        within=WATCHING, red="test_a_call_for_help_sounds_at_once_for_who_dispatches_and_ends_when_the_unit_is_well", meets="ValueError",
    ),
    defence(
        "check-ins", "who is not near for long enough has not arrived",
        ("incidents/sql/arrivals.sql", "\n   and extract(epoch from near.until - near.since) >= %(for_s)s", ""),
        within=WATCHING, red="test_who_is_not_near_for_long_enough_has_not_arrived[not long enough]",
    ),
    defence(
        "check-ins", "who drove past has not arrived",
        ("incidents/sql/arrivals.sql", "greatest(%(since)s, a.enroute_at, away.out_at)", "greatest(%(since)s, a.enroute_at)"),
        within=WATCHING, red="test_who_is_not_near_for_long_enough_has_not_arrived[drove past]",
    ),
    defence(
        "check-ins", "a unit on the line is told once: it is back so much nearer than it was out",
        ("incidents/units/watching.py", "BACK_SHARE = 0.5", "BACK_SHARE = 1.0"),
        within=WATCHING, red="test_a_unit_of_a_ward_that_leaves_it_unsent_is_told_until_it_is_back",
    ),
    defence(
        "alarms", "an alarm stands once a subject, whoever raises it",
        ("incidents/alarms.py", "    if Alarm.objects.filter(kind=kind, subject=named, cleared_at=None).exists():\n        return False\n", ""),
        Swap("incidents/models.py", 'constraints = [models.UniqueConstraint(fields=["kind", "subject"], condition=Q(cleared_at=None), name="one_alarm_a_kind_and_subject")]', "constraints = []",
             sql="drop index one_alarm_a_kind_and_subject"),
        within=ALARMS, red="""test_raised_twice_it_is_one_alarm
                              test_the_database_keeps_one_alarm_a_subject_whoever_raises_it""",
    ),
    defence(
        "alarms", "an alarm that nobody takes goes up",
        ("incidents/clock.py", "    alarms.escalate,\n", ""),
        within=ALARMS, red="test_an_alarm_that_nobody_takes_goes_up_once_and_however_late_the_tick", meets="ValueError",
    ),
    defence(
        "alarms", "one that is acknowledged does not",
        ("incidents/alarms.py", "kind=kind, cleared_at=None, acknowledged_at=None, level__lt=highest", "kind=kind, cleared_at=None, level__lt=highest"),
        ("incidents/alarms.py", "free = Q(pk=alarm.pk, cleared_at=None, acknowledged_at=None, level__lt=level)", "free = Q(pk=alarm.pk, cleared_at=None, level__lt=level)"),
        within=ALARMS, red="test_what_is_acknowledged_in_time_does_not_go_up",
    ),
    defence(
        "alarms", "who comes second changes nothing",
        ("incidents/alarms.py", "taken = Alarm.objects.filter(pk__in=ids, acknowledged_at=None)", "taken = Alarm.objects.filter(pk__in=ids)"),
        within=ALARMS, red="test_who_acknowledges_silences_it_for_everybody_and_the_second_changes_nothing",
    ),
    defence(
        "alarms", "taking all that calls for a case takes nothing of another, and not the case itself",
        ("incidents/alarms.py", 'one["incident"]["id"] == case["id"] and one["kind"] != "case_unheard"]', 'one["incident"]["id"]]'),
        within=ALARMS, red="test_a_case_is_taken_with_all_that_calls_for_it_and_another_case_goes_on_calling",
    ),
    defence(
        "alarms", "nobody hears of a case that they may not see",
        ("incidents/sql/alarms.sql", "   and (a.incident_id is null or c.item is not null\n        or (a.level > 0 and (x.taking or exists (select 1 from {counted} t where t.id = a.incident_id and {counted_where}))))\n", ""),
        within=ALARMS, red="test_a_restricted_case_alarms_nobody_who_may_not_see_it",
    ),
    defence(
        "alarms", "who hears what went up is told that a case waits, and not which",
        ("incidents/alarms.py", '        "data": {} if hidden else row["data"],', '        "data": row["data"] | {"subject": row["subject"]},'),
        within=ALARMS, red="test_an_alarm_that_nobody_takes_goes_up_once_and_however_late_the_tick",
    ),
    defence(
        "alarms", "who is not told hears nothing",
        ("incidents/alarms.py", "for level, permission in enumerate(row.told) if scope.may(permission)])}", "for level, permission in enumerate(row.told)])}"),
        within=ALARMS, red="test_who_is_not_told_hears_nothing_and_takes_nothing[admin]",
    ),
    defence(
        "alarms", "a rule that fails stops no other",
        ("incidents/clock.py", "            except Exception:\n                log", "            except ZeroDivisionError:\n                log"),
        within=ALARMS, red="test_a_rule_that_fails_stops_no_other", meets="RuntimeError",
    ),
    defence(
        "alarms", "one process ticks at a time",
        ("incidents/clock.py", "        if not cursor.fetchone()[0]:\n            return False", "        cursor.fetchone()"),
        within=ALARMS, red="test_one_process_ticks_at_a_time",
    ),
    defence(
        "units", "nobody is on two units",
        Swap("incidents/units/unit_models.py", 'models.UniqueConstraint(fields=["member"], condition=Q(until=None), name="one_unit_a_member_at_once")', "",
             sql="drop index one_unit_a_member_at_once"),
        within=UNITS, red="test_nobody_is_on_two_units",
    ),
    defence(
        "units", "a unit speaks for itself and for no other",
        ("incidents/units/units_api.py", "    if not Responder.objects.filter(pk=responder_id, user=by).exists():\n        raise NOT_FOUND()\n", ""),
        ("incidents/layer.py", 'Grant("use_field", rows="t.user_id = %(user)s")', 'Grant("use_field")'),
        within=UNITS, red="test_a_unit_speaks_for_itself_and_for_no_other",
    ),
    defence(
        "units", "nobody goes home from an assignment",
        ("incidents/units/shifts.py", "    if held is not None:\n        raise HAS_WORK", "    if False:\n        raise HAS_WORK"),
        within=UNITS, red="test_nobody_goes_home_from_an_assignment",
    ),
    defence(
        "units", "a rest that was too short needs a reason",
        ("incidents/units/shifts.py", "        if short_h is not None and not because.strip():", "        if False:"),
        within=UNITS, red="test_too_short_a_rest_needs_a_reason_and_its_hours_go_on_counting",
    ),
    defence(
        "units", "who does not keep the roster changes none of it",
        ("incidents/units/units_api.py", '    by = need(request, "manage_roster")\n    return roster.take_in(', "    by = request.user\n    return roster.take_in("),
        within=ROSTER, red="test_who_does_not_keep_the_roster_changes_none_of_it[officer]",
    ),
    defence(
        "units", "one wrong line refuses the whole table",
        ("incidents/units/roster.py", "    if wrong and not dry_run:", "    if False:"),
        within=ROSTER, red="test_one_wrong_line_refuses_the_table_and_is_named",
    ),
)  # fmt: skip
