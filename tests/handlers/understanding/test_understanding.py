"""What messages mean, in the ways that people of the delta type them."""

from time import perf_counter
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.demo import script
from handlers.understanding import CATEGORIES, Intent, Kind, Understand
from tests.handlers.understanding.reader import NOW, READ

WORDS = [
    "đèn",
    "đường",
    "rác",
    "ngập",
    "hư",
    "chưa",
    "ai",
    "sửa",
    "cảm",
    "ơn",
    "đề",
    "nghị",
    "lắp",
    "thêm",
    "den",
    "duong",
    "hu",
    "nap",
    "cong",
    "mat",
    "45",
    "HBT",
    "?",
    "ạ",
]
REPORT, COMPLAINT, SUGGESTION = Kind.REPORT, Kind.COMPLAINT, Kind.SUGGESTION


@pytest.mark.parametrize(
    ("text", "urgent"),
    [
        ("Đèn hẻm 12 Lê Lợi hư 3 bữa rồi, cảm ơn", False),
        ("rác trước nhà chưa ai gom, cảm ơn", False),
        ("đường nhiều ổ gà quá, cảm ơn anh chị", False),
        ("đèn hẻm 12 Lê Lợi hư hết trơn rồi, cảm ơn", False),
        ("hẻm 12 Lê Lợi cúp nước từ sáng rồi, cảm ơn", False),
        ("đèn hẻm 12 Lê Lợi vẫn chưa sáng lại, cảm ơn", False),
        ("trụ điện hẻm 12 Lê Lợi cháy rồi, cảm ơn", True),
        ("hố ga mất nắp hẻm 12 Lê Lợi. Em xin cảm ơn ạ", True),
        ("cam on anh nhung ho ga van mat nap", True),
        ("cảm ơn anh đã báo, mà dây điện vẫn còn nằm dưới đường", True),
        ("đèn sáng rồi cảm ơn mấy anh, mà giờ cống trước số 9 Calmette nghẹt, nước tràn ra đường", False),
        ("nuoc co lai roi cam on ad, nhung rac hem 12 Le Loi 3 ngay chua gom", False),
        ("hẻm sạch rồi, cảm ơn, còn đèn đường Phú Lợi tối thui mấy đêm nay", False),
    ],
)
def test_thanks_take_nothing_from_a_report(text: str, *, urgent: bool) -> None:
    seen = READ(text)
    assert seen.kind is not Kind.NONE
    assert seen.urgent == urgent


@pytest.mark.parametrize(
    "text",
    [
        *("cảm ơn anh chị nhiều", "Dạ cảm ơn, em biết rồi", "het ngap roi, cam on"),
        *("cảm ơn mấy anh, nhưng đèn sáng rồi nha", "cảm ơn em, còn khỏe không"),
        "Đèn trước số 45 Hai Bà Trưng sáng rồi, cảm ơn tổ chiếu sáng nhiều",
    ],
)
def test_thanks_alone_are_no_report(text: str) -> None:
    assert READ(text).kind is Kind.NONE


@pytest.mark.parametrize(
    "text",
    [
        "dạ em xin báo đèn đường trước 45 Hai Bà Trưng bị tắt",
        "em báo rác trước số 8 Nguyễn Huệ ba ngày chưa gom",
        "da em bao cong truoc 12 Le Loi nghet",
        "dạ em báo nắp cống trước trường bể",
        "em xin phản ánh ổ gà trước trường Lê Quý Đôn to quá ạ",
        "dạ rác hẻm 12 Lê Lợi 3 ngày chưa gom ạ",
        "em muốn phản ánh việc nước máy khóm 4 đục ngầu ạ",
        "dạ chào anh chị, ổ gà trước trường Lê Quý Đôn to quá ạ",
        "nho anh chi kiem tra giup den duong Phu Loi toi thui may dem nay a",
        "em mới đi ngang thấy ống nước bể trước 210 Hùng Vương ạ",
        "hố ga hở trước trường mầm non Sao Mai ạ, em nhờ anh chị xử lý giúp",
    ],
)
def test_politeness_takes_nothing_from_a_report(text: str) -> None:
    assert READ(text).kind is not Kind.NONE
    assert READ(text).feedback > READ.unsure


@pytest.mark.parametrize(
    ("is_sure", "text"),
    [
        (True, "Anh Tư công ích ơi cống hẻm 7 Nguyễn Huệ nghẹt, anh cho thợ xuống thông giúp bà con nghen"),
        (True, "chu nam to truong oi den duong hem 3 le lai tat roi, chu bao ben chieu sang gium con"),
        (True, "dạ chú Ba tổ trưởng ơi rác trước nhà văn hóa khóm 4 nhiều quá, chú nhắc xe rác giùm con"),
        (
            False,
            "anh Bình chủ tịch phường ơi, đường vô chùa Khleang hư mấy tháng nay, anh cho sửa giùm bà con",
        ),
        (
            False,
            "cho em hoi la cai xe rac hem 9 ly thuong kiet sao bua ray khong thay ghe, rac un un mot dong",
        ),
    ],
)
def test_an_address_to_somebody_hides_no_report(text: str, *, is_sure: bool) -> None:
    assert READ(text).feedback >= (READ.sure if is_sure else READ.unsure)
    assert READ(text).kind is Kind.REPORT


@pytest.mark.parametrize(
    "text",
    [
        "cho em hỏi sao đèn đường Phú Lợi tối thui hoài vậy ạ",
        "anh chị cho em hỏi rác hẻm 12 Lê Lợi 3 ngày rồi chưa gom là sao ạ",
        "mn cho hoi ong nuoc be truoc 210 Hung Vuong thi bao ai a",
    ],
)
def test_a_report_put_as_a_question_is_asked_about(text: str) -> None:
    assert READ(text).feedback == READ.unsure
    assert READ(text).kind is not Kind.NONE


@pytest.mark.parametrize(
    "text",
    [
        "cho em hỏi đường Lê Lợi có cúp điện không ạ",
        "cho em hỏi nhà hàng Hương Sen trên đường Lê Lợi còn bán không ạ",
        "em báo mọi người ngày mai cúp điện đường Lê Lợi từ 8h nha",
        "dạ đèn hẻm 12 Lê Lợi sáng rồi ạ",
        "mấy anh ơi hẻm 12 Lê Lợi tối nay có đám cưới nha",
        "anh ơi mai cúp điện đường Lê Lợi anh nói mọi người giùm em",
        "chú ơi chú cho con xin số xe rác giùm con",
    ],
)
def test_politeness_alone_makes_no_report(text: str) -> None:
    assert READ(text).feedback < READ.sure
    assert READ(text).kind is Kind.NONE


@pytest.mark.parametrize(
    "text",
    [
        "Cháy lớn ở chung cư Hà Nội làm 5 người chết, tội nghiệp quá",
        "Xe khách lật trên đèo Bảo Lộc 3 người chết",
        "Cà Mau sạt lở nhà trôi xuống sông, thấy mà thương",
        "sap cau o ca mau roi",
        "dưới Cà Mau sạt lở mất mấy căn nhà luôn",
        "duoi ca mau sat lo mat may can nha",
        "Sập cầu ở Phú Thọ, xe tải rớt xuống sông",
    ],
)
def test_news_of_elsewhere_is_at_most_a_question_and_keeps_its_alarm(text: str) -> None:
    seen = READ(text)
    assert seen.urgent
    assert seen.feedback <= READ.unsure


def test_the_same_elsewhere_is_nobodys_voice_here() -> None:
    assert READ("quê em ở Trà Vinh cũng bị y chang").intent is Intent.CHATTER
    assert READ("khóm 5 cũng bị y chang").intent is Intent.SAME_HERE


@pytest.mark.parametrize(
    "text",
    [
        "Xe khách Sài Gòn đậu lấn chiếm trước bến xe",
        "Cháy nhà ở đường Lê Lợi, ghê như vụ Hà Nội",
        "chỗ em cây đổ đè dây điện y như Cà Mau bữa hổm",
        "Xe tải đi Cà Mau vừa tông sập cột điện, dây điện đứt nằm giữa đường",
        "Quán phở Hà Nội đang cháy lớn, có người mắc kẹt bên trong",
        "Trước cây xăng Trà Vinh nắp cống bể",
        "Cổng chào Bạc Liêu nghiêng sắp sập",
        "bao loc lam nga cay de 2 nguoi bi thuong roi",
        "via he da lat gach ma sup ho sau, tre em te hoai",
        "cot den son la bi nga de day dien",
        "dây điện đứt rớt trên xe khách Sài Gòn trước bến xe",
        "cây ngã đè dây điện trên đường xuống Cà Mau",
    ],
)
def test_what_is_here_is_told_whatever_it_is_likened_to(text: str) -> None:
    assert READ(text).feedback > READ.unsure


@pytest.mark.parametrize(
    ("text", "kind", "category"),
    [
        ("đèn đường trước nhà 45 Hai Bà Trưng hư 3 bữa nay", REPORT, "lighting"),
        ("den duong hem 12 LHP hu 3 bua nay chua ai sua", REPORT, "lighting"),
        ("rac don dong truoc hem 45 Le Hong Phong", REPORT, "waste"),
        ("RÁC CHẤT ĐỐNG TRƯỚC CHỢ BÔNG SEN!!!", REPORT, "waste"),
        ("duong ngap qua p2, xe chet may het troi", REPORT, "drainage"),
        ("nuoc may khom 4 p3 yeu xiu tu sang", REPORT, "water"),
        ("khóm 6 phường Sóc Trăng mặn từ hôm kia", REPORT, "water"),
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
        ("me too", Intent.SAME_HERE),
        ("nha em y vậy, 3 ngày rồi", Intent.SAME_HERE),
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
    "text",
    [
        "chỗ em cũng bị, dây điện rớt xuống đường",
        "cám ơn mấy anh nhưng cây vẫn còn chắn ngang đường",
        "hẻm em cũng vậy, hố ga mất nắp",
    ],
)
def test_a_plain_danger_counts_whatever_else_is_said(text: str) -> None:
    assert READ(text).urgent


@pytest.mark.parametrize("text", ["chỗ này ngập nè", "cho nay ngap ne", "chỗ này rác nhiều nè"])
@pytest.mark.parametrize("has_photo", [False, True])
def test_a_defect_right_here_is_asked_about(text: str, *, has_photo: bool) -> None:
    assert READ.unsure <= READ(text, has_photo=has_photo).feedback < READ.sure


@pytest.mark.parametrize("text", ["chỗ này đẹp nè", "chỗ này ngập hả mn?", "ngày nay rác nhiều ghê"])
def test_what_tells_of_no_defect_here_is_not_asked_about(text: str) -> None:
    assert READ(text).feedback < READ.unsure


@pytest.mark.parametrize(
    "text", ["đèn đường cháy bóng", "xe chạy lộn xộn quá", "rác chất đống", "chào cả nhà"]
)
def test_what_is_no_danger(text: str) -> None:
    assert not READ(text).urgent


@given(st.text(max_size=200))
def test_anything_at_all_is_read_the_same_every_time(text: str) -> None:
    assert READ(text) == READ(text)
    assert 0 <= READ(text).kind_confidence <= 1


@given(st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join), st.booleans())
def test_what_is_told_keeps_its_promises(text: str, has_photo: bool) -> None:
    seen = READ(text, has_photo=has_photo)
    assert seen.category in CATEGORIES
    assert 0 <= seen.category_confidence <= 1
    assert (seen.kind is Kind.NONE) or seen.feedback >= 0.25
    assert (seen.intent is Intent.NEW) <= (seen.kind is not Kind.NONE)


@pytest.mark.parametrize(
    "text",
    [
        *("hahaha" * 700 + "x", "p" + " " * 4000, "so nha 1/" * 450, "nắp cống " * 400),
        *("cảm ơn" + " " * 5000 + "x", "cảm ơn" + " ," * 2500, ", cảm ơn" * 700, "cảm ơn" + ", mà" * 1500),
        *("dạ xin " * 900, "nhờ anh chị " * 500, "ạ, em xin " * 600 + "ạ" * 500, " ạ ,.!" * 1000),
        *("đường số 5 " * 800, "27 đường số 5 " * 500, "nhà 3 đường Lê Lợi, " * 400),
    ],
)
def test_a_long_message_is_read_soon(text: str) -> None:
    begun = perf_counter()
    READ(text)
    assert perf_counter() - begun < 1


def test_a_photo_makes_a_defect_surer() -> None:
    words = "đèn hư"
    assert READ(words, has_photo=True).feedback > READ(words).feedback


def test_the_door_for_another_model() -> None:
    reader: Understand = READ
    assert reader("đèn hẻm 7 Lê Lợi hư").model.startswith("linear-")


def test_the_sample_week_is_understood() -> None:
    """The figure that `congich demo --once` prints, message by message and without their photos' wait."""
    steps = script.load_steps(NOW.date(), ZoneInfo("Asia/Ho_Chi_Minh"))
    labelled = [step for step in steps if step.expect_kind and step.text and not step.reply_to]
    right = sum(
        READ(step.text, has_photo=bool(step.photos)).kind.value == step.expect_kind for step in labelled
    )
    assert right >= 0.88 * len(labelled)


@pytest.mark.parametrize(
    "text",
    [
        "Bán nhà mặt tiền đường Lê Hồng Phong, 5x20, đường trước nhà rộng 8m, không ngập nước, gần chợ",
        "Bán nhà hẻm 12 Lê Lợi, đường bê tông, không ngập, giá 1 tỷ 2",
        "ban gap nha hem 12 Le Loi, khong ngap, gia 1 ty 2, lh 0912345678",
        "Sang quán cà phê đường Hùng Vương, mặt bằng đẹp, đèn chiếu sáng đầy đủ",
    ],
)
def test_an_offer_of_property_opens_nothing_by_itself(text: str) -> None:
    assert READ(text).feedback < 0.5


@pytest.mark.parametrize(
    "text",
    [
        "cần tuyển tài xế xe tải bằng C, lương 12tr",
        "Thanh lý tủ lạnh cũ, quạt máy, bếp gas giá bèo",
        "Nhận cắt cây, đốn cây, mé nhánh nguy hiểm gần dây điện. Zalo 0977000111",
        "ban ga tha vuon lam san, giao tan nha hem 5 mac dinh chi",
        "Tuyển gấp 5 công nhân môi trường, phụ xe rác, lh số 12 Lê Lợi",
    ],
)
def test_no_moderator_hears_of_an_offer(text: str) -> None:
    assert READ(text).feedback < READ.unsure


@pytest.mark.parametrize(
    "text",
    [
        "can nguoi giu tre hem 12 le loi luong thoa thuan",
        "Nhận giữ trẻ tại nhà hẻm 23 Nguyễn Văn Linh, 1tr5 tháng",
    ],
)
def test_an_offer_opens_nothing_whatever_it_sounds_like(text: str) -> None:
    assert READ(text).feedback <= READ.unsure


@pytest.mark.parametrize(
    "text",
    [
        "Cần người dọn rác đầu hẻm 12 Lê Lợi gấp, hôi quá rồi",
        "Cần thợ điện lực xuống hẻm 5 Lê Lai gấp, dây điện chùng sát đầu người, lh 0912345678",
        "Bán hàng rong chiếm hết vỉa hè trước số 12 Lê Lợi, gọi hoài 0299123456 không ai nghe",
        "Nhận nước máy mà đục ngầu, hẻm 9 Lê Lai, giá nước thì tăng",
        "Trước nhà bán vật liệu 45 Lê Lợi đổ cát ra đường",
        "Quán cho thuê karaoke 23 Hai Bà Trưng ồn quá 12h đêm chưa nghỉ",
        "Ban đêm đường Lê Hồng Phong tối thui, đèn hư hết",
        "Nhà tui bán mà nước ngập vô nhà hoài, đường Lê Hồng Phong cống nghẹt",
    ],
)
def test_whoever_sells_may_report_all_the_same(text: str) -> None:
    assert READ(text).feedback > 0.9


@pytest.mark.parametrize(
    "text",
    [
        "Cần người xuống sửa đèn đường hẻm 12 Lê Lợi, liên hệ em 0912345678",
        "Cần 2 người tới dọn cây ngã hẻm 7 Nguyễn Huệ, liên hệ em",
        "Cần công nhân vệ sinh gom rác hẻm 30 Trần Hưng Đạo gấp, liên hệ chị Ba",
        "Cần thợ lên thay bóng đèn đường số 5 Lê Lợi, zalo 0912345678",
    ],
)
def test_who_calls_for_hands_to_a_defect_hires_nobody(text: str) -> None:
    assert READ(text).feedback > READ.unsure
