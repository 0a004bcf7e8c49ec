"""Progress on the command line: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn


@dataclass
class Bar:
    """The progress of one task, told in shares or in bytes."""

    console: Console
    title: str
    progress: Progress | None
    task: TaskID | None
    said: str = field(default="")

    def share(self, done: float, message: str = "") -> None:
        """Tell the share done, in [0, 1], and what is being done."""
        if self.progress is not None and self.task is not None:
            self.progress.update(self.task, completed=done, doing=message)
        elif message and message != self.said:
            self.said = message
            self.console.print(f"{self.title}: {message}", highlight=False)

    def bytes(self, done: int, whole: int | None) -> None:
        """Tell how many bytes are read, of how many."""
        if whole:
            self.share(min(done / whole, 1.0))

    def amount(self, done: int, whole: int | None, message: str) -> None:
        """Tell how much there is so far, of how much, and in words."""
        self.share(min(done / whole, 1.0) if whole else 0.0, message)


@contextmanager
def progress_bar(title: str, console: Console) -> Iterator[Bar]:
    """Show the progress of a task until it ends."""
    if not console.is_terminal:
        yield Bar(console, title, None, None)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[doing]}"),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        yield Bar(console, title, progress, progress.add_task(title, total=1.0, doing=""))
