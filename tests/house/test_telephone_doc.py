"""The signing in docs/telephone.md, run as it stands there: what openssl makes of it is what we believe."""

import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from geo import webhooks

DOC = Path(__file__).resolve().parents[2] / "docs" / "telephone.md"
SECRET = "whsec_" + "QUJD" * 11


def test_the_documented_commands_sign_what_we_take() -> None:
    script = re.search(r"```sh\n(.*?)curl ", DOC.read_text(), re.DOTALL)[1]

    ran = subprocess.run(
        ["bash", "-euc", script + 'printf "%s\\n" "$id" "$now" "$signature" "$body"'],
        env={"NBIOC_TELEPHONE_SECRET": SECRET, "PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    key, stamp, signature, body = ran.stdout.rstrip("\n").split("\n")

    headers = {"webhook-id": key, "webhook-timestamp": stamp, "webhook-signature": f"v1,{signature}"}
    assert webhooks.read(headers=headers, body=body.encode(), secrets=[SECRET], at=datetime.now(UTC)).id == key
