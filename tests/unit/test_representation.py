"""What clients keep is named after all code that writes it, its libraries and its language."""

from pathlib import Path

import pytest

from service import version
from service.http import representation
from service.words import catalogue
from tests import pseudo_language

ROOT = Path(version.__file__).resolve().parents[1]


@pytest.fixture
def named(monkeypatch):
    """Tells the representation as a process that starts now does."""

    def told() -> str:
        for one in (version.software_version, version.libraries, representation._writing):
            one.cache_clear()
        return representation.representation()

    yield told
    monkeypatch.undo()
    told()


def test_each_module_is_said_to_write_answers_or_not():
    unsaid = [name for name in version.modules() if representation.WRITING.holds(name) is None]
    assert not unsaid, f"say in service/http/representation.py whether these write: {unsaid}"


def test_each_name_that_is_listed_is_one_of_ours():
    listed, others = representation.WRITING.held, representation.WRITING.others
    modules = list(version.modules())
    for name in listed | others:
        assert any(module == name or module.startswith(f"{name}.") for module in modules), name
    assert not listed & others


@pytest.mark.parametrize(
    "file",
    [
        "service/analyses/properties.py",
        "service/briefing/maps.py",
        "service/export/kml.py",
        "service/http/api/runs.py",
        "service/http/feeds/entries.py",
        "service/http/ogc/tile_queries.py",
        "service/http/ogc/templates/items.html",
        "service/briefing/templates/briefing.css",
        "service/http/pages/templates/run.html",
        "service/store/views.py",
        "service/styles/source.py",
        "service/words/runs.py",
        "spatial/describe.py",
    ],
)
def test_a_change_in_what_writes_answers_changes_the_name(copied, named, file):
    before = named()
    changed = copied / file
    changed.write_text(changed.read_text() + "\n")
    assert named() != before


def test_a_sentence_of_a_language_that_changes_changes_the_name(copied, named):
    folder = copied / "service/words/catalogues"
    before = named()
    sentences = pseudo_language.write(folder)
    written = named()
    sentences.write_text(sentences.read_text().replace(pseudo_language.OPEN, "["))
    assert len({before, written, named()}) == 3


@pytest.mark.parametrize(
    "file", ["service/cli/app.py", "service/store/cluster/server.py", "service/ingest/load.py"]
)
def test_a_change_in_other_code_leaves_the_name_as_it_is(copied, named, file):
    before = named()
    changed = copied / file
    changed.write_text(changed.read_text() + "\n")
    assert named() == before


@pytest.mark.parametrize("name", representation.LIBRARIES)
def test_another_version_of_a_library_that_writes_changes_the_name(named, monkeypatch, name):
    before = named()
    really = representation.version
    monkeypatch.setattr(
        representation, "version", lambda asked: "0.0.0" if asked == name else really(asked)
    )
    assert named() != before


def test_each_language_has_a_name_of_its_own(named, tmp_path, monkeypatch):
    pseudo_language.write(tmp_path)
    monkeypatch.setattr(catalogue, "FOLDER", tmp_path)
    english = named()
    with catalogue.speaking(pseudo_language.LANGUAGE):
        assert named() != english
    assert named() == english
