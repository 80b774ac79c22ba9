"""The control room: how a case comes in, where it is, and how it moves."""

from tests.defences.defence import Swap, defence

LIFECYCLE = "tests/incidents/test_lifecycle.py"
PLACING = "tests/incidents/intake/test_placing.py"
LINKS = "tests/incidents/intake/test_phone_links.py"
CALLS = "tests/incidents/intake/test_calls.py"
TEXTS = "tests/adversarial/test_adv_intake.py"
MERGING = "tests/incidents/test_merging.py"
FAMILIES = "tests/incidents/test_families.py"
VERIFYING = "tests/incidents/test_verifying.py"
AMENDING = "tests/incidents/test_amending.py"
SPEEDS = "tests/incidents/test_speeds.py"
DUPLICATES = "tests/incidents/intake/test_duplicates.py"
REFUSED = "test_a_wrong_report_gets_its_code_and_leaves_nothing"

DEFENCES = (
    defence(
        "reporting", "texts are stored without what nobody sees of them",
        ("incidents/intake/reporting.py", "    given = _plain(given)\n", ""),
        within=TEXTS, red="test_names_are_what_is_seen_of_them", meets="ValueError",
    ),
    defence(
        "reporting", "a report's words are those of the city's lists",
        ("incidents/intake/reporting.py", "    if given.channel not in CITY.channels:", "    if False:"),
        ("incidents/intake/reporting.py", "    if given.severity is not None and given.severity not in CITY.severities:", "    if False:"),
        within=LIFECYCLE, red=f"""{REFUSED}[wrong1-422-unknown_channel]
                                 {REFUSED}[wrong2-422-bad_severity]""",
        meets="IntegrityError",
    ),
    defence(
        "reporting", "a category is one of the city's",
        ("incidents/intake/reporting.py", "    if code not in CITY.categories:", "    if False:"),
        ("incidents/intake/reporting.py", "    return CITY.categories[code]", "    return CITY.categories.get(code) or next(iter(CITY.categories.values()))"),
        within=LIFECYCLE, red=f"{REFUSED}[wrong0-422-unknown_category]",
    ),
    defence(
        "reporting", "texts have a length",
        ("incidents/intake/reporting.py", "    if len(given.description) > LONGEST_DESCRIPTION or max(len(given.place_name), len(given.reporter_name)) > LONGEST_NAME or len(given.reporter_phone) > 40:", "    if False:"),
        within=LIFECYCLE, red=f"{REFUSED}[wrong6-422-too_long]",
    ),
    defence(
        "reporting", "a report's place passes the gateway",
        ("incidents/intake/reporting.py", '    return admit(Point(lon, lat), types=("Point",))', '    return Point(*__import__("geo.crs").crs.to_city(lon, lat))'),
        within=LIFECYCLE, red=f"{REFUSED}[wrong3-422-out_of_extent]", meets="IntegrityError",
    ),
    defence(
        "reporting", "half a place is none",
        ("incidents/intake/reporting.py", "    if lon is None or lat is None:\n", "    if lon is None or lat is None:\n        return None\n    if False:\n"),
        within=PLACING, red="test_half_a_place_is_no_report",
    ),
    defence(
        "reporting, 157", "the same key twice is the same case",
        ("incidents/intake/reporting.py", "    if given.key is not None and (standing :=", "    if False and (standing :="),
        ("incidents/intake/reporting.py", "            request_key=given.key or uuid.uuid4(),", "            request_key=uuid.uuid4(),"),
        within=LIFECYCLE, red="test_the_same_key_twice_is_the_same_case",
    ),
    defence(
        "reporting", "only who handles cases takes reports",
        ("incidents/api.py", '    """Take a report; the same key twice is the same case."""\n    by = need(request, "handle_cases")', "    by = request.user"),
        within=LIFECYCLE, red="test_only_who_may_take_reports_takes_them[officer]",
    ),
    defence(
        "reporting", "a write by a session brings its CSRF token",
        ("geo/signing.py", "[TokenHolder(), django_auth]", "[TokenHolder(), type(django_auth)(csrf=False)]"),
        within=LIFECYCLE, red="test_a_write_without_its_csrf_token_is_refused",
    ),
    defence(
        "placing", "a place that somebody else has said since is not written over",
        ("incidents/intake/placing.py", '    if newest is not None and newest.data["version"] > version:', "    if False:"),
        within=PLACING, red="test_two_windows_do_not_place_over_each_other_but_a_note_in_between_does_no_harm",
    ),
    defence(
        "placing", "the same place twice is one step",
        ("incidents/intake/placing.py", "    if stands and (incident.place_source", "    if False and (incident.place_source"),
        within=PLACING, red="test_the_same_place_twice_is_one_step",
    ),
    defence(
        "placing", "how a place is known is a word that says something",
        ("incidents/intake/placing.py", "    reporting.check_source(given.source)\n", ""),
        within=PLACING, red="test_a_place_that_cannot_be_is_refused_and_nothing_changes[wrong3-422-unknown_place_source]",
    ),
    defence(
        "placing", "a case that the caller may not see cannot be placed",
        ("incidents/lifecycle.py", "        if cursor.fetchone() is None:\n            raise NOT_FOUND()", "        cursor.fetchone()"),
        within=PLACING, red="test_a_restricted_case_cannot_be_placed_by_who_may_not_see_it",
    ),
    defence(
        "placing", "without a place nobody is sent",
        ("incidents/dispatch/looking.py", "    if x is None or y is None:\n", "    x, y = x or 0.0, y or 0.0\n    if False:\n"),
        ("incidents/dispatch/dispatching.py", "        if incident.geom is None:\n            raise lifecycle.NO_PLACE()\n", ""),
        within=PLACING, red="test_a_case_without_a_place_sends_nobody_and_says_why",
    ),
    defence(
        "phone links", "the first phone that sends something takes the link",
        ("incidents/intake/phone_links.py", "    elif not secrets.compare_digest(link.claim, digest_of(claim)):", "    elif False:"),
        within=LINKS, red="test_the_second_phone_is_refused_and_the_first_goes_on",
    ),
    defence(
        "phone links", "of two phones at once one is second: the link is held",
        ("incidents/intake/phone_links.py", "    incident = Incident.objects.select_for_update().get(pk=found)\n", "    incident = Incident.objects.get(pk=found)\n"),
        ("incidents/intake/phone_links.py", "_standing(PhoneLink.objects.select_for_update().get(digest=digest_of(token)), incident, at)", "_standing(PhoneLink.objects.get(digest=digest_of(token)), incident, at)"),
        ("incidents/intake/phone_links.py", "    if not link.claim:\n        claim = ", '    if not link.claim:\n        __import__("time").sleep(0.3)\n        claim = '),
        within=LINKS, red="test_of_two_phones_at_once_one_has_the_link",
    ),
    defence(
        "phone links", "a link that has expired, was taken back or whose case is over is none",
        ("incidents/intake/phone_links.py", "    if link.revoked_at is not None:\n        raise LINK_REVOKED()\n    if link.expires_at <= at:\n        raise LINK_EXPIRED()\n    if incident.closed_at is not None:\n        raise LINK_OVER()\n", ""),
        within=LINKS, red="""test_a_link_that_does_not_stand_says_why_at_every_door[expired-410-link_expired]
                             test_a_link_that_does_not_stand_says_why_at_every_door[revoked-410-link_revoked]
                             test_a_link_that_does_not_stand_says_why_at_every_door[over-410-link_over]""",
    ),
    defence(
        "phone links", "a link's token is kept by nobody",
        ("incidents/intake/phone_links.py", "    return hashlib.sha256(secret.encode()).hexdigest()", "    return secret"),
        within=LINKS, red="test_the_operator_gets_words_and_a_code_and_only_a_digest_is_kept",
    ),
    defence(
        "phone links", "a phone that runs away does not move the case",
        ("incidents/intake/phone_links.py", "    return within and fix.accuracy_m < (link.accuracy_m or 0) and", "    return within or"),
        within=LINKS, red="test_a_surer_fix_refines_that_place_and_a_phone_that_runs_away_does_not_move_it",
    ),
    defence(
        "phone links", "beside a place that is known it is only offered",
        ("incidents/intake/phone_links.py", "placed = incident.geom is None or refines", "placed = True"),
        within=LINKS, red="test_beside_a_known_place_it_is_offered_and_one_word_takes_it",
    ),
    defence(
        "phone links", "too often says nothing new",
        ("incidents/intake/phone_links.py", "if link.said_at is not None and at - link.said_at < EVERY:", "if False:"),
        within=LINKS, red="test_the_second_phone_is_refused_and_the_first_goes_on",
    ),
    defence(
        "phone links", "so many pictures, and so many open links of a case",
        ("incidents/intake/phone_links.py", "if link.pictures >= CITY.intake.link_photos:", "if False:"),
        ("incidents/intake/phone_links.py", ".count() >= MOST_OPEN_LINKS:", ".count() < 0:"),
        within=LINKS, red="""test_what_is_no_picture_costs_nothing_and_too_many_are_refused
                             test_links_are_not_made_without_end_nor_for_a_case_that_is_over""",
    ),
    defence(
        "phone links", "a picture that is none costs nothing",
        ("incidents/intake/phone_links.py", '        PhoneLink.objects.filter(pk=link.pk).update(pictures=F("pictures") - 1)\n', ""),
        within=LINKS, red="test_what_is_no_picture_costs_nothing_and_too_many_are_refused",
    ),
    defence(
        "phone links", "who tries many tokens waits",
        ("incidents/intake/phone_links_api.py", "            guessing.check(account=account, network=self.network, at=self.at)\n", ""),
        within=LINKS, red="test_who_tries_many_tokens_waits_and_holds_up_nobody_who_has_one",
    ),
    defence(
        "phone links", "a position that cannot be is none",
        ("incidents/intake/phone_links.py", '        where = as_field(admit(Point(fix.lon, fix.lat), types=("Point",)))', '        where = as_field(Point(*__import__("geo.crs").crs.to_city(fix.lon, fix.lat)))'),
        within=LINKS, red="test_a_position_that_cannot_be_does_not_use_the_link[wrong0-422]", meets="InternalError",
    ),
    defence(
        "calls, 108", "a message is signed by who knows the secret",
        ("geo/webhooks.py", "    if any([_signed(secret, given, body) for secret in secrets]):", "    if True:"),
        within=CALLS, red="test_whoever_cannot_sign_touches_nothing",
    ),
    defence(
        "calls, 108", "a message that was overheard is of no use later",
        (
            "geo/webhooks.py", "        Webhook(secret_bytes(secret)).verify(body, headers, json_parse=False)\n",
            '        said = signature(secret=secret, id=headers["webhook-id"], timestamp=headers["webhook-timestamp"], body=body)\n'
            '        return said in headers["webhook-signature"]\n',
        ),
        within=CALLS, red="test_whoever_cannot_sign_touches_nothing",
    ),
    defence(
        "calls, 108", "the same message again changes nothing",
        ("incidents/intake/calls.py", "        if not _first(message.id, digest, at):\n            return False\n", "        _first(message.id, digest, at)\n"),
        within=CALLS, red="test_the_same_message_twice_is_one_and_other_words_under_its_id_are_refused",
    ),
    defence(
        "calls, 108", "other words under a known id are refused",
        ("incidents/intake/calls.py", "    if not fresh and standing.digest != digest:", "    if False:"),
        within=CALLS, red="test_the_same_message_twice_is_one_and_other_words_under_its_id_are_refused",
    ),
    defence(
        "calls", "in whatever order the news comes: of each moment the earliest word stands",
        ("incidents/intake/calls.py", "        if stands is None or heard.at < stands:", "        if True:"),
        within=CALLS, red="test_in_whatever_order_the_news_comes_the_call_ends_the_same",
    ),
    defence(
        "calls, 108", "a flood is held back",
        ("incidents/intake/calls.py", ".count() > MOST_A_MINUTE:", ".count() < 0:"),
        within=CALLS, red="test_a_flood_is_held_back_and_what_was_taken_stays",
    ),
    defence(
        "calls, 108", "a body that is too large is not read",
        ("incidents/intake/calls_api.py", '    if int(request.headers.get("Content-Length") or 0) > calls.LARGEST_BODY_BYTES:', "    if False:"),
        within=CALLS, red="test_a_body_that_is_too_large_is_not_read",
    ),
    defence(
        "calls", "what is signed and is nonsense is told so",
        ("incidents/intake/calls.py", "    if not 0 < len(clean) <= LONGEST_ID or max(len(number), len(line), len(desk)) > LONGEST_NUMBER:", "    if False:"),
        ("incidents/intake/calls.py", "    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:", "    except ZeroDivisionError as error:"),
        within=CALLS, red="test_nonsense_that_is_signed_is_told_so", meets="DataError JSONDecodeError",
    ),
    defence(
        "calls", "who may not see who reports sees no number and no earlier case",
        ("incidents/intake/calls.py", 'call.number if scope.may("see_reporters") else None', "call.number"),
        ("incidents/intake/calls.py", '    if not wanted or not scope.may("see_reporters"):', "    if not wanted:"),
        within=CALLS, red="test_who_may_not_see_who_reports_sees_no_number_and_no_earlier_case",
    ),
    defence(
        "calls", "a call is about one case",
        ("incidents/intake/calls.py", "        if call.incident_id not in (None, incident.pk):", "        if False:"),
        within=CALLS, red="test_a_call_becomes_a_case_with_its_number_once",
    ),
    defence(
        "calls", "only who handles cases sees calls",
        ("incidents/intake/calls_api.py", '    need(request, "handle_cases")\n    return {"items"', '    return {"items"'),
        within=CALLS, red="test_who_does_not_handle_cases_sees_and_takes_no_calls[leader]",
    ),
    defence(
        "cases", "a verb is allowed by the status that a case has",
        ("incidents/lifecycle.py", "    if incident.status not in verb.before:", "    if False:"),
        within=LIFECYCLE, red="test_every_verb_refuses_every_status_that_its_table_does_not_name",
    ),
    defence(
        "cases", "the sequence of a case is only added to",
        Swap("incidents/migrations/0002_promises.py", "create trigger entry_is_kept before update or delete on public.incidents_entry",
             "-- create trigger entry_is_kept before update or delete on public.incidents_entry", sql="drop trigger entry_is_kept on public.incidents_entry"),
        within=LIFECYCLE, red="test_the_sequence_of_a_case_cannot_be_rewritten",
    ),
    defence(
        "cases", "an answer is given by the agency that was asked",
        ("incidents/layer.py", 'FORWARDED_TO_US = f"{NOT_RESTRICTED} and t.agency_id = %(agency)s"', "FORWARDED_TO_US = NOT_RESTRICTED"),
        within=LIFECYCLE, red="test_another_agency_does_not_know_of_the_case",
    ),
    defence(
        "cases", "an agency never sees who reported",
        ("incidents/layer.py", 'Field("reporter_phone", "Điện thoại người báo", "Reporter\'s phone", see="see_reporters", tile=False)', 'Field("reporter_phone", "Điện thoại người báo", "Reporter\'s phone", tile=False)'),
        ("incidents/layer.py", 'Field("reporter_name", "Người báo", "Reporter", see="see_reporters", tile=False)', 'Field("reporter_name", "Người báo", "Reporter", tile=False)'),
        within=LIFECYCLE, red="test_a_timed_case_goes_to_its_agency_which_answers_and_never_sees_who_reported",
    ),
    defence(
        "cases", "a field that two people write is told with all three, and nothing is written",
        ("incidents/amending.py", "    if clash:\n", "    if False:\n"),
        within=AMENDING, red="test_a_true_clash_is_told_with_all_three_and_writes_nothing",
    ),
    defence(
        "merging", "a case is merged into one that is open, of the same world and itself not merged",
        ("incidents/merging.py", "    _check(incident, main)\n", ""),
        within=MERGING, red="test_what_cannot_be_a_target_is_refused_in_words",
    ),
    defence(
        "merging", "two who merge in both directions leave one case: what belongs together is held in one order and looked at again",
        ("incidents/closing.py", "        lifecycle.hold(held)\n", ""),
        ("incidents/closing.py", "        if verb in FAR and not _party(incident_id, given) <= held:", "        if False:"),
        ("incidents/merging.py", "    _check(incident, main)\n", ""),
        within=MERGING, red="test_two_people_who_merge_in_both_directions_at_once_leave_one_case", meets="OperationalError",
    ),
    defence(
        "merging", "a case that is merged takes what was merged into it along",
        ("incidents/merging.py", "    _move_along(incident, main, by, at)\n", ""),
        within=MERGING, red="test_chains_are_flattened_and_go_back_together",
    ),
    defence(
        "merging", "there are no circles, and one level only",
        ("incidents/families.py", "        if refused:\n", "        if False:\n"),
        within=FAMILIES, red="""test_there_are_no_circles_and_one_level_only
                                test_what_is_of_another_world_is_not_linked""",
        meets="IntegrityError",
    ),
    defence(
        "merging", "a whole does not end while nobody says what becomes of its parts",
        ("incidents/families.py", "    if fate not in FATES:", "    if False:"),
        within=FAMILIES, red="test_the_end_of_the_whole_asks_what_becomes_of_its_parts",
    ),
    defence(
        "merging", "an exercise is not suggested as the same",
        ("incidents/sql/duplicates.sql", " and t.exercise = %(exercise)s and", " and"),
        within=DUPLICATES, red="test_what_is_none_of_the_callers_business_is_not_suggested[odd1]",
    ),
    defence(
        "merging", "nor is what was merged, or was not true",
        ("incidents/sql/duplicates.sql", " and t.merged_into_id is null and t.status <> all(%(never)s)", ""),
        within=DUPLICATES, red="""test_a_merged_report_is_not_suggested_but_its_target_is
                                  test_what_is_none_of_the_callers_business_is_not_suggested[odd2]""",
    ),
    defence(
        "verifying", "evidence exists, and whoever shows it sees it",
        ("incidents/verifying.py", "    query.feature(opened(layer, scope), fid)\n", ""),
        within=VERIFYING, red="test_what_cannot_be_is_refused_and_leaves_nothing[body1-not_found]",
    ),
    defence(
        "verifying", "how it was verified is one of the ways that there are",
        ("incidents/verifying.py", "    if way not in WAYS:", "    if False:"),
        within=VERIFYING, red="test_what_cannot_be_is_refused_and_leaves_nothing[body0-unknown_way]",
    ),
    defence(
        "verifying", "nothing is forwarded that nobody has verified",
        ("incidents/lifecycle.py", '"forward": Verb(frozenset({"verified", "assigned", "resolved"})', '"forward": Verb(frozenset({"new", "verifying", "reopened", "verified", "assigned", "resolved"})'),
        within=VERIFYING, red="test_nothing_is_forwarded_or_handed_over_that_nobody_has_verified",
    ),
    defence(
        "verifying", "a false report has its reason",
        ("incidents/lifecycle.py", "    if not reason:\n        raise REASON_NEEDED()\n", ""),
        within=VERIFYING, red="test_a_false_report_is_an_act_too_and_has_its_reason",
    ),
    defence(
        "speeds", "nobody is called off by a change of speed",
        ("incidents/speeds.py", "    if out := list(", "    if out := [] and list("),
        within=SPEEDS, red="test_nobody_is_called_off_by_a_change_of_speed",
    ),
    defence(
        "speeds", "a change of speed is taken back once, and not late",
        ("incidents/speeds.py", '    if last is None or last.kind == "undo_speed" or at - last.at > UNDO or "via" in last.data:', '    if last is None or last.kind == "undo_speed":'),
        within=SPEEDS, red="test_a_change_of_speed_can_be_taken_back_once_and_not_late",
    ),
)  # fmt: skip
