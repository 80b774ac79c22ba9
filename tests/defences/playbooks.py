"""The control room: what is to be done, step by step, and what is asked of a leader."""

from tests.defences.defence import Swap, defence

PLAYBOOKS = "tests/incidents/guidance/test_playbooks.py"
STEPS = "tests/incidents/guidance/test_steps.py"
OPINIONS = "tests/incidents/guidance/test_opinions.py"

DEFENCES = (
    defence(
        "playbooks", "a step wants what it asks for, and a skip a reason",
        ("incidents/guidance/playbooks.py", '    if missing or ("note" in kinds and not taking.told.note):', "    if False:"),
        ("incidents/guidance/playbooks.py", "    if not taking.told.note:\n        raise EVIDENCE_NEEDED", "    if False:\n        raise EVIDENCE_NEEDED"),
        within=PLAYBOOKS, red="test_a_step_is_taken_once_with_what_it_asks_for_and_stands_in_the_sequence",
    ),
    defence(
        "playbooks", "a choice is one of the step's",
        ("incidents/guidance/playbooks.py", '    if choice not in [one["value"] for one in step["choices"]]:', "    if False:"),
        within=PLAYBOOKS, red="test_a_step_is_taken_once_with_what_it_asks_for_and_stands_in_the_sequence",
    ),
    defence(
        "playbooks", "a step is taken once, and the second is told who was first",
        ("incidents/guidance/playbooks.py", '    if made is None or (made.status == "begun" and skipping):', "    if True:"),
        within=STEPS, red="test_two_operators_on_one_step_at_once_are_told_who_was_first",
    ),
    defence(
        "playbooks", "a step on a way that was not taken is not open",
        ("incidents/guidance/playbooks.py", '    if standing.state in ("later", "off"):', "    if False:"),
        within=STEPS, red="test_a_choice_opens_one_way_and_closes_the_other",
    ),
    defence(
        "playbooks", "beyond one's authority nothing is decided",
        ("incidents/guidance/playbooks.py", '    if step.get("authority") == "leader" and not taking.scope.may(DECIDES):', "    if False:"),
        within=STEPS, red="test_beyond_ones_authority_nothing_is_decided",
    ),
    defence(
        "playbooks", "evidence exists, and whoever gives it sees it",
        ("incidents/guidance/playbooks.py", "        query.feature(opened(layer, taking.scope), fid)\n", ""),
        ("incidents/guidance/playbooks.py", "Entry.objects.filter(pk=number, incident=taking.incident).exists()", "Entry.objects.filter(pk=number).exists()"),
        within=STEPS, red="test_evidence_is_something_that_exists_and_that_its_giver_sees",
    ),
    defence(
        "playbooks", "a form takes what its fields take, and nothing else",
        ("incidents/guidance/steps.py", "    if unknown or wrong:", "    if False:"),
        within=STEPS, red="test_a_form_refuses_what_its_fields_do_not_take[answers1]",
    ),
    defence(
        "playbooks", "a step is taken back within ten seconds, by its own hand, while nothing followed",
        ("incidents/guidance/playbooks.py", "        if row.by_id != by.pk or at - row.at > timedelta(seconds=UNDO_S) or code in followed or heard:", "        if False:"),
        within=STEPS, red="test_a_step_is_taken_back_within_ten_seconds_by_its_own_hand_while_nothing_followed",
    ),
    defence(
        "playbooks", "who handles no cases takes no step",
        ("incidents/guidance/playbooks_api.py", '    by = need(request, "handle_cases")\n    told = playbooks.Told', "    by = request.user\n    told = playbooks.Told"),
        within=PLAYBOOKS, red="test_who_may_not_handle_cases_takes_no_step_and_who_may_not_see_hears_of_none",
    ),
    defence(
        "playbooks", "a notice is heard by whom it is for",
        ("incidents/guidance/notices.py", '    if not own and not scope.may("handle_cases"):\n        raise NOT_FOUND()\n', "    own = own or not scope.may('handle_cases')\n"),
        within=STEPS, red="test_who_is_told_hears_it_in_their_own_list_and_that_does_the_step",
    ),
    defence(
        "playbooks", "of a restricted case a notice tells its code alone",
        ("incidents/guidance/notices.py", "    if incident.restricted:\n", "    if False:\n"),
        within=STEPS, red="test_of_a_restricted_case_a_notice_tells_its_code_alone",
    ),
    defence(
        "playbooks", "who telephoned says how it was heard",
        ("incidents/guidance/notices.py", "        if not own and not note.strip():", "        if False:"),
        within=STEPS, red="test_the_operator_who_telephoned_says_whom_and_the_name_stands",
    ),
    defence(
        "playbooks", "what could not be followed is refused whole",
        ("incidents/guidance/steps.py", "            if not holds:\n", "            if False:\n"),
        within=STEPS, red="""test_a_step_that_nobody_could_follow_is_refused[a wait of -1 s]
                             test_a_step_that_nobody_could_follow_is_refused[a step that waits for one after it]
                             test_a_step_that_nobody_could_follow_is_refused[nobody to tell]
                             test_a_step_that_nobody_could_follow_is_refused[a tool that is none]""",
    ),
    defence(
        "playbooks", "a version that is in force is never changed",
        Swap("incidents/migrations/0008_steps.py", "create trigger playbook_is_kept before", "-- create trigger playbook_is_kept before", sql="drop trigger playbook_is_kept on incidents_playbook"),
        within=STEPS, red="test_a_version_is_never_changed_in_the_database",
    ),
    defence(
        "playbooks", "late steps are an alarm",
        ("incidents/clock.py", "    stepping.late,\n", ""),
        ("incidents/guidance/stepping.py", "        alarms.raise_alarm(kind=LATE", "        kind = dict(kind=LATE"),
        within=STEPS, red="test_late_steps_of_a_case_have_one_alarm_that_rings_again_when_another_is_late",
    ),
    defence(
        "playbooks", "a case that nobody has taken calls once, and who has just taken one is left to work",
        ("incidents/guidance/stepping.py", "_open_cases().exclude(unheard).exclude(incident__acknowledged_at__gt=at - JUST_TAKEN)", "_open_cases()"),
        within=STEPS, red="test_a_case_that_nobody_has_taken_has_the_alarm_of_that_alone",
    ),
    defence(
        "opinions", "nobody answers their own question, nor one that was not asked of them",
        ("incidents/guidance/opinions.py", "        if row.asked_by_id == by.pk:\n            raise OWN_QUESTION()\n        if by.pk not in row.order:\n            raise NOT_FOUND()\n", ""),
        within=OPINIONS, red="test_nobody_answers_their_own_question_nor_one_that_was_not_asked_of_them",
    ),
    defence(
        "opinions", "a question is answered once",
        ("incidents/guidance/opinions.py", "    if row.answered_at is not None:\n        who", "    if False:\n        who"),
        within=OPINIONS, red="test_an_opinion_is_answered_once_and_the_second_is_told_who_was_first",
    ),
    defence(
        "opinions", "what is over or was withdrawn is answered by nobody",
        ("incidents/guidance/opinions.py", "    if row.withdrawn_at or row.expired_at or (row.due_at < at and len(row.reached) >= len(row.order)):", "    if False:"),
        within=OPINIONS, red="""test_an_answer_after_the_last_time_is_over_is_refused_though_the_clock_has_not_come_by
                                test_a_question_is_taken_back_and_then_nobody_answers_it""",
    ),
    defence(
        "opinions", "a question can be answered: in words, in time, by one of its options",
        ("incidents/guidance/opinions.py", "        if not words or len(words) > LONGEST_WORDS or not SHORTEST_S <= within_s <= LONGEST_S or (choices and not steps.are_choices(choices)):", "        if False:"),
        within=OPINIONS, red="""test_a_question_that_cannot_be_answered_is_not_asked[given0]
                                test_a_question_that_cannot_be_answered_is_not_asked[given2]
                                test_a_question_that_cannot_be_answered_is_not_asked[given6]""",
    ),
    defence(
        "opinions", "an answer is one of the options, or words",
        ("incidents/guidance/opinions.py", '        if choice and choice not in [one["value"] for one in row.options]:', "        if False:"),
        ("incidents/guidance/opinions.py", "        if (row.options and not choice) or not (choice or said):", "        if False:"),
        within=OPINIONS, red="test_an_answer_is_one_of_the_options_or_words",
    ),
    defence(
        "opinions", "one question of a step at a time, and the database says so",
        Swap("incidents/duty_models.py", 'condition=Q(answered_at=None, withdrawn_at=None, expired_at=None, run__isnull=False), name="one_pending_opinion_a_step"', 'condition=Q(run=0), name="one_pending_opinion_a_step"',
             sql="drop index one_pending_opinion_a_step"),
        ("incidents/guidance/opinions.py", "    if Opinion.objects.filter(PENDING, run=run, step=code).exists():", "    if False:"),
        ("incidents/guidance/opinions.py", "    playbooks.check_open(run, code)\n", ""),
        within=OPINIONS, red="test_a_steps_decision_beyond_authority_is_made_by_the_answer", meets="IntegrityError",
    ),
    defence(
        "opinions", "who may not see a case neither asks nor reads",
        ("incidents/guidance/opinions.py", '        seen = query.some(opened("incidents", scope), [row.incident_id for row in rows])', "        seen = {row.incident_id for row in rows}"),
        within=OPINIONS, red="test_who_may_not_see_the_case_neither_asks_nor_reads_and_of_a_restricted_one_the_leader_hears_its_code",
    ),
)  # fmt: skip
