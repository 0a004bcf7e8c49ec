"""The documentation holds: its snippets run, and its example is what really comes out."""

import json
import re
from pathlib import Path

from service.analyses import runs
from service.analyses.registry import PROCESSES
from service.analyses.targets import TargetsParams
from service.export import geojson
from service.ingest import ingest, load_profile
from service.vector import boundaries

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()


def test_the_notebook_snippet_runs():
    snippets = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert snippets
    for snippet in snippets:
        exec(compile(snippet, "README.md", "exec"), {})


def test_the_real_example_says_what_really_comes_out(tenant, shared_data):
    folder = shared_data / "city-of-london"
    for file in sorted((folder / "street").glob("*.csv")):
        with tenant.unit_of_work() as (session, agency):
            ingest(session, agency, file, load_profile("police-uk"), file_name=file.name)
    command = re.search(r"harmspot targets .*?(?=\n```)", README, re.DOTALL).group()
    words = command.replace("\\\n", " ").split()[2:]
    given = {
        words[at].removeprefix("--").replace("-", "_"): words[at + 1]
        for at in range(0, len(words) - 2, 2)
    }
    with tenant.unit_of_work() as (session, agency):
        boundaries.load_file(session, agency, folder / "study_area.geojson", "study")
    with tenant.unit_of_work() as (session, agency):
        run = runs.execute(
            session, agency, PROCESSES["targets"], TargetsParams.model_validate(given)
        )
        collection = json.loads(geojson.targets(session, run))
    quoted = " ".join(line[2:] for line in README.splitlines() if line.startswith("> "))
    best = collection["features"][0]["properties"]
    assert quoted == f"**1. {best['label']}.** {best['note']}"


def test_links_between_documents_lead_somewhere():
    for document in [ROOT / "README.md", *ROOT.glob("docs/**/*.md"), *ROOT.glob("data/**/*.md")]:
        for target in re.findall(r"\]\(([^)#]+)\)", document.read_text()):
            if "://" not in target:
                assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_the_tests_that_the_security_officer_is_shown_are_there():
    shown = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", (ROOT / "docs/security.md").read_text())
    assert len(shown) > 20
    for file, name in shown:
        assert f"\ndef {name}(" in (ROOT / file).read_text(), f"{file}::{name}"
