"""Group M: devices without a network, writes that come twice, and two people on one feature."""

from tests.defences.defence import defence

SYNC = "tests/adversarial/test_adv_sync.py"
CONFLICTS = "tests/house/test_conflicts.py"

DEFENCES = (
    defence(
        "145", "an answer is kept under its key, and the key is claimed before anything is done",
        ("geo/repeating.py", "    if fresh:\n        return None", "    if True:\n        return None"),
        within=SYNC, red="""test_adv_145_the_same_op_sent_again_has_one_effect_and_one_answer[2]
                            test_adv_145_the_same_op_sent_in_parallel_has_one_effect""",
    ),
    defence(
        "145", "a refusal is not kept",
        ("geo/repeating.py", "            if status >= 400:", "            if False:"),
        within=SYNC, red="test_adv_145_a_refusal_is_not_kept_and_the_key_may_be_used_again",
    ),
    defence(
        "145", "keys are each person's own",
        ("geo/repeating.py", "            [by.pk, key, digest, at],", '            [User.objects.order_by("pk").values_list("pk", flat=True)[0], key, digest, at],'),
        ("geo/repeating.py", "KeptAnswer.objects.get(user=by, key=key)", "KeptAnswer.objects.get(key=key)"),
        ("geo/repeating.py", "KeptAnswer.objects.filter(user=by, key=key)", "KeptAnswer.objects.filter(key=key)"),
        within=SYNC, red="test_adv_145_keys_are_each_persons_own",
    ),
    defence(
        "145", "whoever is nobody has no keys",
        ("geo/config/middleware.py", ' and "Idempotency-Key" in request.headers and request.user.is_authenticated', ' and "Idempotency-Key" in request.headers'),
        within=SYNC, red="test_a_key_sent_by_nobody_is_no_key", meets="AttributeError IntegrityError",
    ),
    defence(
        "146", "a key is of one request",
        ("geo/repeating.py", "    if row.digest != digest:", "    if False:"),
        within=SYNC, red="test_adv_146_the_same_key_with_another_body_is_refused_and_changes_nothing",
    ),
    defence(
        "146", "a key has a form",
        ("geo/repeating.py", "    if not KEY.fullmatch(key):", "    if False:"),
        within=SYNC, red="test_adv_146_what_is_no_key_is_refused[short]",
    ),
    defence(
        "148", "one bad edit of a hundred is told, and the others are stored",
        ("layers/changing/syncing.py", "        refused.add(feature)\n        return _kept(op, problem, by=by, at=at)", "        raise"),
        within=SYNC, red="test_adv_148_one_bad_op_of_a_hundred_is_told_and_the_others_are_stored",
    ),
    defence(
        "148", "what follows a refused change of a feature waits with it",
        ("layers/changing/syncing.py", "        if feature in refused and op.edit.fid is not None:", "        if False:"),
        within=SYNC, red="test_adv_148_what_follows_a_refused_change_of_a_feature_waits_with_it",
    ),
    defence(
        "149", "an edit on a version that its writer did not know is told, with base, mine and theirs",
        ("layers/changing/conflicts.py", "    if standing.version in edit.known:\n        return standing, ()", "    if True:\n        return standing, ()"),
        within=SYNC, red="test_adv_149_two_officers_on_one_attribute_both_are_kept",
    ),
    defence(
        "149", "what was refused waits for its person",
        ("layers/changing/syncing.py", '    if status != "rejected":\n', "    if False:\n"),
        within=SYNC, red="test_adv_149_two_officers_on_one_attribute_both_are_kept", meets="ValueError",
    ),
    defence(
        "150", "what does not clash is merged, field by field",
        ("layers/changing/conflicts.py", '    if merge and edit.op == "update" and found.mergeable:', "    if False:"),
        within=SYNC, red="test_adv_150_different_attributes_of_one_feature_merge",
    ),
    defence(
        "152", "the shape is a field like any other",
        ("layers/changing/conflicts.py", "    theirs += () if _same_shape(base[SHAPE], now[SHAPE]) else (SHAPE,)\n", ""),
        within=CONFLICTS, red="""test_two_change_sets_of_one_parcel[geometry-geometry]
                                 test_two_direct_edits_of_one_road[geometry-geometry]""",
    ),
    defence(
        "152", "what somebody has changed is not deleted without a word",
        ("layers/changing/conflicts.py", '    clashes = theirs if edit.op == "delete" else tuple(', "    clashes = tuple("),
        ("layers/changing/conflicts.py", '    if merge and edit.op == "update" and found.mergeable:', "    if found.mergeable:"),
        ("layers/changing/conflicts.py", 'return Difference(base, now, theirs, clashes, edit.op == "update" and not clashes)', "return Difference(base, now, theirs, clashes, not clashes)"),
        within=CONFLICTS, red="""test_two_change_sets_of_one_parcel[attribute-delete]
                                 test_two_direct_edits_of_one_road[attribute-delete]""",
    ),
    defence(
        "152, 153", "a change of what somebody has deleted is told who deleted it, when and why",
        ("layers/changing/conflicts.py", "        _raise_if_deleted(seen, edit, retiring)\n", ""),
        within=CONFLICTS, red=f"""test_two_change_sets_of_one_parcel[delete-attribute]
                                  test_two_direct_edits_of_one_road[delete-geometry]
                                  {SYNC}::test_adv_153_a_feature_that_was_split_away_is_told_and_its_edit_is_kept""",
    ),
    defence(
        "153", "what can no longer be stored waits for a person",
        ("layers/changing/syncing.py", '401: "needs_review", 403: "needs_review", 404: "needs_review", 409: "needs_review", ', ""),
        within=SYNC, red="test_adv_153_what_changed_while_offline_needs_review_and_is_never_put_on_something_else",
    ),
    defence(
        "154", "a transaction is dated by the database, whatever was said in it before",
        ("geo/acting.py", '            "nbioc.at": "",\n', ""),
        ("layers/changing/syncing.py", "    outcome = editing.apply(",
         '    __import__("django.db").db.connection.cursor().execute("select set_config(\'nbioc.at\', %s, true)", [op.given["made_at"]])\n    outcome = editing.apply('),
        within=SYNC, red="test_adv_154_a_devices_clock_orders_nothing[2038-01-19T03:14:07Z]",
    ),
    defence(
        "156", "a change names the version that it was made on, and not any",
        ("layers/api.py", '    if given in ("", "*"):', "    if False:"),
        within=SYNC, red="test_adv_156_the_codes_of_missing_wild_weak_and_stale_versions",
    ),
    defence(
        "156", "a weak tag names no version",
        ("layers/api.py", "STRONG_TAG = re.compile(r'\"v(\\d{1,9})\"', re.ASCII)", "STRONG_TAG = re.compile(r'(?:W/)?\"v(\\d{1,9})\"', re.ASCII)"),
        within=SYNC, red="test_adv_156_the_codes_of_missing_wild_weak_and_stale_versions",
    ),
    defence(
        "157", "a report's key is looked for, and stands once",
        ("incidents/intake/reporting.py", "    if given.key is not None and (standing :=", "    if False and (standing :="),
        ("incidents/intake/reporting.py", "            request_key=given.key or uuid.uuid4(),", "            request_key=uuid.uuid4(),"),
        within=SYNC, red="test_adv_157_a_case_reported_by_page_and_worker_at_once_is_one",
    ),
    defence(
        "158", "a row is held from the look at its version to the write",
        ("layers/changing/rows.py", " and {where} for update of t\")", " and {where}\")"),
        ("layers/changing/rows.py", "where {} = %(fid)s and version = %(version)s\")", "where {} = %(fid)s\")"),
        within=SYNC, red="test_adv_158_no_update_is_lost_among_eight_writers",
    ),
    defence(
        "160", "a presence ends by itself",
        ("layers/changing/presence.py", "    Presence.objects.filter(seen_at__lte=at - LIVES).delete()\n", ""),
        ("layers/changing/presence.py", ", seen_at__gt=at - LIVES)", ")"),
        within=SYNC, red="test_adv_160_a_presence_whose_holder_vanished_ends_by_itself_and_never_blocks",
    ),
    defence(
        "161", "a restore names the version that it stands on",
        ("layers/changing/conflicts.py", "met(seen, edit, merge=False)[0]", "rows.locked(seen, fid)"),
        within=SYNC, red="test_adv_161_undo_after_others_have_gone_on_is_refused",
    ),
)  # fmt: skip
