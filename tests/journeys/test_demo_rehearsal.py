"""`door-scanner demo`: the whole rehearsal, as a newcomer runs it first."""

import re
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
GUESTS = {
    "vaccinated, on a phone": ("admit", "admitted"),
    "recovered, on paper": ("admit", "admitted"),
    "tested negative": ("admit", "admitted"),
    "tested positive": ("refuse", "rule_not_met"),
    "pass has expired": ("refuse", "expired"),
    "pass not valid yet": ("refuse", "not_yet_valid"),
    "year of birth changed": ("refuse", "bad_signature"),
    "signed by nobody known": ("refuse", "unknown_issuer"),
    "issuer's key revoked": ("refuse", "revoked"),
    "a poster's link": ("ignore", "not_a_pass"),
    "KI-PASS session code": ("ask", "online_only"),
    "same code, shown twice": ("admit", "admitted"),
    "same code, shown twice (again)": ("admit", "repeated"),
    "two passes at once": ("ask", "two_passes"),
    "SMART Health Card": ("admit", "admitted"),
    "NZ COVID Pass": ("admit", "admitted"),
    "ICAO VDS-NC": ("admit", "admitted"),
    "did:infra credential": ("admit", "admitted"),
    "pretix ticket": ("admit", "admitted"),
    "a card in two parts": ("admit", "admitted"),
    "the venue's own ticket": ("admit", "admitted"),
    "the venue's own ticket (again)": ("refuse", "already_used"),
}


def test_every_guest_gets_the_scenarios_verdict() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "scanner", "demo", "--fast"],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=CHECKOUT,
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "\x1b" not in ended.stdout
    lights, _, table = ended.stdout.partition(" guest ")
    rows = {
        columns[0]: tuple(columns[1:])
        for line in table.splitlines()
        if len(columns := re.split(r"  +", line.strip())) == 5
    }
    rows.pop("verdict", None)
    assert {guest: row[:2] for guest, row in rows.items()} == GUESTS
    assert {row[3] for row in rows.values()} == {"as expected"}
    assert all(int(row[2]) >= 0 for row in rows.values())
    assert "22 codes shown: 12 admit, 7 refuse, 1 ignore, 2 ask." in " ".join(table.split())
    assert re.search(r"p50 \d+ ms, p95 \d+ ms", " ".join(table.split()))
    assert lights.count("GREEN") >= 5
    assert all(len(line) <= 80 for line in ended.stdout.splitlines() if "door-scanner" not in line)
