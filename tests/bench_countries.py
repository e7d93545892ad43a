"""Resolving countries side by side with the libraries that do the like; called by tests/bench.py.

The peers run in a virtual environment of their own, .bench/peers (country_converter fails on pandas 3).
Where they cannot be installed their entries say so (peer: null) and the bench goes on. The texts are
300 English names of ISO 3166 and M49, which the peers know too, each a string object of its own as in a
file that was read; ours on Spanish names, demonyms and the rest of must_match.csv is
`countries_column_1m_mixed`. A column is a pandas Series, as each one's pandas makes it. The floor is a
dictionary that knows every answer.
"""

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pycountry

from schemas.countries import all_countries
from tests.countries.test_cases import cases
from warehouse.home import CHECKOUT

PEERS = CHECKOUT / ".bench" / "peers"
PACKAGES = ("country_converter", "pandas<3", "hdx-python-country", "pycountry")
DISTINCT, VALUES = 300, 1_000_000
SCALED = 3_000  # values a per-value function is measured on; its time is scaled to the million

HEAD = """
import json, sys, time
texts = json.load(sys.stdin)
def best(call, times=3):
    runs = []
    for _ in range(times):
        began = time.perf_counter(); call(); runs.append(time.perf_counter() - began)
    return min(runs)
def tried(call):
    def one(text):
        try: return call(text)
        except Exception: return None
    return one
"""
COLUMN = f"values = [text.encode().decode() for text in (texts * ({VALUES} // len(texts) + 1))[:{VALUES}]]\n"
PER_VALUE = f"values = (texts * ({SCALED} // len(texts) + 1))[:{SCALED}]; scale = {VALUES} / len(values)\n"

KNOWN = "known = dict.fromkeys(texts, 'XXX'); print(best(lambda: [known[value] for value in values]))"
OURS_COLUMN = (
    "import pandas; from schemas.countries import resolve_column; column = pandas.Series(values)\n"
    "print(best(lambda: resolve_column(column)))"
)
OURS_PER_VALUE = (
    "from schemas.countries import resolve; print(best(lambda: [resolve(v) for v in values]) * scale)"
)
OURS_FIRST_TIME = """
from schemas.countries import resolve, resolver
resolve(values[0])
def call():
    resolver._resolve.cache_clear()
    for value in texts: resolve(value)
print(best(call) / len(texts) * 1e6)
"""
OURS_IMPORT = "began = time.perf_counter(); import schemas.countries; print(time.perf_counter() - began)"

HDX = "from hdx.location.country import Country\nCountry.countriesdata(use_live=False)\n"
PEER_COLUMN = {
    "country_converter": """
import logging, pandas, country_converter
logging.disable()
converter, column = country_converter.CountryConverter(), pandas.Series(values)
print(best(lambda: converter.pandas_convert(column, to='ISO3')))
""",
    "pycountry (lookup of each value; it has no column function)": PER_VALUE
    + "import pycountry; call = tried(pycountry.countries.lookup)\n"
    "print(best(lambda: [call(v) for v in values]) * scale)",
    "hdx-python-country (get_iso3_country_code of each value; it has no column function)": PER_VALUE
    + HDX
    + "print(best(lambda: [Country.get_iso3_country_code(v) for v in values]) * scale)",
}
PEER_PER_VALUE = {
    "pycountry lookup": PEER_COLUMN["pycountry (lookup of each value; it has no column function)"],
    "pycountry search_fuzzy": "values, scale = texts[:60], 1e6 / 60\n"
    "import pycountry; call = tried(pycountry.countries.search_fuzzy); call(texts[0])\n"
    "print(best(lambda: [call(v) for v in values], 1) * scale)",
    "hdx-python-country get_iso3_country_code_fuzzy": PER_VALUE
    + HDX
    + "call = tried(Country.get_iso3_country_code_fuzzy)\n"
    "print(best(lambda: [call(v) for v in values], 1) * scale)",
    "country_converter convert": """
import logging, country_converter
logging.disable()
converter = country_converter.CountryConverter()
print(best(lambda: [converter.convert(v, to='ISO3') for v in texts[:60]], 1) / 60 * 1e6)
""",
}
PEER_IMPORT = {
    "country_converter": "import country_converter; country_converter.CountryConverter()",
    "pycountry": "import pycountry; pycountry.countries.lookup('HND')",
    "hdx-python-country": HDX,
}
TIMED_IMPORT = "began = time.perf_counter()\n{}\nprint(time.perf_counter() - began)"


def figures() -> list[dict[str, object]]:
    """All figures on countries, an entry for each peer."""
    names, mixed = english_names(), names_and_demonyms()
    peers = peers_python()
    floor = seconds(COLUMN + KNOWN, names)[0]
    column = seconds(COLUMN + OURS_COLUMN, names)
    each = seconds(PER_VALUE + OURS_PER_VALUE, names)
    imported = seconds(OURS_IMPORT, names)
    return [
        *beside("countries_column_1m", column, floor, PEER_COLUMN, peers, names, COLUMN),
        told("countries_column_1m_mixed", seconds(COLUMN + OURS_COLUMN, mixed), floor),
        *beside("countries_per_value", each, floor, PEER_PER_VALUE, peers, names),
        told("countries_first_time", seconds(PER_VALUE + OURS_FIRST_TIME, names), floor),
        *beside("countries_import", imported, None, timed(PEER_IMPORT), peers, names),
    ]


def english_names() -> list[str]:
    names = [country.name_en for country in all_countries() if country.kind == "country"]
    names += [country.official_name for country in pycountry.countries if hasattr(country, "official_name")]
    return list(dict.fromkeys(names))[:DISTINCT]


def names_and_demonyms() -> list[str]:
    """What a ministry's table holds: Spanish names, and the cases of must_match.csv."""
    texts = [case["value"] for case in cases("must_match.csv") if not case["code_system"]]
    texts += [country.name_es for country in all_countries()]
    return list(dict.fromkeys(texts))[:DISTINCT]


def timed(programs: dict[str, str]) -> dict[str, str]:
    return {name: TIMED_IMPORT.format(program) for name, program in programs.items()}


def peers_python() -> Path | None:
    """The interpreter of the peers' environment, made if it is not there; None if it cannot be made."""
    python, ready = PEERS / "bin" / "python", PEERS / ".ready"
    if not ready.exists():
        print("countries: installing the peers …", flush=True)
        try:
            venv.create(PEERS, with_pip=True)
            install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PACKAGES]
            subprocess.run(install, check=True, timeout=600, capture_output=True)
        except (OSError, subprocess.SubprocessError):
            return None
        ready.touch()
    return python


def seconds(program: str, texts: list[str], python: Path | None = None) -> tuple[float, float]:
    """Seconds the program says it took, and its peak MiB."""
    arguments = [str(python or sys.executable), "-W", "ignore", "-c", HEAD + program]
    process = subprocess.Popen(
        arguments, cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdin
    assert process.stdout
    process.stdin.write(json.dumps(texts).encode())
    process.stdin.close()
    said = process.stdout.read().decode().split()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = status
    if status or not said:
        raise RuntimeError(f"A measured program failed with status {status}.")
    return float(said[-1]), used.ru_maxrss / 1024


def beside(
    name: str,
    ours: tuple[float, float],
    floor: float | None,
    programs: dict[str, str],
    python: Path | None,
    texts: list[str],
    head: str = "",
) -> list[dict[str, object]]:
    """Ours against each peer; one entry without a peer where none could be installed."""
    if python is None:
        return [told(name, ours, floor)]
    entries = []
    for peer, program in programs.items():
        try:
            entries.append(told(name, ours, floor, peer, seconds(head + program, texts, python)[0]))
        except RuntimeError:
            entries.append(told(name, ours, floor))
    return entries


def told(
    name: str,
    ours: tuple[float, float],
    floor: float | None,
    peer: str | None = None,
    of_peer: float | None = None,
) -> dict[str, object]:
    """One entry of .bench/latest.json."""
    taken, peak = ours
    times = of_peer / taken if of_peer else None
    print(f"{name}: {taken:.3f} s" + (f", {peer}: {of_peer:.3f} s, {times:,.1f} times" if times else ""))
    return {
        "name": name,
        "seconds": round(taken, 4),
        "floor_seconds": round(floor, 4) if floor else None,
        "ratio_floor": round(taken / floor, 2) if floor else None,
        "peak_mib": round(peak),
        "peer": peer,
        "peer_seconds": round(of_peer, 4) if of_peer else None,
        "times_faster_than_peer": round(times, 1) if times else None,
    }


if __name__ == "__main__":
    figures()
