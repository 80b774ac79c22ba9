"""Reports on paper: plain pages in Vietnamese, every word escaped, nothing that runs, nothing from outside, black on white."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from geo.city import CITY
from incidents.layer import STATUSES

ZONE = ZoneInfo(CITY.timezone)
STYLE = SafeString(
    "body{font:13px/1.45 'Be Vietnam Pro',system-ui,sans-serif;color:#111;background:#fff;margin:2rem auto;max-width:60rem;padding:0 1rem}"
    "h1{font-size:1.35rem;margin:0 0 .2rem}h2{font-size:1.05rem;margin:1.2rem 0 .3rem;border-bottom:1px solid #999}"
    "table{border-collapse:collapse;width:100%}td,th{border:1px solid #bbb;padding:.2rem .45rem;text-align:left;vertical-align:top}th{background:#eee}"
    "tr{break-inside:avoid}.late{font-weight:700}.muted{color:#555}.exercise{border:3px dashed #111;padding:.4rem;font-weight:700;text-align:center}"
    ".sketch{width:100%;border:1px solid #bbb}pre{white-space:pre-wrap;font:inherit;margin:.2rem 0}@media print{body{margin:0}}@page{size:A4;margin:15mm}"
)
# The policy of the whole house, without even its own scripts: a page of words needs none.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
EXERCISE = "DIỄN TẬP — KHÔNG PHẢI VỤ VIỆC THẬT"
STATUS_WORDS = {one.value: one.vi for one in STATUSES}
KIND_WORDS = {
    "report": "tiếp nhận", "acknowledge": "nhận tin", "verify": "xác minh", "dispatch": "điều lực lượng", "under_control": "khống chế", "resolve": "xử lý xong",
    "close": "kết thúc", "cancel": "hủy", "reject": "tin không đúng", "reopen": "mở lại", "note": "ghi chú", "merge": "gộp", "forward": "chuyển cơ quan",
    "answer": "trả lời", "transfer": "chuyển giao", "playbook": "kịch bản", "step": "bước kịch bản", "opinion": "xin ý kiến", "level": "mực đo", "place": "vị trí",
    "unit_accept": "đơn vị nhận", "unit_decline": "đơn vị từ chối", "unit_enroute": "xuất phát", "unit_on_scene": "đến nơi", "unit_clear": "rời hiện trường",
    "unit_cancel": "hủy lệnh", "undo": "hoàn tác", "attach": "gắn đối tượng", "detach": "bỏ đối tượng",
}  # fmt: skip
STEP_WORDS = {"todo": "chưa làm", "begun": "đang chờ", "done": "đã làm", "skipped": "bỏ qua", "later": "chưa đến", "off": "không đi hướng này"}


def page(title: str, parts: Iterable[SafeString], *, exercise: bool = False) -> HttpResponse:
    """A page to print."""
    mark = format_html('<p class="exercise">{}</p>', EXERCISE) if exercise else ""
    markup = format_html(
        '<!doctype html><html lang="vi"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{}</title><style>{}</style>{}{}</html>',
        title,
        STYLE,
        mark,
        format_html_join("", "{}", ((part,) for part in parts)),
    )
    return HttpResponse(markup, headers={"Content-Security-Policy": POLICY, "Cache-Control": "private, no-store"})


def heading(title: str, under: str) -> SafeString:
    return format_html('<h1>{}</h1><p class="muted">{}</p>', title, under)


def section(title: str, body: SafeString) -> SafeString:
    return format_html("<h2>{}</h2>{}", title, body) if body else SafeString("")


def table(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> SafeString:
    """A table; nothing where it would be empty."""
    shown = [format_html("<tr>{}</tr>", format_html_join("", "<td>{}</td>", ((cell,) for cell in row))) for row in rows]
    if not shown:
        return SafeString("")
    head = format_html_join("", "<th>{}</th>", ((word,) for word in heads))
    return format_html("<table><tr>{}</tr>{}</table>", head, format_html_join("", "{}", ((row,) for row in shown)))


def moment(given: datetime | str | None) -> str:
    """A moment on the city's own clock, as it is written here."""
    if not given:
        return ""
    at = datetime.fromisoformat(given) if isinstance(given, str) else given
    return at.astimezone(ZONE).strftime("%H:%M:%S %d/%m/%Y")


def clock(given: datetime | str | None) -> str:
    return moment(given)[:8]


def span(seconds: float | None) -> str:
    """So many seconds as people say them."""
    if seconds is None:
        return "—"
    minutes, rest = divmod(round(abs(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    words = f"{hours} giờ {minutes:02d} phút" if hours else f"{minutes} phút {rest:02d} giây" if minutes else f"{rest} giây"
    return f"−{words}" if seconds < 0 else words


def late(text: str, is_late: bool) -> SafeString | str:
    """What is late says so in words."""
    return format_html('<span class="late">{} (trễ)</span>', text) if is_late else text


def case_name(item: dict[str, Any]) -> str:
    kind = CITY.categories.get(item["category"])
    return f"{item['code']} · {kind.vi if kind else item['category']}"


def after_action(told: dict[str, Any], sketch: SafeString) -> HttpResponse:
    """The report after a case (incidents.afterwards.after_action), with its sketch (incidents.afterwards.sketching)."""
    item = told["incident"]
    where = " · ".join(part for part in (item["place_name"], item["road_name"], item["ward_name"]) if part)
    ended = "chưa kết thúc" if told["open"] else f"đến {moment(told['until'])}"
    figures = told["figures"]
    parts = [
        heading(
            f"Báo cáo sau vụ việc {case_name(item)}", f"Mức {item['severity']} · {where} · từ {moment(told['from'])} {ended} · lập {moment(told['made_at'])}"
        ),
        format_html("<pre>{}</pre>", item["description"]) if item["description"] else SafeString(""),
        section("Thời gian so với mục tiêu", table(("Việc", "Mục tiêu", "Thực tế"), (_target(row) for row in told["targets"]))),
        section("Lực lượng", table(("Đơn vị", "Vai trò", "Yêu cầu", "Xuất phát", "Đến nơi", "Rời đi", "Dự kiến", "Thực tế"), map(_unit, told["units"]))),
        section("Số liệu", _figures(figures)),
        *(
            section(
                f"Kịch bản: {run['title']['vi']} (v{run['version']})", table(("Bước", "Ai", "Hạn", "Tình trạng", "Lúc", "Người làm", "Ghi chú"), _steps(run))
            )
            for run in told["playbooks"]
        ),
        section("Quyết định", table(("Việc", "Chọn", "Người quyết định", "Lúc", "Lời"), map(_decision, told["decisions"]))),
        section("Xin ý kiến", table(("Câu hỏi", "Hỏi", "Đã đến", "Trả lời", "Lời", "Lúc"), map(opinion_row, told["opinions"]))),
        section("Báo động", table(("Báo động", "Lúc", "Chuyển cấp", "Người nhận", "Nhận lúc"), map(_alarm, told["alarms"]))),
        section("Sơ đồ", sketch),
        section("Diễn biến", table(("Lúc", "Việc", "Trạng thái", "Người", "Nội dung"), map(_entry, told["entries"]))),
    ]
    return page(f"Báo cáo {item['code']}", parts, exercise=told["exercise"])


def _target(row: dict[str, Any]) -> Sequence[Any]:
    return row["vi"], span(row["target_s"]), late(span(row["took_s"]), row["late"])


def _unit(row: dict[str, Any]) -> Sequence[Any]:
    took = f"{span(row['took_s'])} ({'+' if row['off_s'] > 0 else ''}{span(row['off_s'])})" if row["off_s"] is not None else span(row["took_s"])
    moments = (clock(row[name]) for name in ("requested_at", "enroute_at", "on_scene_at", "ended_at"))
    return f"{row['code']} {row['name']}", row["role"], *moments, span(row["eta_s"]), took


def _figures(figures: dict[str, int]) -> SafeString:
    words = (
        ("Bước phải làm", "steps"), ("Đã làm", "done"), ("Trễ", "late"), ("Bỏ qua", "skipped"), ("Còn lại", "left"), ("Báo động", "alarms"), ("Chuyển cấp", "escalated"),
    )  # fmt: skip
    return table([vi for vi, _ in words], [[figures[name] for _, name in words]])


def _steps(run: dict[str, Any]) -> Iterable[Sequence[Any]]:
    for step in run["steps"]:
        chosen = next((one["vi"] for one in step["choices"] if one["value"] == step["choice"]), "")
        filled = "; ".join(f"{_field(step, code)}: {_said(value)}" for code, value in step["answers"].items())
        words = " · ".join(part for part in (chosen, filled, step["note"]) if part)
        state = late(STEP_WORDS[step["status"]], step["late"])
        yield step["title"]["vi"], agency_name(step["who"]), clock(step["due_at"]), state, clock(step["at"]), step["by"] or "", words


def _field(step: dict[str, Any], code: str) -> str:
    return next((str(one["vi"]) for one in step.get("fields", []) if one["code"] == code), code)


def _said(value: Any) -> str:
    return {True: "có", False: "không"}.get(value, str(value)) if isinstance(value, bool) else str(value)


PLACES = {"": "", "operator": "Trực ban", "leader": "Lãnh đạo", "ward": "Phường, xã"}
AGENCIES = {str(one["code"]): str(one["name"]) for one in CITY.agencies}


def agency_name(code: str) -> str:
    return PLACES.get(code) or AGENCIES.get(code, code)


def _decision(row: dict[str, Any]) -> Sequence[Any]:
    return row["title"]["vi"], row["choice"]["vi"] if row["choice"] else "", row["by"] or "", moment(row["at"]), row["note"]


def opinion_row(row: dict[str, Any]) -> Sequence[Any]:
    """A question of the list of opinions, with everybody whom it reached."""
    chosen = next((one["vi"] for one in row["options"] if one["value"] == row["answer"]), "")
    reached = ", ".join(str(one["name"]) for one in row["reached"])
    state = {"pending": "đang chờ", "withdrawn": "đã rút", "expired": "không ai trả lời"}.get(row["status"], chosen)
    return (
        row["question"],
        f"{row['asked_by']} {clock(row['asked_at'])}",
        reached,
        f"{row['answered_by'] or ''} {state}".strip(),
        row["words"],
        clock(row["answered_at"]),
    )


def _alarm(row: dict[str, Any]) -> Sequence[Any]:
    return row["words"]["vi"], moment(row["raised_at"]), moment(row["escalated_at"]), row["acknowledged_by"] or "", clock(row["acknowledged_at"])


def _entry(row: dict[str, Any]) -> Sequence[Any]:
    return moment(row["at"]), KIND_WORDS.get(row["kind"], row["kind"]), STATUS_WORDS.get(row["status"] or "", ""), row["by"] or "", row["note"]


# ---- exercises and shifts


def exercise(told: dict[str, Any]) -> HttpResponse:
    """The report after an exercise (incidents.rehearsal.exercise_report)."""
    ended = f"đến {moment(told['ended_at'])}" if told["ended_at"] else "đang chạy"
    words = {"acknowledged": "Nhận tin sau", "verified": "Xác minh sau", "dispatched": "Điều sau", "on_scene": "Đến nơi sau"}
    parts = [
        heading(f"Báo cáo diễn tập: {told['name']}", f"{moment(told['starts_at'])} {ended} · chủ trì {told['by']}"),
        section("Tham gia", format_html("<p>{}</p><p>{}</p>", ", ".join(map(str, told["taking_part"])), ", ".join(told["units"]))),
        section("Bài học", format_html("<pre>{}</pre>", told["lessons"]) if told["lessons"] else SafeString("")),
        section(
            "Tình huống đưa vào",
            table(("Số", "Dự kiến sau", "Loại", "Đưa vào lúc", "Lỗi"), ([one["number"], span(one["after_s"]), one["kind"], moment(one["played_at"]), one["fault"]] for one in told["injects"])),
        ),
        section(
            "Các vụ",
            table(
                ("Vụ", "Tình huống", *words.values(), "Bước", "Trễ", "Bỏ qua", "Còn lại"),
                ([case_name(one), one["inject"] or "", *(span(one["reactions"].get(name)) for name in words), *(one["figures"][name] for name in ("steps", "late", "skipped", "left"))] for one in told["cases"]),
            ),
        ),
    ]  # fmt: skip
    return page(f"Diễn tập {told['name']}", parts, exercise=True)


def handover(told: dict[str, Any]) -> HttpResponse:
    """What a shift leaves to the next (incidents.afterwards.handing_over), with room for two signatures."""
    content = told["content"]
    taken = f"Nhận ca: {told['taken_by']} lúc {moment(told['taken_at'])}" if told["taken_by"] else "Chưa có người nhận ca"
    units, changes = content["units"], content["changes"]
    counts = (("Tiếp nhận", "reported"), ("Xác minh", "verified"), ("Lệnh điều động", "dispatched"), ("Ghi chú", "noted"))
    parts = [
        heading("Bàn giao ca trực", f"Ca từ {moment(told['since'])} đến {moment(told['at'])} · giao: {told['by']} · {taken}"),
        section("Lời dặn", format_html("<pre>{}</pre>", told["note"]) if told["note"] else SafeString("")),
        section("Vụ đang mở, việc tiếp theo", table(("Vụ", "Mức", "Nơi", "Tiếp theo", "Bước đang chờ"), map(_open_case, content["cases"]))),
        section("Diễn tập đang chạy", table(("Tên", "Đến"), [[content["exercise"]["name"], moment(content["exercise"]["until"])]] if content["exercise"] else [])),
        section("Trong ca", table([*(vi for vi, _ in counts), "Kết thúc"], [[*(changes[name] for _, name in counts), ", ".join(one["code"] for one in changes["ended"])]])),
        section("Xin ý kiến đang chờ", table(("Vụ", "Câu hỏi", "Hạn"), ([one["code"], one["question"], moment(one["due_at"])] for one in content["opinions"]))),
        section("Việc đã giao, chưa xong", table(("Vụ", "Việc", "Cơ quan"), ([one["code"], one["vi"], one["agency"] or ""] for one in content["notices"]))),
        section("Báo động đang đứng", table(("Báo động", "Vụ", "Từ", "Đã nhận"), ([one["words"]["vi"], one["code"] or "", moment(one["raised_at"]), "rồi" if one["acknowledged"] else "chưa"] for one in content["alarms"]))),
        section("Lực lượng đang ở ngoài", table(("Đơn vị", "Vụ"), ([one["code"], one["case"] or ""] for one in units["out"]))),
        section("Đoạn cấm, hạn chế", table(("Lý do", "Từ", "Đến"), ([one["reason"], moment(one["starts_at"]), moment(one["ends_at"])] for one in content["closures"]))),
        section("Mực nước", table(("Trạm", "Giá trị", "Lúc"), ([one["name"], f"{one['last_value']} {one['unit']}", moment(one["last_at"])] for one in content["gauges"]))),
        section("Trực ca tới", table(("Cơ quan", "Vị trí", "Người", "Điện thoại", "Từ"), ([one["agency_name"], one["post"], one["name"], one["phone"], moment(one["starts_at"])] for one in content.get("roster", [])))),
        format_html('<p style="margin-top:2.5rem">Người giao ca: ____________________ &nbsp;&nbsp; Người nhận ca: ____________________</p>'),
    ]  # fmt: skip
    return page("Bàn giao ca trực", parts)


def _open_case(one: dict[str, Any]) -> Sequence[Any]:
    where = " · ".join(part for part in (one["place_name"], one["road_name"], one["ward_name"]) if part)
    waiting = "; ".join(f"{step['vi']}{' (hạn ' + clock(step['due_at']) + ')' if step['due_at'] else ''}" for step in one["steps"])
    return f"{case_name(one)}{' · DIỄN TẬP' if one['exercise'] else ''}", one["severity"], where, one["next"]["vi"], waiting
