"""The control room: closed streets and the water, which every way and every candidate obeys."""

from tests.defences.defence import Swap, defence

CLOSING = "tests/layers/ways/test_closing_roads.py"
FLOOD = "tests/layers/water/test_flood.py"
REFUSED = "test_what_makes_no_sense_is_refused_with_its_reason"
GAUGE = "test_a_gauge_that_cannot_be_trusted_is_passed_over_and_said_to_be"

DEFENCES = (
    defence(
        "closures", "only who may close roads closes, changes and opens them",
        ("layers/ways/closing_roads.py", "    if not access.may(layer, action, scope):", "    if False:"),
        within=CLOSING, red="test_who_may_not_close_roads_closes_changes_and_opens_none[leader]",
    ),
    defence(
        "closures", "a closure says when it ends, or that it stays",
        ("layers/ways/closing_roads.py", "    if wanted.ends_at is None and not wanted.until_opened:", "    if False:"),
        within=CLOSING, red=f"{REFUSED}[body2-422-closure_without_end]",
    ),
    defence(
        "closures", "reason, modes and factor are ones",
        ("layers/ways/closing_roads.py", "    _check(reason=wanted.reason, modes=wanted.modes, factor=wanted.factor)\n", ""),
        within=CLOSING, red=f"""{REFUSED}[body0-422-closure_invalid]
                               {REFUSED}[body7-422-closure_invalid]
                               {REFUSED}[body10-422-closure_invalid]""",
    ),
    defence(
        "closures", "times come after each other, and within a year",
        ("layers/ways/closing_roads.py", "    if ends_at is not None and ends_at <= max(starts_at, at):", "    if False:"),
        ("layers/ways/closing_roads.py", "    if max(starts_at, ends_at or starts_at) > at + LONGEST_AHEAD:", "    if False:"),
        within=CLOSING, red=f"""{REFUSED}[body3-422-closure_invalid]
                               {REFUSED}[body4-422-closure_invalid]""",
    ),
    defence(
        "closures", "what closes nothing is told so",
        ("layers/ways/closing_roads.py", "    if not held.stretches:", "    if False:"),
        within=CLOSING, red=f"{REFUSED}[body15-422-closes_nothing]",
    ),
    defence(
        "closures", "what closes most of the city is asked about again",
        ("layers/ways/closing_roads.py", "    if held.share > MUCH and not wanted.confirmed and not wanted.looking:", "    if False:"),
        within=CLOSING, red="test_an_area_over_most_of_the_city_is_asked_about_again",
    ),
    defence(
        "closures", "a shape passes the gateway",
        ("geo/shapes.py", "if shapely.get_num_coordinates(raw) > MAX_VERTICES or shapely.get_num_geometries(raw) > MAX_PARTS or _parts(raw) > MAX_PARTS:", "if False:"),
        within=CLOSING, red="test_a_polygon_of_a_hundred_thousand_corners_does_not_come_in", meets="unprocessable",
    ),
    defence(
        "closures", "it is changed on the version that was read",
        ("layers/ways/closing_roads.py", '    edit = Edit(SLUG, "update", fid, frozenset(known), properties)', '    edit = Edit(SLUG, "update", fid, frozenset({query.feature(opened(SLUG, scope), fid)["version"]}), properties)'),
        within=CLOSING, red="test_it_is_lengthened_on_the_version_that_was_read_and_stays_until_opened_where_that_is_said",
    ),
    defence(
        "closures", "the second to open it is told who was first",
        ("layers/ways/closing_roads.py", "    if ends_at and ends_at <= at:", "    if False:"),
        within=CLOSING, red="""test_the_second_to_open_it_is_told_who_was_first
                               test_it_is_lengthened_on_the_version_that_was_read_and_stays_until_opened_where_that_is_said""",
    ),
    defence(
        "closures", "one that is over stops counting at its moment",
        ("layers/ways/travel.py", "return self.starts_at <= at and (self.ends_at is None or self.ends_at > at)", "return self.starts_at <= at"),
        within=CLOSING, red="test_one_that_is_over_stops_counting_at_its_moment_without_anything_being_done",
    ),
    defence(
        "closures", "another worker knows at its next question",
        ("layers/ways/travel.py", "        moved = {layer for layer in PULSES if ticks.get(layer) != _kept.ticks.get(layer)} if database == _kept.database else set(PULSES)", "        moved = set() if database == _kept.database else set(PULSES)"),
        within=CLOSING, red="test_another_worker_knows_at_its_next_question",
    ),
    defence(
        "closures", "the database refuses one that ends before it begins",
        Swap("layers/library/closures.py", 'models.CheckConstraint(condition=models.Q(ends_at=None) | models.Q(ends_at__gte=models.F("starts_at")), name="closure_ends_after_it_begins"),', "",
             sql="alter table layers_closure drop constraint closure_ends_after_it_begins"),
        within=CLOSING, red="test_the_database_itself_refuses_one_that_ends_before_it_begins",
    ),
    defence(
        "water", "a gauge is believed while its reading is fresh, trusted, possible and of our datum",
        ("layers/water/flood_levels.py", '    return next((name for name, wrong in faults.items() if wrong), "")', '    return ""'),
        within=FLOOD, red=f"""{GAUGE}[given0-old]
                             {GAUGE}[given1-not_trusted]
                             {GAUGE}[given3-impossible]
                             {GAUGE}[given6-datum]""",
    ),
    defence(
        "water", "a level that no water can have is not set, and not answered",
        ("layers/water/flood_levels.py", "    if not math.isfinite(level_cm) or not LOWEST_CM <= level_cm <= HIGHEST_CM:", "    if False:"),
        within=FLOOD, red="""test_a_level_that_cannot_be_is_not_set[body1]
                             test_a_level_that_cannot_be_is_not_answered[9900]""",
    ),
    defence(
        "water", "a level has a reason and an end that is to come",
        ("layers/water/flood_levels.py", '    if not 0 < len(because.strip()) <= LONGEST_REASON or len(station) > 60 or "\\0" in because + station:', "    if False:"),
        ("layers/water/flood_levels.py", "    if ends_at is not None and (ends_at.tzinfo is None or not at < ends_at <= at + LONGEST_AHEAD):", "    if False:"),
        within=FLOOD, red="""test_a_level_that_cannot_be_is_not_set[body3]
                             test_a_level_that_cannot_be_is_not_set[body4]""",
    ),
    defence(
        "water", "only who may close roads sets a level",
        ("layers/water/flood_levels.py", "    if not scope.may(PERMISSION):", "    if False:"),
        within=FLOOD, red="test_only_who_may_close_roads_sets_a_level[leader]",
    ),
    defence(
        "water", "a level set by hand stops at its moment",
        ("layers/water/flood_levels.py", " and (ends_at is null or ends_at > %(at)s::timestamptz) order by", " order by"),
        within=FLOOD, red="test_a_level_set_by_hand_counts_at_once_and_stops_at_its_moment_by_itself",
    ),
    defence(
        "water", "a reading that is old, or that nobody believes, opens no case",
        ("incidents/guidance/levels.py", "t.kind = %(kind)s and t.state = %(state)s and t.last_value is not null and t.last_at > %(since)s and", "t.kind = %(kind)s and t.last_value is not null and"),
        red="""tests/incidents/guidance/test_levels.py::test_a_reading_that_nobody_believes_opens_nothing
               tests/incidents/guidance/test_levels.py::test_an_old_reading_opens_nothing""",
    ),
    defence(
        "water", "a value that trembles around the level opens one case",
        ("incidents/guidance/levels.py", '            elif standing is not None and value < level["rearm"]:', "            elif standing is not None:"),
        red="tests/incidents/guidance/test_levels.py::test_a_value_that_trembles_around_the_level_opens_one_case",
    ),
)  # fmt: skip
