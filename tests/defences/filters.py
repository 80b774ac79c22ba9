"""Group D: filters and the OGC door, where the outside may write whole sentences."""

from tests.defences.defence import defence

OGC = "tests/adversarial/test_adv_ogc.py"
REQUESTS = "tests/adversarial/test_adv_ogc_requests.py"
FILTERS = "tests/adversarial/test_adv_filters.py"
KNOWN = ("layers/ogc/asked.py", "        if name not in known:\n", "        if False:\n")

DEFENCES = (
    defence(
        "042", "only a slug of the registry is a collection",
        ("layers/access.py", "    found = registry.sought(layer) if isinstance(layer, str) else layer\n    if found is None:\n        raise NOT_FOUND()\n    grants",
         '    found = (registry.sought(layer) or registry.sought("roads")) if isinstance(layer, str) else layer\n    grants'),
        within=OGC, red="test_adv_042_only_a_slug_of_the_registry_is_a_collection",
    ),
    defence(
        "052", "a parameter is one that is listed, or a property that the caller sees",
        KNOWN,
        within=OGC, red="test_adv_052_a_property_that_is_not_there_is_unknown",
    ),
    defence(
        "052, 053", "a property of a filter is one that the caller sees",
        ("layers/filters/cql2.py", "        if not isinstance(name, str) or name not in self.fields:\n            raise unknown_property(name)\n        return self.fields[name]",
         "        return self.fields.get(name) or next(iter(self.fields.values()))"),
        within=FILTERS, red="""test_adv_053_what_is_not_listed_is_refused[password = 'x'-unknown_property]
                               test_adv_053_what_is_not_listed_is_refused[land_user_name = 'A'-unknown_property]""",
    ),
    defence(
        "053", "a function is one that is listed",
        ("layers/filters/cql2.py", "            raise unknown_function(op)\n        return self._literal(*_plain(tree))", '            return self._literal(1, "float")\n        return self._literal(*_plain(tree))'),
        within=FILTERS, red="test_adv_053_what_is_not_listed_is_refused[pg_sleep(10) = 1-unknown_function]",
    ),
    defence(
        "053", "values are compared with their like",
        ("layers/filters/cql2.py", "        if len({term.family for term in terms}) > 1:", "        if False:"),
        within=FILTERS, red="test_adv_053_what_is_not_listed_is_refused[name = 1-bad_filter]", meets="ProgrammingError",
    ),
    defence(
        "053", "what is calculated fails on no row",
        ("layers/filters/cql2.py", '    "/": "({0} / nullif({1}, 0))",', '    "/": "({0} / {1})",'),
        ("layers/filters/cql2.py", "case when pg_catalog.abs({0}) <= 1e9 and pg_catalog.abs({1}) <= 32 and (", "case when (true or "),
        within=FILTERS, red="""test_adv_053_what_is_calculated_never_fails_on_a_row[1 / (width_m - 3) > 0-1]
                               test_adv_053_what_is_calculated_never_fails_on_a_row[width_m ^ 400 IS NULL-2]""",
    ),
    defence(
        "054", "a filter has a length, a depth and a number of terms",
        ("layers/filters/cql2.py", "    if len(text.encode(errors=\"replace\")) > LONGEST_BYTES:", "    if False:"),
        ("layers/filters/cql2.py", "        if depth > DEEPEST or self.terms > MOST_TERMS:", "        if False:"),
        ("layers/filters/cql2_text.py", "        if self.depth > DEEPEST:", "        if False:"),
        ("layers/filters/cql2_text.py", "        if len(found) > MOST_VERTICES * 3:", "        if False:"),
        within=FILTERS, red="""test_adv_054_what_nobody_would_write_is_refused_at_once[wide]
                               test_adv_054_what_nobody_would_write_is_refused_at_once[many]
                               test_adv_054_deep_json_is_refused_and_never_a_crash
                               test_adv_054_sums_have_a_depth_too""",
    ),
    defence(
        "054", "what is nested beyond Python's own depth is refused",
        ("layers/filters/cql2.py", "    except (ValueError, RecursionError) as error:", "    except ValueError as error:"),
        within=FILTERS, red="test_adv_054_deep_json_is_refused_and_never_a_crash", meets="RecursionError",
    ),
    defence(
        "054", "no power in a power",
        ("layers/filters/cql2.py", '        if op == "^" and any(_holds_power(one) for one in args):', "        if False:"),
        within=FILTERS, red="test_adv_054_sums_have_a_depth_too[width_m > 2 ^ (2 ^ 2)]",
    ),
    defence(
        "056", "words are composed before they are compared",
        ("layers/ogc/asked.py", '    "text": lambda text: unicodedata.normalize("NFC", text),', '    "text": lambda text: text,'),
        ("layers/filters/cql2.py", 'return unicodedata.normalize("NFC", tree), "text"', 'return tree, "text"'),
        within=OGC, red=f"""test_adv_056_any_words_are_found_as_they_are
                            {FILTERS}::test_adv_056_letters_of_a_pattern_are_what_the_standard_says""",
    ),
    defence(
        "056", "marks and what nobody sees are one with nothing where accents are",
        ("layers/filters/cql2.py", "0x328, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF))", "0x328))"),
        within=FILTERS, red="test_adv_056_letters_of_a_pattern_are_what_the_standard_says",
    ),
    defence(
        "057", "a box is four or six finite numbers, south below north, in the range of its CRS",
        ("layers/ogc/asked.py", "    if len(edges) not in (4, 6) or not all(math.isfinite(edge) for edge in edges):", "    if len(edges) < 4:"),
        ("layers/ogc/asked.py", "    if south > north or (axes.degrees and not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90)):", "    if False:"),
        within=OGC, red="""test_adv_057_a_box_that_is_none_is_refused
                           test_adv_057_a_box_in_metres_is_one_too""",
    ),
    defence(
        "057", "a page holds so many, and says where the next begins",
        ("layers/ogc/asked.py", "    return min(int(text), MOST_A_PAGE)", "    return int(text)"),
        within=FILTERS, red="test_adv_057_the_whole_world_is_a_page_and_a_link_to_the_next",
    ),
    defence(
        "058", "a limit is a number from one to as many as can be meant",
        ("layers/ogc/asked.py", "    if not (text.isascii() and text.isdigit() and len(text) < 9 and 1 <= int(text) <= LARGEST_LIMIT):", "    if not text.isdecimal():"),
        within=OGC, red="""test_adv_058_a_limit_or_cursor_that_is_none_is_refused[limit=0]
                           test_adv_058_a_limit_or_cursor_that_is_none_is_refused[limit=1000000000]""",
    ),
    defence(
        "058", "a cursor is signed for its caller, layer and order",
        ("layers/ogc/sort.py", "self._signer(seen).unsign_object(cursor, max_age=CURSOR_AGE_S)", "[0]"),
        within=OGC, red="test_adv_058_a_limit_or_cursor_that_is_none_is_refused[cursor=7]",
    ),
    defence(
        "060", "a parameter is given once",
        ("layers/ogc/asked.py", "        if len(values) > 1:", "        if False:"),
        within=OGC, red="test_adv_060_a_parameter_given_twice_is_refused",
    ),
    defence(
        "060", "of a key that is there twice nobody knows which one is meant",
        ("layers/ogc/change.py", "    if len(found) < len(pairs):", "    if False:"),
        ("layers/filters/cql2.py", "    if len(found) < len(pairs):", "    if False:"),
        within=REQUESTS, red="""test_adv_060_a_body_that_says_two_things_or_another_kind_of_thing_is_refused
                                test_adv_060_a_filter_of_other_types_is_refused""",
    ),
    defence(
        "060", "a value is of its field's kind",
        ("layers/changing/values.py", "    if not isinstance(value, str) or len(value) > LONGEST_TEXT:\n        raise ValueError", "    value = str(value)"),
        within=REQUESTS, red="test_adv_060_a_body_that_says_two_things_or_another_kind_of_thing_is_refused",
    ),
    defence(
        "060", "no control letters in a text, and no half letters",
        ("layers/changing/values.py", '    if any(unicodedata.category(letter) in ("Cc", "Cs") and letter not in "\\n\\r\\t" for letter in text):', "    if False:"),
        within=REQUESTS, red="test_adv_060_a_body_that_says_two_things_or_another_kind_of_thing_is_refused", meets="UnicodeEncodeError ValueError",
    ),
    defence(
        "061", "only a body of a type that is taken is read",
        ("layers/ogc/change.py", "    if request.content_type not in TAKEN:", "    if False:"),
        within=REQUESTS, red="test_adv_061_a_content_of_another_type_is_none_that_is_taken",
    ),
    defence(
        "061", "what is no JSON is a bad request",
        ("layers/ogc/change.py", "    except (ValueError, RecursionError) as error:\n        raise BAD_REQUEST(", "    except ZeroDivisionError as error:\n        raise BAD_REQUEST("),
        within=REQUESTS, red="test_adv_061_another_charset_is_not_guessed", meets="UnicodeDecodeError",
    ),
    defence(
        "061", "a method is what the request line says",
        ("layers/ogc/features.py", "            if request.method in writes:", '            request.method = request.headers.get("X-HTTP-Method-Override", request.method)\n            if request.method in writes:'),
        within=REQUESTS, red="test_adv_061_a_method_is_what_the_request_line_says[X-HTTP-Method-Override]",
    ),
    defence(
        "061", "a body beyond what is taken is refused by its size",
        ("layers/ogc/change.py", "    except RequestDataTooBig as error:", "    except ZeroDivisionError as error:"),
        within=REQUESTS, red="test_adv_061_a_body_beyond_what_is_taken_is_refused_by_its_size", meets="RequestDataTooBig",
    ),
    defence(
        "064", "no pattern tries a text twice",
        ("layers/filters/cql2_text.py", 'WHOLE = re.compile(r"\\d{1,18}")', 'WHOLE = re.compile(r"\\d{0,60}\\d{0,60}\\d{0,60}\\d{0,60}!")'),
        within=REQUESTS, red="test_adv_064_no_pattern_of_the_house_takes_long_on_any_text",
    ),
    defence(
        "064", "a parameter has a length",
        ("layers/ogc/asked.py", '        if len(values[0]) > LONGEST.get(name, LONGEST_VALUE) or "\\0" in values[0]:', '        if "\\0" in values[0]:'),
        within=REQUESTS, red="test_adv_064_a_hostile_filter_box_time_and_order_are_refused_at_once",
    ),
)  # fmt: skip
