"""Group B: shapes that would poison a map, and journeys that cannot be."""

from tests.defences.defence import Swap, defence

SHAPES = "tests/adversarial/test_adv_shapes.py"
TRAVEL = "tests/adversarial/test_adv_travel.py"
POISON = "test_adv_021_to_029_poison_is_refused_at_every_door_and_nothing_changes"
WITHIN_ITS_CRS = ("geo/shapes.py", "    if srid != WGS84:", "    if True:")
WITHIN_THE_CITY = ("geo/shapes.py", "if not _within(shape.bounds, accepted_box(), EXTENT_SLACK_M):", "if False:")

DEFENCES = (
    defence(
        "021", "the gateway takes no number that is none",
        ("geo/shapes.py", "    _check_finite(raw)\n", ""),
        ("geo/shapes.py", "    _check_finite(inside)\n", ""),
        within=SHAPES, red=f"{POISON}[021]",
    ),
    defence(
        "021, 024, 025", "every table of a layer has the database's own check",
        ("layers/sql/is_sane.sql", "  select shape is null\n", "  select true\n"),
        within=SHAPES, red="test_adv_021_the_database_refuses_it_too_when_nobody_else_has",
    ),
    defence(
        "021", "the check stands on every table",
        Swap("layers/sanity.py", "if cursor.fetchone() == (True, False):", "if False:", sql="alter table layers_hydrant drop constraint geom_is_sane"),
        within=SHAPES, red="test_adv_021_every_table_of_a_layer_has_that_check",
    ),
    defence(
        "022, 029", "nothing from outside the city's extent",
        WITHIN_ITS_CRS, WITHIN_THE_CITY,
        within=SHAPES, red=f"""{POISON}[022]
                              {POISON}[029]""",
    ),
    defence(
        "022", "a pair that is swapped is told so",
        ("geo/shapes.py", "swapped = _within((y0, x0, y1, x1), CITY.bounds)", "swapped = False"),
        within=SHAPES, red="test_adv_022_a_swapped_pair_is_told_so",
    ),
    defence(
        "024", "what GEOS calls invalid is refused",
        ("geo/shapes.py", "    _check_valid(inside)\n", ""),
        within=SHAPES, red=f"{POISON}[024]",
    ),
    defence(
        "024", "a ring ends where it begins and has four corners",
        ("geo/shapes.py", "if len(ring) and (len(ring) < RING_POSITIONS or list(ring[0]) != list(ring[-1])):", "if False:"),
        within=SHAPES, red=f"{POISON}[024]",
    ),
    defence(
        "024", "the first fault is told with its place",
        ("geo/shapes.py", "        place=_place(reason),", "        place=[0, 0],"),
        within=SHAPES, red="test_adv_024_the_first_fault_is_told_with_its_place_and_a_repair_that_nobody_has_accepted",
    ),
    defence(
        "025", "nothing that is empty, and no empty member",
        ("geo/shapes.py", "    if raw is None or raw.is_empty:", "    if raw is None:"),
        ("geo/shapes.py", "    if bool(shapely.is_empty(shapely.get_parts(raw)).any()):", "    if False:"),
        ("geo/shapes.py", '    if kind.startswith("Multi") and any(not len(member) for member in coordinates):', "    if False:"),
        within=SHAPES, red=f"{POISON}[025]",
    ),
    defence(
        "025", "only the types that the layer takes",
        ("geo/shapes.py", "    raise TYPE_NOT_ALLOWED(f", "    return shape\n    raise TYPE_NOT_ALLOWED(f"),
        within=SHAPES, red=f"{POISON}[025]",
    ),
    defence(
        "025", "a layer of any shape takes no collection of them",
        ("geo/shapes.py", "or shape.geom_type in types) and shape.geom_type in TAKEN:", "or shape.geom_type in types):"),
        within=SHAPES, red="test_adv_025_a_layer_of_any_shape_takes_no_collection_of_them",
    ),
    defence(
        "026", "heights are dropped where shapes enter",
        ("geo/crs.py", "    return shapely.transform(shapely.force_2d(shape), change, interleaved=False)",
         "    return shapely.transform(shape, lambda x, y, z=None: (*change(x, y), *(() if z is None else (z,))), include_z=True, interleaved=False)"),
        within=SHAPES, red="test_adv_026_heights_are_dropped_where_a_layer_has_none_and_a_height_that_is_no_number_is_not_a_zero",
    ),
    defence(
        "028", "vertices, parts and holes are counted first",
        ("geo/shapes.py", "if shapely.get_num_coordinates(raw) > MAX_VERTICES or shapely.get_num_geometries(raw) > MAX_PARTS or _parts(raw) > MAX_PARTS:", "if False:"),
        within=SHAPES, red="test_adv_028_what_is_too_much_is_refused_in_no_time",
    ),
    defence(
        "030", "shapes are one when they agree to a millimetre",
        ("layers/changing/conflicts.py", "SAME_DEG = 3e-8", "SAME_DEG = 0.0"),
        within=SHAPES, red="test_adv_030_digits_beyond_a_millimetre_are_no_change_of_somebody_else",
    ),
    defence(
        "033", "measures have a range",
        ("layers/ways/travel_api.py", "if not limits or len(limits) > 6 or not all(0 < limit <= LONGEST_ISOCHRONE_MIN for limit in limits):", "if False:"),
        within=TRAVEL, red="test_adv_033_a_measure_out_of_its_range_is_refused",
    ),
    defence(
        "033", "pages have a range",
        ("layers/query.py", "    if not 1 <= limit <= MAX_LIMIT:", "    if False:"),
        within=TRAVEL, red="test_adv_033_a_page_out_of_its_range_is_refused",
    ),
    defence(
        "034", "what is no place, or lies outside, has no journey",
        ("layers/ways/travel_api.py", "    if not (west <= x <= east and south <= y <= north):", "    if False:"),
        ("layers/ways/travel_api.py", "    if (joins.stretch < 0).any():", "    if False:"),
        ("layers/ways/travel_api.py", "        raise NO_WAY()\n    return {", "        return {}\n    return {"),
        ("layers/ways/travel_api.py", "    if not trees:", "    if False:"),
        within=TRAVEL, red="test_adv_034_a_place_that_cannot_be_has_no_journey",
    ),
    defence(
        "034", "two places that nothing joins have no way, and it is said",
        ("layers/ways/travel_api.py", "        raise NO_WAY()\n    return {", "        return {}\n    return {"),
        within=TRAVEL, red="test_adv_034_an_island_and_a_one_way_end_have_a_reason_and_no_way",
    ),
    defence(
        "036", "one way in, and its inverse out: nothing is put on a grid",
        ("geo/shapes.py", "    inside = reproject(fitted, srid, CITY_SRID)", "    inside = shapely.set_precision(reproject(fitted, srid, CITY_SRID), 0.1)"),
        within=SHAPES, red="test_adv_036_what_is_stored_comes_back_within_a_centimetre_and_keeps_its_area",
    ),
)  # fmt: skip
