"""The checker sees each kind of damage: records that are spoilt in one place are no clean history."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.chaos.history import Opened, Posted, Records, Seen, Sent, findings

TICKETS = [
    Opened("PA1001", "-1", "1", "report", "lighting", "đèn hư", True),
    Opened("PA1002", "-1", "2", "report", "waste", "rác", True),
]
CLEAN = Records(
    posted=[Posted("-1", "1", 1), Posted("-1", "2", 0), Posted("-1", "3", 0)],
    seen=[
        Seen("-1", "4", "Dạ, đã ghi nhận. #PA1001: đèn"),
        Seen("-2", "1", "#PA1001 · Phản ánh"),
        Seen("-1", "5", "Dạ, đã ghi nhận. #PA1002: rác"),
    ],
    kept=[("-1", "1"), ("-1", "2"), ("-1", "3")],
    handled={"done": 3},
    photos={"stored": 1},
    sent=[
        Sent("ack:1", "-1", "ack", "sent", "4", 1),
        Sent("card:1", "-2", "card", "sent", "1", 1),
        Sent("ack:2", "-1", "ack", "unconfirmed", None, 1),
        Sent("card:2", "-2", "card", "pending", None, 0),
    ],
    tickets=TICKETS,
    hashes={"aa"},
    files={"aa", "bb"},
    told_unconfirmed=1,
    listed_unconfirmed=1,
)
Spoil = Callable[[Records], Records]


def test_a_clean_history_is_clean() -> None:
    assert findings(CLEAN, kills=1, expected=TICKETS) == []


@pytest.mark.parametrize(
    ("spoil", "word"),
    [
        (lambda r: replace(r, kept=r.kept[1:]), "is lost"),
        (lambda r: replace(r, kept=[*r.kept, r.kept[0]]), "2 times"),
        (lambda r: replace(r, handled={"done": 2, "dead": 1}), "1 events are dead"),
        (lambda r: replace(r, handled={"done": 2, "pending": 1}), "1 events are pending"),
        (lambda r: replace(r, seen=r.seen[1:]), "was never accepted"),
        (lambda r: replace(r, seen=[*r.seen, Seen("-2", "9", "#PA1002 · Phản ánh")]), "belong to no row"),
        (lambda r: replace(r, seen=[*r.seen, Seen("-1", "9", r.seen[0].text)]), "acknowledged 2 times"),
        (lambda r: replace(r, sent=[*r.sent, r.sent[0]]), "is there 2 times"),
        (lambda r: replace(r, sent=[replace(r.sent[0], attempts=13), *r.sent[1:]]), "13 attempts"),
        (lambda r: replace(r, sent=[replace(r.sent[1], state="lost"), r.sent[0], *r.sent[2:]]), "is lost"),
        (lambda r: replace(r, told_unconfirmed=0), "were told of 0 of 1"),
        (lambda r: replace(r, listed_unconfirmed=0), "the list has 0 of 1"),
        (lambda r: replace(r, photos={"pending": 1}), "1 photos are pending"),
        (lambda r: replace(r, photos={}), "0 photos are known"),
        (lambda r: replace(r, files=set()), "no file"),
        (lambda r: replace(r, tickets=r.tickets[:1]), "is lost or another"),
        (lambda r: replace(r, tickets=[*r.tickets, replace(r.tickets[0], code="PA1003")]), "has 2 tickets"),
        (lambda r: replace(r, tickets=[replace(r.tickets[0], replays=False), r.tickets[1]]), "history says"),
        (lambda r: replace(r, tickets=[replace(r.tickets[0], kind="x"), r.tickets[1]]), "should not be"),
    ],
)  # fmt: skip
def test_damage_is_seen(spoil: Spoil, word: str) -> None:
    assert any(word in finding for finding in findings(spoil(CLEAN), kills=1, expected=TICKETS))


def test_more_unconfirmed_than_kills_is_damage() -> None:
    assert any("after 0 kills" in finding for finding in findings(CLEAN, kills=0, expected=TICKETS))


def test_a_notice_that_perhaps_arrived_is_listed_and_not_told_of() -> None:
    notice = Sent("unconfirmed:3", "-2", "notice", "unconfirmed", None, 1)
    records = replace(CLEAN, sent=[*CLEAN.sent, notice], listed_unconfirmed=2)
    assert findings(records, kills=2, expected=TICKETS) == []
