"""The words of a language, for the pages that run in the reader's browser."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, Field

from service.errors import NotFoundError
from service.http.responses import problems
from service.words import catalogue
from spatial.errors import Problem

router = APIRouter(prefix="/api/v1/words", tags=["installation"])


class Words(BaseModel):
    """The catalogue of a language."""

    language: str
    sentences: dict[str, list[str]] = Field(
        description="What is said for each English sentence (its singular), in each form of "
        "its plural."
    )
    forms: list[int] = Field(
        description="Which form each number takes, from 0; beyond the list, a number takes that "
        "of 100 and its last two digits."
    )


@router.get("/{language}", summary="Read the words of a language", responses=problems(404, 422))
def get_words(language: str) -> Words:
    """Return the catalogue of a language; English, in which all is written, has an empty one."""
    if language not in catalogue.languages():
        raise NotFoundError(
            f"There are no words in {language!r}: there are {', '.join(catalogue.languages())}.",
            [Problem("language", f"unknown language {language}")],
        )
    return Words.model_validate(catalogue.find(language).document())
