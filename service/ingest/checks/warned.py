"""What a report says besides its counts, in a form that programs read too."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


def number_of(many: int, one: str, several: str | None = None) -> str:
    """Return how many there are of something.

    Examples
    --------
    >>> number_of(1, "row is", "rows are"), number_of(1200, "time")
    ('1 row is', '1,200 times')
    """
    return f"{many:,} {one if many == 1 else several or one + 's'}"


class Warned(BaseModel):
    """Something that was read as the profile says, or left out of a row, and deserves a look."""

    model_config = ConfigDict(frozen=True)

    code: str = Field(description="What it is about, one word for programs.")
    message: str = Field(description="What a person should know.")
    rows: int | None = Field(default=None, description="How many rows it is about.")
    share: float | None = Field(
        default=None, description="Which share of the rows that could be these are, 0 to 1."
    )
    lines: tuple[int, ...] = Field(default=(), description="The lines of the first of them.")

    @classmethod
    def of(cls, said: Any) -> Warned:
        """Return what was said: a warning, or what is stored of one.

        Examples
        --------
        >>> Warned.of("the file has two headers").code
        'file'
        """
        if isinstance(said, Warned):
            return said
        return cls(code="file", message=said) if isinstance(said, str) else cls.model_validate(said)
