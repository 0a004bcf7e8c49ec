"""The data page in a browser: files are dropped, looked at, sent, and accounted for."""

from __future__ import annotations

import csv
import io
import json
import re
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from service.resources import static_dir
from tests.client.axe import serious_violations

pytestmark = pytest.mark.skipif(
    not (static_dir() / "web" / "data.html").is_file(), reason="the pages are not built: make web"
)

OpenPage = Callable[..., Page]

FOREIGN = "Ref;Tatzeit;Delikt;Ost;Nord\n" + "".join(
    f"A{n};13/02/2024 22:{n:02d};Robbery;{530_000 + n};{180_000 + n}\n" for n in range(40)
)

DROP = """
async (files) => {
  const transfer = new DataTransfer();
  for (const [name, text] of files) transfer.items.add(new File([text], name));
  const about = { dataTransfer: transfer, bubbles: true, cancelable: true };
  for (const kind of ["dragover", "drop"])
    document.querySelector(".drop").dispatchEvent(new DragEvent(kind, about));
}
"""


def drop(page: Page, files: list[tuple[str, str]]) -> None:
    page.evaluate(DROP, [list(one) for one in files])


def choose(page: Page, name: str, text: str | bytes) -> None:
    content = text.encode() if isinstance(text, str) else text
    page.set_input_files("#file", [{"name": name, "mimeType": "text/csv", "buffer": content}])


def send(page: Page) -> None:
    page.get_by_role("button", name=re.compile("^Send ")).click()
    expect(page.get_by_role("link", name="Ask where harm gathers")).to_be_visible()


def counts(page: Page, row: str) -> list[int]:
    cells = page.locator(f"#batches {row} td.number").all_inner_texts()
    return [int(one.replace(",", "")) for one in cells]


def test_dropped_month_files_are_accounted_for_row_by_row_and_change_nothing_twice(
    open_page: OpenPage, server: str, shared_data: Path, artefacts: Path
) -> None:
    folder = shared_data / "city-of-london" / "street"
    files = [(file.name, file.read_text()) for file in sorted(folder.glob("*.csv"))]
    page = open_page(f"{server}/data")
    drop(page, list(reversed(files)))
    expect(page.locator(".chosen li")).to_have_count(24)
    expect(page.locator("#outcome")).to_contain_text("rows would be accepted")
    expect(page.get_by_role("radio", name=re.compile("^police-uk "))).to_be_checked()
    expect(page.locator("#stored tbody tr").first).to_contain_text("April 2018")
    page.screenshot(path=artefacts / "data-preview.png")
    send(page)
    read, new, updated, unchanged, rejected = counts(page, "tfoot")
    assert (read, new, updated) == (18_755, 17_286, 0)
    assert read == new + updated + unchanged + rejected
    expect(page.locator("#account")).to_contain_text("18,755 rows read = 17,286 new")
    expect(page.locator("#reasons")).to_contain_text("no coordinates")
    expect(page.locator("#first-rejected tbody tr").first).to_contain_text("no coordinates")
    page.screenshot(path=artefacts / "data-report.png")
    assert downloaded(page) == rejected

    drop(page, files)
    expect(page.get_by_role("button", name="Send 24 files")).to_be_enabled()
    send(page)
    expect(page.get_by_text("Nothing changed")).to_be_visible()
    assert counts(page, "tfoot")[:3] == [18_755, 0, 0]


def downloaded(page: Page) -> int:
    """Follow the first link to rejected rows, read all of them, and count those rows.

    The browser lets a page begin ten downloads a second and drops the others without a word.
    """
    links = page.locator("#batches a[download]")
    with page.expect_download() as coming:
        links.first.click()
    addresses = [str(link.evaluate("link => link.href")) for link in links.all()]
    files = [page.request.get(address).text() for address in addresses]
    assert files[0] == coming.value.path().read_bytes().decode()
    return sum(sum(1 for _ in csv.DictReader(io.StringIO(file))) for file in files)


def test_foreign_columns_are_matched_by_hand_stored_and_found_the_next_time(
    open_page: OpenPage, server: str, artefacts: Path
) -> None:
    page = open_page(f"{server}/data")
    choose(page, "kripo 2024.csv", FOREIGN)
    expect(page.locator("#problems")).to_contain_text("Offence")
    expect(page.get_by_role("button", name="Send the file")).to_be_disabled()
    matches = {
        "Incident id": "Ref",
        "Offence (needed)": "Delikt",
        "When it happened (needed)": "Tatzeit",
        "Longitude or easting (needed)": "Ost",
        "Latitude or northing (needed)": "Nord",
    }
    for label, column in matches.items():
        page.get_by_label(label, exact=True).select_option(column)
    expect(page.get_by_label("Dates and times")).to_have_value("%d/%m/%Y %H:%M")
    expect(page.get_by_label("Coordinate system")).to_have_value("EPSG:27700")
    page.get_by_label("Time zone").fill("Europe/London")
    expect(page.locator("#outcome")).to_contain_text("40 of the first 40 rows")
    expect(page.locator("#stored tbody tr").first).to_contain_text("robbery")
    page.locator(".builder").screenshot(path=artefacts / "data-builder.png")
    expect(page.get_by_label("Name of the profile")).to_have_value("kripo-2024")
    page.get_by_label("Name of the profile").fill("kripo")
    page.get_by_role("button", name="Store profile").click()
    expect(page.get_by_text("Stored as kripo.")).to_be_visible()
    with page.expect_download() as coming:
        page.get_by_role("link", name="Download it as TOML").click()
    assert 'occurred_from = "Tatzeit"' in coming.value.path().read_text(encoding="utf-8")
    send(page)
    assert counts(page, "tbody") == [40, 40, 0, 0, 0]

    again = open_page(f"{server}/data")
    choose(again, "more.csv", FOREIGN)
    expect(again.get_by_role("radio", name="kripo")).to_be_checked()
    send(again)
    assert counts(again, "tbody") == [40, 0, 0, 40, 0]
    expect(again.locator("#earlier tbody tr")).to_have_count(2)


def test_columns_are_kept_when_they_are_ticked_and_others_are_not_even_shown(
    open_page: OpenPage, server: str
) -> None:
    page = open_page(f"{server}/data")
    header, *lines = (line for line in FOREIGN.splitlines())
    text = "\n".join([f"{header};Beat;Opfer", *(f"{one};12;Jane Quillfeather" for one in lines)])
    choose(page, "f.csv", text)
    for label, column in {"Offence (needed)": "Delikt", "Incident id": "Ref"}.items():
        page.get_by_label(label, exact=True).select_option(column)
    for label, column in {"When it happened": "Tatzeit", "Longitude or easting": "Ost"}.items():
        page.get_by_label(f"{label} (needed)", exact=True).select_option(column)
    page.get_by_label("Latitude or northing (needed)", exact=True).select_option("Nord")
    expect(page.locator("#outcome")).to_contain_text("40 of the first 40 rows")
    expect(page.locator("#others")).to_contain_text(
        "Beat (numbers; different ones: 1), Opfer (text"
    )
    page.get_by_label("Beat (numbers").check()
    expect(page.locator("#raw thead")).to_contain_text("Beat")
    expect(page.locator("#raw tbody tr").first).to_contain_text("12")
    expect(page.locator("body")).not_to_contain_text("Quillfeather")
    page.get_by_role("button", name="Store profile").click()
    expect(page.get_by_text("Stored as f.")).to_be_visible()
    send(page)
    with urllib.request.urlopen(f"{server}/api/v1/profiles/f") as answer:
        assert json.load(answer)["attributes"] == ["Beat"]


def test_a_shipped_name_is_refused_for_a_profile_and_says_why(
    open_page: OpenPage, server: str, watch
) -> None:
    page = open_page(f"{server}/data")
    choose(page, "f.csv", "date,offence,lon,lat,id\n2024-05-01,robbery,-0.1,51.5,1\n")
    page.get_by_label("Name of the profile").fill("police-uk")
    page.get_by_role("button", name="Store profile").click()
    expect(page.get_by_role("alert").filter(has_text="another name")).to_be_visible()
    refused_by_the_service(watch)


def test_a_wrong_file_is_told_by_what_it_is(open_page: OpenPage, server: str, watch) -> None:
    page = open_page(f"{server}/data")
    choose(page, "report.xlsx", b"PK\x03\x04rest of a workbook")
    expect(
        page.get_by_role("alert").filter(has_text="a broken ZIP archive or workbook")
    ).to_be_visible()
    choose(page, "empty.csv", b"")
    expect(page.get_by_role("alert").filter(has_text="empty.csv is empty")).to_be_visible()
    refused_by_the_service(watch)


def test_a_file_that_the_profile_does_not_fit_fails_alone(open_page: OpenPage, server: str) -> None:
    good = "date,offence,lon,lat,id\n2024-05-01,robbery,-0.1,51.5,1\n"
    page = open_page(f"{server}/data")
    drop(page, [("a.csv", good), ("b.csv", FOREIGN), ("c.csv", good.replace(",1\n", ",2\n"))])
    expect(page.locator("#outcome")).to_contain_text("1 of the first 1 rows")
    page.get_by_label("Name of the profile").fill("plain")
    page.get_by_role("button", name="Store profile").click()
    send(page)
    expect(page.locator(".sending .failed")).to_have_count(1)
    expect(page.locator(".sending .wrong")).to_contain_text("lacks the columns")
    assert counts(page, "tfoot")[:2] == [2, 2]
    expect(page.get_by_role("button", name="Send again what failed")).to_be_enabled()


def test_cancelling_leaves_nothing_of_the_file_that_was_under_way(
    open_page: OpenPage, server: str
) -> None:
    header = "external_id,offence_code,occurred_from,longitude,latitude\n"
    large = header + "".join(
        f"{n},robbery,2024-05-01T10:00:00Z,-0.1,51.5\n" for n in range(300_000)
    )
    page = open_page(f"{server}/data")
    choose(page, "large.csv", large)
    expect(page.get_by_role("radio", name="generic")).to_be_checked()
    page.get_by_role("button", name="Send the file").click()
    expect(page.locator(".sending .state")).to_contain_text("reading")
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".sending .state")).to_contain_text("nothing of it stored")
    choose(page, "small.csv", header + "1,robbery,2024-05-01T10:00:00Z,-0.1,51.5\n")
    page.get_by_role("button", name="Remove large.csv").click()
    send(page)
    expect(page.locator("#earlier tbody tr")).to_have_count(1)
    expect(page.locator("#earlier tbody tr")).to_contain_text("small.csv")


def test_the_service_that_is_gone_is_told_and_sending_again_stores_once(
    open_page: OpenPage, server: str, watch
) -> None:
    header = "external_id,offence_code,occurred_from,longitude,latitude\n"
    text = f"{header}1,robbery,2024-05-01,-0.1,51.5\n"
    page = open_page(f"{server}/data")
    choose(page, "may.csv", text)
    expect(page.get_by_role("radio", name="generic")).to_be_checked()
    sent: list[str] = []

    def cut(route) -> None:
        sent.append(route.request.headers["idempotency-key"])
        route.fetch()  # the service stores it, and its answer is lost on the way
        route.abort("connectionreset")

    page.route("**/incidents/batches?*profile=*", cut, times=1)
    page.get_by_role("button", name="Send the file").click()
    expect(page.get_by_role("alert").filter(has_text="Sending again is safe")).to_be_visible()
    send(page)
    assert counts(page, "tbody") == [1, 1, 0, 0, 0]
    with urllib.request.urlopen(f"{server}/api/v1/incidents/batches") as answer:
        assert answer.read().count(b'"batch_id"') == 1
    assert len(sent) == 1
    watch.errors.clear()  # the browser tells of the connection that was cut


@pytest.mark.parametrize(("width", "height", "dark"), [(1280, 720, False), (820, 1180, True)])
def test_the_page_fits_its_width_and_axe_finds_no_serious_violation(
    open_page: OpenPage, server: str, artefacts: Path, width: int, height: int, dark: bool
) -> None:
    page = open_page(f"{server}/data", width=width, height=height, dark=dark)
    choose(page, "kripo.csv", FOREIGN)
    expect(page.locator(".builder")).to_be_visible()
    page.screenshot(path=artefacts / f"data-{width}.png")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("document.querySelector('#data').scrollWidth") <= width
    assert serious_violations(page) == []


def test_a_file_is_read_and_sent_by_keyboard_alone(open_page: OpenPage, server: str) -> None:
    page = open_page(f"{server}/data")
    expect(page.get_by_text("Nothing has been stored yet.")).to_be_visible()
    page.get_by_role("button", name="Choose files").focus()
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files([{"name": "f.csv", "mimeType": "text/csv", "buffer": FOREIGN.encode()}])
    for label, column in {"Offence (needed)": "Delikt", "Incident id": "Ref"}.items():
        page.get_by_label(label, exact=True).focus()
        page.keyboard.type(column)
        expect(page.get_by_label(label, exact=True)).to_have_value(column)
    page.get_by_role("button", name="Remove all").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".chosen")).to_have_count(0)


def refused_by_the_service(watch) -> None:
    """A refusal is an answer like others, which the browser's console tells as an error."""
    watch.errors[:] = [one for one in watch.errors if "Failed to load resource" not in one]


def test_a_batch_is_undone_by_its_button_and_later_ones_with_it(
    open_page: OpenPage, server: str, artefacts: Path, watch
) -> None:
    header = "external_id,offence_code,occurred_from,longitude,latitude\n"
    page = open_page(f"{server}/data")
    for name, offence in (("first", "theft"), ("second", "arson")):
        choose(page, f"{name}.csv", f"{header}a,{offence},2024-01-01,1,2\n")
        send(page)
    rows = page.locator("#earlier tbody tr")
    expect(rows).to_have_count(2)
    page.get_by_role("button", name="(first.csv)").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Why").fill("wrong force")
    dialog.get_by_role("button", name="Undo it").click()
    expect(dialog.get_by_role("alert")).to_contain_text("later batches changed the same incidents")
    page.screenshot(path=artefacts / "data-undo.png")
    assert serious_violations(page) == []
    dialog.get_by_role("button", name="Undo all 2").click()
    expect(dialog).to_be_hidden()
    expect(rows.filter(has_text="wrong force")).to_have_count(2)
    told = page.get_by_role("status").get_by_text(
        "Undone: batch 1 (first.csv): 1 incident of this file removed."
    )
    expect(told).to_be_visible()
    assert page.get_by_role("button", name=re.compile("^Undo ")).count() == 0
    refused_by_the_service(watch)


def test_an_undone_file_says_so_wherever_the_page_told_of_it(
    open_page: OpenPage, server: str, artefacts: Path
) -> None:
    header = "external_id,offence_code,occurred_from,longitude,latitude\n"
    page = open_page(f"{server}/data")
    choose(page, "before.csv", f"{header}a,theft,2024-01-01,1,2\nb,theft,2024-01-01,1,2\n")
    send(page)
    choose(
        page, "wrong.csv", f"{header}a,arson,2024-01-01,1,2\nc,arson,2024-01-01,1,2\nd,theft,,1,2\n"
    )
    send(page)
    report = page.locator("#report")
    expect(report.get_by_role("link", name="Ask where harm gathers")).to_be_visible()
    page.get_by_role("button", name="(wrong.csv)").click()
    page.get_by_role("dialog").get_by_role("button", name="Undo it").click()
    what = "1 incident of this file removed; 1 back to what it was before."
    done = page.get_by_role("status").get_by_text(f"Undone: batch 2 (wrong.csv): {what}")
    expect(done).to_be_visible()
    expect(page.locator(".sending li")).to_contain_text("undone, nothing of it stored any more")
    expect(page.locator(".sending li")).not_to_contain_text("✓")
    expect(page.locator("#account")).to_have_text(
        "Undone: nothing that these files brought is stored any more."
    )
    expect(report.get_by_role("link", name="Ask where harm gathers")).to_have_count(0)
    expect(report.locator("#first-rejected")).to_have_count(0)
    for table in ("#batches", "#earlier"):
        row = page.locator(f"{table} tr.undone")
        expect(row).to_contain_text(re.compile(r"Undone \d.* on the data page: " + re.escape(what)))
    assert page.get_by_role("button", name=re.compile("^Undo .*wrong")).count() == 0
    page.screenshot(path=artefacts / "data-undone.png", full_page=True)
    assert serious_violations(page) == []

    page.get_by_role("button", name="Send the file").click()
    expect(page.get_by_text("✓ stored")).to_be_visible()
    assert counts(page, "tbody tr") == [3, 1, 1, 0, 1]


def test_warnings_of_one_kind_are_told_once_for_all_files(open_page: OpenPage, server: str) -> None:
    header = "external_id,offence_code,occurred_from,longitude,latitude\n"
    page = open_page(f"{server}/data")
    files = [
        (f"{name}.csv", f"{header}{name}1,theft,2024-01-01,1,2\n{name}1,arson,2024-01-01,1,2\n")
        for name in ("a", "b", "c")
    ]
    drop(page, files)
    send(page)
    told = page.locator(".warnings li")
    expect(told).to_have_count(1)
    expect(told).to_contain_text("a.csv: 1 row repeats the id of another row")
    expect(told).to_contain_text("Likewise 2 more files (b.csv, c.csv), 3 in all")


def test_what_a_warning_advises_can_be_done_on_the_page(open_page: OpenPage, server: str) -> None:
    rows = "".join(f"a{n},theft,2024-01-{n + 1:02},1.0{n},2\n" for n in range(9))
    header = "external_id,offence_code,occurred_from,longitude,latitude\n"
    page = open_page(f"{server}/data")
    choose(page, "odd.csv", f"{header}{rows}far,theft,2024-01-01,60,60\na1,arson,2024-01-01,1,2\n")
    expect(page.locator(".warning").filter(has_text="place.reject_strays")).to_be_visible()
    page.get_by_role("button", name="Start from this profile").click()
    page.get_by_label("Reject rows that lie far from all others").check()
    page.get_by_label("Rows that share an id").select_option("each is an incident of its own")
    page.get_by_label("Name of the profile").fill("own")
    page.get_by_role("button", name="Store profile").click()
    expect(page.get_by_text("Stored as own.")).to_be_visible()
    send(page)
    assert counts(page, "tbody tr") == [11, 10, 0, 0, 1]
