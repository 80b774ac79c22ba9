"""Group C, as far as it is the server's: tiles asked for by people who mean ill, or whose software is broken."""

from tests.defences.defence import defence

TILES = "tests/adversarial/test_tiles.py"
DOOR = "tests/tiles/test_door.py"

DEFENCES = (
    defence(
        "037", "a tile that cannot be is refused before the database is asked",
        ("tiles/door.py", 'NUMBER = r"(0|[1-9][0-9]{0,6})"', 'NUMBER = r"(\\d+)"'),
        ("tiles/door.py", 'ZOOM = r"(0|[1-9][0-9]?)"', 'ZOOM = r"(\\d+)"'),
        ("tiles/door.py", "if known is None or not tilegrid.exists(z, x, y):", "if known is None:"),
        within=TILES, red="test_adv_037_a_tile_that_cannot_be_is_404_without_the_database",
    ),
    defence(
        "038", "a tile has a budget of features and of bytes",
        ("tiles/vector.py", "    return FEATURES_PER_TILE if features > FEATURES_PER_TILE else None", "    return None"),
        ("tiles/vector.py", "    if z < FULL_DETAIL_FROM and len(tile) > BYTES_PER_TILE:", "    if False:"),
        within=TILES, red="test_adv_038_a_low_zoom_of_a_crowded_layer_is_small_and_says_that_it_was_cut",
    ),
    defence(
        "040", "only what reads is answered",
        ("tiles/door.py", 'if scope["method"] in ("GET", "HEAD"):', "if True:"),
        within=TILES, red="test_adv_040_head_has_no_body_and_writing_is_refused",
    ),
    defence(
        "040", "weights that are none weigh nothing",
        ("tiles/conditional.py", "            except ValueError:\n                return 0.0", "            except ZeroDivisionError:\n                return 0.0"),
        within=TILES, red="test_adv_040_broken_headers_get_a_whole_tile[headers0]",
    ),
    defence(
        "041", "a tag and a kept tile belong to who sees the same",
        ("tiles/drawing.py", 'return hashlib.blake2b("|".join(said).encode(), digest_size=16).digest()', 'return b"the same for everybody"'),
        within=TILES, red="test_adv_041_one_persons_tag_is_worth_nothing_to_another",
    ),
    defence(
        "042", "only names of the registry reach the database",
        ("tiles/door.py", 'SLUG = r"([a-z][a-z0-9_]{0,69})"', 'SLUG = r"(.+)"'),
        ("tiles/door.py", "    layer = find(name)\n", "    layer = find(name) or find('roads')\n"),
        within=TILES, red="test_adv_042_only_names_of_the_registry_reach_the_database",
    ),
    defence(
        "044", "whatever fails is a 503, never an empty tile",
        ("tiles/door.py", '            return _problem(BUSY("Chưa lấy được ô bản đồ.", "The tile could not be made."), retry_after_s=2)', '            return 204, [], b""'),
        within=TILES, red="test_adv_044_a_database_that_fails_is_503_with_a_time_to_come_back",
    ),
    defence(
        "050", "a cell of fewer than five is not told",
        ("incidents/layer.py", "Counting(None, rows=COUNTED, hide_below=5)", "Counting(None, rows=COUNTED)"),
        within=TILES, red="test_adv_050_few_people_in_a_cell_are_not_told_however_often_one_asks",
    ),
)  # fmt: skip
