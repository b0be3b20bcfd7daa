"""From command line to answer: `check` of one text, and a reader until it is ready.

Wall time. Rival: the shortest script that inflates, parses and verifies the same text.
"""

import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from scanner.sight.memory import FrameMemory
from scanner.sight.reader import Reader
from tests.bench import setting
from tests.bench.figures import Figure, at_most, spread
from tests.bench.frame import await_ready

_BOUND_S = 0.6
_RUNS = 10
_SLOWEST = 8
_RIVAL = """
import sys, zlib, cbor2
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256
from scanner.passes.base45 import decode
text, der = (open(name, "rb").read() for name in sys.argv[1:])
protected, _, payload, signature = cbor2.loads(zlib.decompress(decode(text[4:]))).value
r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
signed = cbor2.dumps(["Signature1", protected, b"", payload])
public = x509.load_der_x509_certificate(der).public_key()
public.verify(utils.encode_dss_signature(r, s), signed, ec.ECDSA(SHA256()))
print(cbor2.loads(payload))
"""


def bench() -> Iterator[Figure]:
    """Start everything several times, in turn."""
    issuer = setting.es256()
    with tempfile.TemporaryDirectory() as name:
        text, trust = Path(name, "pass.txt"), Path(name, "dsc.der")
        text.write_bytes(setting.vaccinated(issuer))
        trust.write_bytes(issuer.certificate_der)
        when = setting.NOW.isoformat()
        check = setting.command("check", "--trust", str(trust), "--at", when, str(text))
        rival = [sys.executable, "-c", _RIVAL, str(text), str(trust)]
        times = [(_wall_s(check), _wall_s(rival)) for _ in range(_RUNS)]
        ours, theirs = zip(*times, strict=True)
        shown = spread(ours, unit="s", digits=2)
        middle = statistics.median(ours)
        yield at_most("check of one text", middle, bound=_BOUND_S, unit="s", shown=shown)
        yield Figure("shortest script, same text", spread(theirs, unit="s", digits=2))
        yield from _slowest([sys.executable, "-X", "importtime", *check[1:]])
    yield Figure("reader, start to ready", spread(_readers_s(), unit="s", digits=2))


def _wall_s(words: Sequence[str]) -> float:
    started = time.perf_counter()
    subprocess.run(words, cwd=setting.ROOT, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def _slowest(words: Sequence[str]) -> Iterator[Figure]:
    """Name the modules that take longest to import, by themselves."""
    ran = subprocess.run(words, cwd=setting.ROOT, check=True, capture_output=True, text=True)
    lines = re.findall(r"^import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)$", ran.stderr, re.MULTILINE)
    imports = sorted(((int(own_us), module) for own_us, module in lines), reverse=True)
    yield Figure("  imports", f"{len(imports)}")
    for own_us, module in imports[:_SLOWEST]:
        yield Figure(f"  {module}"[:38], f"{own_us / 1000:.1f} ms")


def _readers_s() -> list[float]:
    times = []
    for _ in range(5):
        with FrameMemory() as memory:
            reader = Reader(memory)
            started = time.perf_counter()
            await_ready(reader)
            times.append(time.perf_counter() - started)
            reader.close()
    return times
