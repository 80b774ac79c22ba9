"""Refusals: what was wrong, what would be right, in both languages, under a code that never changes.

Each room defines its own with `define`; one place turns them into RFC 9457 problems.
"""

from typing import Any

CODES: dict[str, type["Problem"]] = {}


class Problem(Exception):
    """An expected refusal. Its body is an RFC 9457 problem with Vietnamese and English titles and details."""

    code = "problem"
    status = 400
    title_vi = ""
    title_en = ""

    def __init__(self, vi: str = "", en: str = "", **extra: Any) -> None:
        super().__init__(en or self.title_en)
        self.vi, self.en, self.extra = vi, en, extra

    def as_dict(self) -> dict[str, Any]:
        # What a standard member says is never overwritten by what a refusal carries beside it.
        return {
            **self.extra,
            "type": f"urn:nbioc:problem:{self.code}",
            "title": self.title_vi,
            "title_en": self.title_en,
            "status": self.status,
            "detail": self.vi or self.title_vi,
            "detail_en": self.en or self.title_en,
            "code": self.code,
        }


def define(code: str, status: int, vi: str, en: str) -> type[Problem]:
    """Make the problem class of one code. Defining a code twice is a mistake in the source and raises ValueError."""
    if code in CODES:
        raise ValueError(f"The error code {code} is defined twice.")
    problem = type(code, (Problem,), {"code": code, "status": status, "title_vi": vi, "title_en": en})
    CODES[code] = problem
    return problem


NOT_FOUND = define("not_found", 404, "Không tìm thấy", "Not found")
NOT_SIGNED_IN = define("not_signed_in", 401, "Chưa đăng nhập", "Not signed in")
FORBIDDEN = define("forbidden", 403, "Không có quyền", "Not allowed")
BAD_REQUEST = define("bad_request", 400, "Yêu cầu không hợp lệ", "Bad request")
UNPROCESSABLE = define("unprocessable", 422, "Nội dung không dùng được", "The content cannot be used")
STALE = define("stale", 412, "Dữ liệu đã được người khác sửa", "Somebody else has changed this")
PRECONDITION_REQUIRED = define("precondition_required", 428, "Thiếu phiên bản gốc", "If-Match is required")
CONFLICT = define("conflict", 409, "Xung đột trạng thái", "The state does not allow this")
BUSY = define("busy", 503, "Máy chủ đang bận", "The server is busy")
INTERNAL = define("internal", 500, "Lỗi máy chủ", "Something went wrong on the server")
BAD_LOGIN = define("bad_login", 401, "Sai tên đăng nhập hoặc mật khẩu", "Wrong user name or password")
TOO_MANY = define("too_many_requests", 429, "Quá nhiều lần thử", "Too many attempts")
TOO_LARGE = define("body_too_large", 413, "Nội dung quá lớn", "The body is too large")
METHOD = define("method_not_allowed", 405, "Không hỗ trợ phương thức này", "This method is not supported")
