"""The board's names for things: texts of the catalogue, and plain words where it has none."""

from collections.abc import Mapping
from dataclasses import dataclass

from handlers.digest_text import duration
from handlers.ports import Say
from handlers.public import Public, PublicLine
from handlers.shown import short

_ROOM = 80  # letters of a title in a list


@dataclass(frozen=True, slots=True)
class BoardTexts:
    """One language of the board."""

    say: Say
    language: str
    departments: Mapping[str, str]

    def text(self, key: str, /, **values: object) -> str:
        return self.say(self.language, key, **values)

    def name(self, family: str, word: str) -> str:
        """What people call a kind, a category or a status; a category that is no more, by its key."""
        try:
            return self.text(f"{family}.{word}")
        except KeyError:
            return word

    def department(self, key: str) -> str:
        return self.departments.get(key, key)

    def counted(self, family: str, numbers: Mapping[str, int]) -> list[tuple[str, int]]:
        """Numbers of categories and the like, by what people call them."""
        return [(self.name(family, word), number) for word, number in numbers.items()]

    def departments_counted(self, numbers: Mapping[str, int]) -> list[tuple[str, int]]:
        """The same of departments."""
        return [(self.department(key), number) for key, number in numbers.items()]

    def lasted(self, hours: float | None) -> str:
        """How long something took."""
        return "–" if hours is None else duration(self.say, self.language, hours)

    def title(self, ticket: Public) -> str:
        """A ticket in a few words: what and where."""
        category = self.name("category", ticket.category)
        return f"{category}: {ticket.place}" if ticket.place else category

    def short(self, ticket: Public) -> str:
        """The same where there is little room."""
        return short(self.title(ticket), _ROOM)

    def actor(self, line: PublicLine) -> str:
        """Who did something, without a name."""
        if line.actor == "department" and line.department and line.action != "assigned":
            return self.text("board.by_department", name=self.department(line.department))
        return self.text(f"board.actor.{line.actor}")

    def did(self, line: PublicLine) -> str:
        """What was done."""
        if line.action == "undone":
            return self.text("board.did.undone", what=self.text(f"history.{line.undone}"))
        if line.action == "assigned":
            name = self.department(line.department)
            return self.text("board.did.assigned", name=name) if name else self.text("board.did.accept")
        if line.action == "absorbed":
            return self.text("board.did.absorbed", code=line.other)
        return self.text(f"board.did.{line.action}", count=line.count)

    def photo(self, ticket: Public, number: int, *, after: bool) -> str:
        """What a photo shows, for whoever does not see it."""
        key = "board.photo_after" if after else "board.photo_before"
        return self.text(key, number=number, what=self.title(ticket), code=ticket.code)
