"""What messages mean, in the ways that people of the delta type them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.demo import script
from handlers.understanding import Candidate, Intent, Kind, Place, RuleClassifier, find_twin, fold
from handlers.understanding.places import Gazetteer
from handlers.understanding.streets import LANDMARKS, STREETS

READ = RuleClassifier.bundled()
FIND = Gazetteer(STREETS, LANDMARKS).find
NOW = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)

REPORT, COMPLAINT, SUGGESTION = Kind.REPORT, Kind.COMPLAINT, Kind.SUGGESTION


@pytest.mark.parametrize(
    ("text", "kind", "category"),
    [
        ("đèn đường trước nhà 45 Hai Bà Trưng hư 3 bữa nay", REPORT, "lighting"),
        ("den duong hem 12 LHP hu 3 bua nay chua ai sua", REPORT, "lighting"),
        ("rac don dong truoc hem 45 Le Hong Phong", REPORT, "waste"),
        ("RÁC CHẤT ĐỐNG TRƯỚC CHỢ BÔNG SEN!!!", REPORT, "waste"),
        ("duong ngap qua p2, xe chet may het troi", REPORT, "drainage"),
        ("nuoc may khom 4 p3 yeu xiu tu sang", REPORT, "water"),
        ("Cây ngã chắn ngang đường Mạc Đĩnh Chi", REPORT, "tree"),
        ("phản ánh nhiều lần rồi mà rác ở hẻm 5 Lê Lợi không ai gom", COMPLAINT, "waste"),
        ("thu tiền đều đều mà gom rác trễ hoài", COMPLAINT, "waste"),
        ("đề xuất gắn thêm đèn ở đường Dương Kỳ Hiệp", SUGGESTION, "lighting"),
        ("nên lắp thêm thùng rác ở bờ kè Maspero", SUGGESTION, "waste"),
    ],
)
def test_feedback(text: str, kind: Kind, category: str) -> None:
    seen = READ(text)
    assert (seen.kind, seen.category) == (kind, category)
    assert seen.kind_confidence >= 0.75


@pytest.mark.parametrize(
    "text",
    [
        "Chào buổi sáng cả nhà",
        "cảm ơn anh em nhiều lắm",
        "UBND phường làm việc mấy giờ vậy mn?",
        "mai cúp điện theo lịch khu Phú Lợi từ 8h nha bà con",
        "cần bán lô áo khoác, inbox em nha",
        "đèn đẹp quá",
        "đến đường Lê Lợi chơi",
        "haha vui ghê",
        "https://bao.example/tin-moi",
        "",
        "👍👍👍",
    ],
)
def test_chatter_stays_silent(text: str) -> None:
    assert READ(text).kind is Kind.NONE


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("đã xử lý xong rồi ạ", Intent.DONE),
        ("da sua xong", Intent.DONE),
        ("Đã thay bóng mới, sáng lại rồi", Intent.DONE),
        ("dạ em nhận", Intent.IN_PROGRESS),
        ("đang xử lý ạ", Intent.IN_PROGRESS),
        ("vẫn chưa thấy ai làm", Intent.STILL_BROKEN),
        ("van con ngap y nhu cu", Intent.STILL_BROKEN),
        ("+1", Intent.SAME_HERE),
        ("chỗ em cũng vậy", Intent.SAME_HERE),
        ("ben em cung vay", Intent.SAME_HERE),
        ("cảm ơn mấy anh", Intent.THANKS),
        ("hihi", Intent.CHATTER),
        ("đèn đường 45 Hai Bà Trưng tắt ngúm", Intent.NEW),
    ],
)
def test_intents(text: str, intent: Intent) -> None:
    assert READ(text).intent is intent


@pytest.mark.parametrize(
    "text",
    [
        "Dây điện rớt xuống đường hẻm 7 Đồng Khởi",
        "day dien dut nam duoi duong ne ba con",
        "nắp cống trước trường bị mất rồi",
        "nap ho ga be, coi chung sup",
        "cây ngã chắn ngang đường",
        "cột điện nghiêng sắp ngã",
        "cháy nhà ở hẻm 5",
        "có người bị điện giật",
        "Cây ngã đè lên mái chợ",
    ],
)
def test_danger_to_life_is_never_missed(text: str) -> None:
    assert READ(text).urgent


@pytest.mark.parametrize(
    "text", ["đèn đường cháy bóng", "xe chạy lộn xộn quá", "rác chất đống", "chào cả nhà"]
)
def test_what_is_no_danger(text: str) -> None:
    assert not READ(text).urgent


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("đèn trước số 45 Hai Bà Trưng hư", {"street": "Hai Bà Trưng", "number": "45"}),
        ("hem 12/3 LHP", {"street": "Lê Hồng Phong", "alley": "12/3", "number": None}),
        ("12A Tran Hung Dao p2", {"street": "Trần Hưng Đạo", "number": "12a", "ward": "2"}),
        ("ngập ở đường 30/4", {"street": "30 Tháng 4"}),
        ("trước chùa Dơi", {"landmark": "chùa Dơi"}),
        ("gần ngã tư đầu xóm", {"street": None}),
    ],
)
def test_places(text: str, place: dict[str, str | None]) -> None:
    found = FIND(text)
    assert found.text
    assert {name: getattr(found, name) for name in place} == place


@pytest.mark.parametrize("text", ["chào cả nhà", "chua ai sua het", "cho hoi chut", "cảm ơn"])
def test_no_place(text: str) -> None:
    assert FIND(text) == Place()


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Đèn ĐƯỜNG  hưuuu", "den duong hu"),
        ("ko dc đâu mn", "khong duoc dau moi nguoi"),
        ("p.2 q3", "phuong 2 quan 3"),
        ("a/c ơi", "anh chi oi"),
    ],
)
def test_fold(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text(max_size=200))
def test_anything_at_all_is_read_the_same_every_time(text: str) -> None:
    assert READ(text) == READ(text)
    assert 0 <= READ(text).kind_confidence <= 1


def candidate(text: str, age: timedelta = timedelta(days=1), photos: tuple[int, ...] = ()) -> Candidate:
    seen = READ(text)
    return Candidate(1, text, seen.category, seen.place, NOW - age, photos)


LAMP = "Trụ đèn đường trước số 45 Hai Bà Trưng tắt ngúm 3 bữa nay"


@pytest.mark.parametrize(
    ("text", "twin"),
    [
        ("Den duong truoc nha 45 HBT van chua sang", True),
        ("đèn 45 Hai Bà Trưng còn tắt nè", True),
        ("đèn đường số 120 Hai Bà Trưng tắt", False),
        ("đèn đường Lê Lợi tắt ngúm", False),
        ("rác chất đống trước số 45 Hai Bà Trưng", False),
    ],
)
def test_the_same_lamp_told_twice(text: str, twin: bool) -> None:
    found = find_twin(text, READ(text), NOW, [candidate(LAMP)])
    assert bool(found and found.sure) is twin


def test_an_old_ticket_or_a_later_one_is_no_twin() -> None:
    for age in (timedelta(days=15), timedelta(days=-1)):
        assert find_twin(LAMP, READ(LAMP), NOW, [candidate(LAMP, age)]) is None


def test_a_photo_alone_never_decides() -> None:
    old = candidate("đèn đường hẻm 9 Lê Lai tắt", photos=(0b1010,))
    text = "rác ở chùa Dơi"
    assert find_twin(text, READ(text), NOW, [old], photo_hashes=(0b1010,)) is None


def test_the_sample_week_is_understood() -> None:
    """The figure that `congich demo --once` prints, message by message and without their photos' wait."""
    steps = script.load_steps(NOW.date(), ZoneInfo("Asia/Ho_Chi_Minh"))
    labelled = [step for step in steps if step.expect_kind and step.text and not step.reply_to]
    right = sum(
        READ(step.text, has_photo=bool(step.photos)).kind.value == step.expect_kind for step in labelled
    )
    assert right >= 0.88 * len(labelled)
