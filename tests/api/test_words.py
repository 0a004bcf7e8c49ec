"""Words: gathered in one catalogue, said in the language of the installation."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from fastapi.testclient import TestClient

from service.http.app import create_app
from service.settings import Settings
from service.store.session import Database
from service.words import catalogue
from spatial.errors import InvalidInputError
from tests import pseudo_language

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def other_language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An installation that has the words of the language of no country."""
    pseudo_language.write(tmp_path)
    monkeypatch.setattr(catalogue, "FOLDER", tmp_path)
    yield pseudo_language.LANGUAGE
    catalogue._find.cache_clear()


def test_the_catalogue_holds_what_the_code_says() -> None:
    checked = subprocess.run(
        [sys.executable, ROOT / "setup/words.py", "--check"], capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stderr


def test_every_language_keeps_the_values_of_each_sentence() -> None:
    for file in catalogue.FOLDER.glob("*.po"):
        for message in read_po(file.open("rb"), locale=file.stem.replace("-", "_")):
            english = message.id if isinstance(message.id, tuple) else (message.id,)
            said = message.string if isinstance(message.string, tuple) else (message.string,)
            wanted = set(re.findall(r"\{(\w+)\}", english[-1]))
            for form in filter(None, said):
                assert set(re.findall(r"\{(\w+)\}", form)) <= wanted, (file.name, form)


def test_sentences_are_said_in_the_language_spoken_and_english_again_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pl.po").write_text(
        'msgid ""\nmsgstr ""\n'
        '"Content-Type: text/plain; charset=utf-8\\n"\n'
        '"Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && '
        '(n%100<12 || n%100>14) ? 1 : 2);\\n"\n\n'
        'msgid "Rank of {place}"\nmsgstr "Miejsce: {place}"\n\n'
        'msgid "{number} target"\nmsgid_plural "{number} targets"\n'
        'msgstr[0] "{number} cel"\nmsgstr[1] "{number} cele"\nmsgstr[2] "{number} celów"\n',
        encoding="utf-8",
    )
    monkeypatch.setattr(catalogue, "FOLDER", tmp_path)

    def targets(number: int) -> str:
        return catalogue.ngettext("{number} target", "{number} targets", number)

    with catalogue.speaking("pl"):
        assert catalogue.gettext("Rank of {place}", place="Mill Lane") == "Miejsce: Mill Lane"
        assert [targets(number) for number in (1, 3, 12)] == ["1 cel", "3 cele", "12 celów"]
        assert catalogue.gettext("Not in it") == "Not in it"
    assert [targets(number) for number in (1, 3)] == ["1 target", "3 targets"]
    told = catalogue.find("pl").document()
    assert [told["forms"][number] for number in (1, 3, 112)] == [0, 1, 2]
    assert told["sentences"]["{number} target"] == [
        "{number} cel",
        "{number} cele",
        "{number} celów",
    ]
    catalogue._find.cache_clear()


def test_a_language_that_is_not_there_is_refused_by_name() -> None:
    with pytest.raises(InvalidInputError, match="no words in the language 'tlh': choose one of en"):
        catalogue.find("tlh")
    with pytest.raises(ValueError, match="tlh is not spoken: write one of en"):
        Settings(language="tlh")


def test_the_page_in_the_browser_is_told_its_language_and_given_its_words(
    database: Database, other_language: str
) -> None:
    app = create_app(Settings(worker="none", language=other_language), database)
    with TestClient(app) as client:
        assert client.get("/api/v1/installation").json()["language"] == other_language
        assert f'<html lang="{other_language}"' in client.get("/").text
        words = client.get(f"/api/v1/words/{other_language}").json()
        assert words["language"] == other_language
        refused = client.get("/api/v1/words/tlh")
        assert refused.status_code == 404
        assert "there are en" in refused.json()["detail"]
