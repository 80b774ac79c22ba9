"""Group A: a stranger's file, from its first byte to the row that it becomes."""

from tests.defences.defence import defence

FILES = "tests/adversarial/test_adv_files.py"
BODIES = "tests/adversarial/test_adv_bodies.py"
JOBS = "tests/layers/files/test_import_jobs.py"
PROVING = "tests/layers/confined/test_proving.py"

DRIVERS_LEFT_OUT = (
    "layers/confined/confine.py",
    'os.environ["GDAL_SKIP"] = ",".join(sorted(set(pyogrio.list_drivers()) - set(DRIVERS)))',
    'os.environ["GDAL_SKIP"] = ""',
)
CHILD_LOOKS = ("layers/confined/reading.py", "    if unknown:", "    if False:")
PROVED_FIRST = ("layers/confined/proving.py", "if through := faults():", "if through := []:")
CONTENT_AGREES = ("layers/files/opening.py", "if suffix not in DRIVERS[driver]:", "if False:")
ROOM = ("layers/confined/sandbox.py", 'if bwrap is None or os.environ.get("NBIOC_WALLS") == "namespaces":', "if True:")
SIZES_TOLD = ("layers/files/opening.py", "or sum(entry.file_size for entry in entries) > most_bytes", "")
SIZES_COUNTED = ("layers/files/opening.py", "            if len(block) > left:", "            if False:")

DEFENCES = (
    defence(
        "001, 002", "GDAL has no drivers but ours, the child looks, the self-test, content and name agree, the other file is not in the room",
        DRIVERS_LEFT_OUT, CHILD_LOOKS, PROVED_FIRST, CONTENT_AGREES, ROOM,
        within=FILES, red="""test_adv_001_a_vrt_that_calls_itself_geojson_reads_no_other_file
                             test_adv_002_a_pipeline_that_calls_itself_geojson_runs_nothing""",
    ),
    defence(
        "001, 002", "the self-test sees a driver that is not ours",
        DRIVERS_LEFT_OUT,
        within=PROVING, red="test_a_child_sees_no_network_no_secrets_and_only_the_named_drivers",
    ),
    defence(
        "004", "what is no file of this machine, or has another ending, is not opened",
        ("layers/files/importing.py", "if not wish.path.is_file():", "if False:"),
        ("layers/files/opening.py", "if suffix not in SUFFIXES and suffix not in DRAWING_SUFFIXES:", "if False:"),
        within=FILES, red="test_adv_004_a_name_that_is_not_a_file_is_not_opened", meets="FileNotFoundError",
    ),
    defence(
        "004", "no network behind the walls",
        ("layers/confined/sandbox.py", '"--unshare-all", ', '"--unshare-user", "--unshare-pid", "--unshare-uts", "--unshare-ipc", '),
        within=PROVING, red="test_a_child_sees_no_network_no_secrets_and_only_the_named_drivers[bubblewrap]",
    ),
    defence(
        "004", "no network where a network namespace is all there is",
        ("layers/confined/confine.py", "if libc.unshare(CLONE_NEWNET) != 0:", "if False:"),
        within=PROVING, red="test_a_child_sees_no_network_no_secrets_and_only_the_named_drivers[namespaces]",
    ),
    defence(
        "005", "a file is bound to be read only: whoever would write to it cannot",
        ("layers/confined/sandbox.py", 'for word in ("--ro-bind", str(link.resolve())', 'for word in ("--bind", str(link.resolve())'),
        ("layers/files/opening.py", "    layers = [str(name) for name, _ in pyogrio.list_layers(path)]",
         '    path.read_bytes()[:6] == b"SQLite" and path.open("ab").write(b"x")\n    layers = [str(name) for name, _ in pyogrio.list_layers(path)]'),
        within=FILES, red="test_adv_005_triggers_in_a_geopackage_stay_asleep",
    ),
    defence(
        "006", "sizes from an archive's directory, and counted again while unpacking",
        SIZES_TOLD, SIZES_COUNTED,
        within=FILES, red="""test_adv_006_an_archive_that_unpacks_to_more_than_the_limit_is_refused
                             test_adv_006_a_workbook_that_is_a_bomb_is_refused""",
    ),
    defence(
        "006", "one level of archives only",
        ("layers/files/opening.py", " and found.suffix.lower() not in ARCHIVES)", ")"),
        within=FILES, red="test_adv_006_an_archive_in_an_archive_is_not_opened",
    ),
    defence(
        "008", "names and links of an archive that reach outside are refused",
        ("layers/files/opening.py", 'if symlink or name.startswith("/") or ".." in name.split("/") or ":" in name or "\\0" in name:', "if False:"),
        within=FILES, red="""test_adv_008_an_archive_that_reaches_outside_is_refused
                             test_adv_008_a_link_in_an_archive_is_refused""",
    ),
    defence(
        "009", "the parts of a file are asked for",
        ("layers/files/opening.py", "for part in PARTS.get(suffix, ()):", "for part in ():"),
        within=FILES, red="test_adv_009_a_shapefile_without_its_attributes_names_what_is_missing",
    ),
    defence(
        "009", "memory has a limit behind the walls",
        ("layers/confined/confine.py", "for limit, most in (*LIMITS, memory):", "for limit, most in LIMITS:"),
        within=PROVING, red="test_a_child_sees_no_network_no_secrets_and_only_the_named_drivers",
    ),
    defence(
        "009", "an encoding that is not known, or not clear, is asked for",
        ("layers/files/wording.py", "return encodings.named(name)", 'return encodings.named("windows-1252")'),
        ("layers/files/wording.py", 'raise ENCODING_REQUIRED("Không rõ bảng mã chữ: hãy chọn.", "The text encoding is not clear: choose one.", samples=samples(raws))',
         'return encodings.named("windows-1252"), "guessed"'),
        within=FILES, red="test_adv_009_an_unknown_encoding_name_is_refused_with_the_same_words_in_each_reading",
    ),
    defence(
        "010", "a file that does not say its CRS is asked about, with where each would land",
        ("layers/files/locating.py", "crs_of(named) if named else said\n", "crs_of(named) if named else said or crs_of(CITY_SRID)\n"),
        within=FILES, red="test_adv_010_a_file_without_a_crs_is_never_guessed",
    ),
    defence(
        "012", "document types are looked for, in workbooks too",
        ("layers/files/opening.py", "        if DOCTYPE.search(text):", "        if False:"),
        ("layers/files/opening.py", 'if entry.filename.lower().endswith(".xml") and DOCTYPE.search(part.read(BLOCK_BYTES)):', "if False:"),
        within=FILES, red="""test_adv_012_xml_with_a_document_type_is_refused
                             test_adv_012_a_document_type_behind_a_long_comment_is_found
                             test_adv_012_a_workbook_with_a_document_type_is_refused""",
    ),
    defence(
        "012", "they are looked for to the end of the file",
        ("layers/files/opening.py", "    for block in _blocks(path):\n        text = before", "    for block in [next(_blocks(path))]:\n        text = before"),
        within=FILES, red="test_adv_012_a_document_type_behind_a_long_comment_is_found",
    ),
    defence(
        "012", "they are looked for in UTF-16",
        ("layers/files/opening.py", 'text = before + block.replace(b"\\0", b"")', "text = before + block"),
        within=FILES, red="test_adv_012_xml_with_a_document_type_is_refused[utf-16]",
    ),
    defence(
        "013", "what GDAL and Arrow cannot read becomes a refusal, and so does a child that dies",
        ("layers/files/opening.py", "    except SCIENCE as error:", "    except () as error:"),
        ("layers/files/opening.py", "    except (UnicodeDecodeError, ValueError, OverflowError, pyarrow.ArrowException) as error:", "    except () as error:"),
        ("layers/confined/child.py", "        if not 0 < size <= LARGEST_HEADER:\n            raise self.failed()", '        if not size:\n            raise RuntimeError("the child has died")'),
        within=FILES, red="""test_adv_013_broken_geojson_is_refused_and_never_a_crash
                             test_adv_013_collections_in_collections_are_refused_and_never_a_crash""",
        meets="RuntimeError",
    ),
    defence(
        "016", "a layer's name is made of plain letters, and checked where it is declared",
        ("layers/files/fitting.py", '    slug = plain_name(called, "layer")', "    slug = called"),
        ("layers/making/declaring.py", "if not NAME.match(slug) or slug in KEPT_SLUGS or slug.endswith(LABEL_SUFFIX):", "if False:"),
        within=FILES, red="test_adv_016_a_file_name_is_only_a_name",
    ),
    defence(
        "016, 014", "endings come from a list, and the content must be what its ending says",
        ("layers/files/opening.py", "if suffix not in SUFFIXES and suffix not in DRAWING_SUFFIXES:", "if False:"),
        CONTENT_AGREES,
        within=FILES, red="test_adv_016_an_ending_that_is_not_read_is_refused",
    ),
    defence(
        "016", "a stranger's name goes nowhere near a path",
        ("layers/files/import_jobs.py", 'stored = f"{secrets.token_hex(16)}{_ending(name)}"', "stored = name"),
        within=JOBS, red="test_a_strangers_name_goes_nowhere_near_a_path", meets="FileNotFoundError",
    ),
    defence(
        "017", "a body is taken up before a thread is given to it",
        ("geo/config/bodies.py", "if not 0 < length <= settings.LARGEST_BODY_BYTES:", "if True:"),
        within=BODIES, red="test_adv_017_half_sent_files_hold_no_thread_that_somebody_else_needs", meets="TimeoutError",
    ),
    defence(
        "017", "what stalls is told so",
        ("geo/config/bodies.py", "            raise TOO_SLOW() from error", "            raise Gone from error"),
        within=BODIES, red="test_adv_017_what_stalls_or_drips_is_told_so_and_what_is_cut_is_dropped",
    ),
    defence(
        "017", "what drips is told so",
        ("geo/config/bodies.py", "if elapsed_s > BEGINS_WITHIN_S and taken < elapsed_s * SLOWEST_BYTES_PER_S:", "if False:"),
        within=BODIES, red="test_adv_017_what_stalls_or_drips_is_told_so_and_what_is_cut_is_dropped",
    ),
    defence(
        "017", "of a stranger no more is taken than a form can hold",
        ("geo/config/bodies.py", "if anybody and length > ANYBODYS_BYTES:", "if False:"),
        within=BODIES, red="test_adv_017_a_large_body_arrives_whole_and_strangers_send_none_larger_than_a_form",
    ),
    defence(
        "017", "so many large bodies at once",
        ("geo/config/bodies.py", "if self.on_disk[anybody] >= MOST_ON_DISK:", "if False:"),
        within=BODIES, red="test_adv_017_only_so_many_large_bodies_are_taken_up_at_once_and_strangers_take_no_room_of_ours",
    ),
    defence(
        "017", "strangers take no room of those who work here",
        ("geo/config/bodies.py", "anybody = known == ANONYMOUS", "anybody = True"),
        within=BODIES, red="test_adv_017_only_so_many_large_bodies_are_taken_up_at_once_and_strangers_take_no_room_of_ours",
    ),
    defence(
        "017", "two files of one person",
        ("layers/files/import_jobs.py", ".count() >= MOST_WAITING:", ".count() < 0:"),
        within=JOBS, red="test_a_third_file_of_one_person_waits_outside",
    ),
    defence(
        "017", "a body that says that it is too long is refused unread",
        ("geo/config/middleware.py", "if length.isdecimal() and int(length) > settings.LARGEST_BODY_BYTES:", "if False:"),
        within=JOBS, red="test_a_body_that_says_it_is_too_long_is_refused_before_it_is_read",
    ),
    defence(
        "017", "what was called off leaves nothing",
        ("layers/files/import_jobs.py", "            os.unlink(path)", "            pass"),
        ("layers/files/import_jobs.py", '        if name.startswith("import_") and name not in kept:', "        if False:"),
        within=JOBS, red="test_a_file_called_off_leaves_nothing",
    ),
    defence(
        "018", "a stream that was cut is refused, and the child must have ended well",
        ("layers/confined/feature_child.py", "except (pyarrow.ArrowException, OSError) as error:\n            raise self.failed() from error", "except (pyarrow.ArrowException, OSError):\n            pass"),
        ("layers/confined/feature_child.py", "        if not ended_well:", "        if False:"),
        within=FILES, red="test_adv_018_a_killed_importer_leaves_nothing_and_can_begin_again",
    ),
    defence(
        "018", "an import is done in the transaction of its rows",
        ("layers/files/import_jobs.py",
         '            # In the same transaction as the rows: it is done exactly when they are there.\n            _end(number, "writing", status="done", step="done", layer=report.slug)',
         '        _end(number, "writing", status="done", step="done", layer=report.slug)'),
        red="tests/adversarial/test_adv_kills.py::test_adv_018_an_importer_killed_at_twenty_points_leaves_nothing_half_and_the_file_comes_in_again",
    ),
    defence(
        "018", "a job whose worker has died has failed",
        ("layers/files/import_jobs.py", "    if alive:\n        return", "    return"),
        within=JOBS, red="test_one_whose_worker_has_died_has_failed_and_says_so",
    ),
)  # fmt: skip
