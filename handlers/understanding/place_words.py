"""The words that name kinds of places, join them, or end their names; folded unless said otherwise."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _names(text: str) -> tuple[str, ...]:
    return tuple(" ".join(name.split()) for name in text.split(","))


# What a part of an address begins with -> which part it is.
# Written with accents: where a text has some, they must agree.
HEADS: dict[str, tuple[str, ...]] = {
    "number": _names("""số nhà, nhà số, số"""),
    "alley": _names("""hẻm, ngõ, ngách, kiệt, hẽm"""),
    "street": _names(
        """con đường, tuyến đường, đường, đại lộ, phố, tuyến phố, quốc lộ, ql, tỉnh lộ, tl, đt, hương lộ, hl,
        trục, cao tốc, đg, đ, đường phố, tuyến, dg, lộ"""
    ),
    "ward": _names("""phường, xã, thị trấn, p, f, x, tt, ph"""),
    "quarter": _names(
        """khóm, ấp, khu vực, tổ dân phố, tổ dp, tdp, tổ, thôn, khu phố, kp, xóm, bản, buôn, tiểu khu, kv"""
    ),
    "district": _names("""quận, huyện, thị xã, thành phố, tỉnh, q, h, tx, tp"""),
    "landmark": _names(
        """chợ, chùa, trường, trường tiểu học, trường thcs, trường thpt, trường mầm non, trường mẫu giáo,
        trường đại học, trường cao đẳng, bệnh viện, bv, công viên, cầu, hồ, quán, tiệm, siêu thị, đình, đền,
        miếu, nhà thờ, bến xe, bến phà, bến đò, phà, trạm y tế, cây xăng, trạm xăng, ubnd, ủy ban, khu dân
        cư, kdc, khu tái định cư, chung cư, khách sạn, nhà văn hóa, sân vận động, quảng trường, bưu điện,
        ngân hàng, kênh, kinh, rạch, sông, vàm, nhà ga, ga, sân bay, bãi biển, ngã ba, ngã tư, ngã năm, ngã
        sáu, vòng xoay, bùng binh, hầm chui, khu công nghiệp, kcn, di tích, bờ kè, núi, đèo, làng, cống,
        nghĩa trang, trung tâm, khu đô thị, kđt, tòa nhà, dốc, nhà thi đấu, cầu vượt, phòng khám, nhà thuốc,
        nhà sách, trạm thu phí, cụm công nghiệp, hồ bơi, đập, cồn, cù lao, vườn, nhà máy, kho, cửa hàng,
        đài, tượng đài, cảng, bãi giữ xe, nhà hàng, quán cà phê, quán cafe, trường cấp, trụ sở, cổng chào,
        khu, khu tập thể, rạp, nhà hát, bảo tàng, thư viện, khu đất, đồi, ngã, cầu bộ hành, cầu đi bộ, bãi
        rác, bãi đất, ký túc xá, trạm bơm, trại heo, tháp, cầu kênh, cầu tàu, gầm cầu, trại, trại gà, bến,
        bến thủy nội địa, bến ghe, bến tàu, bãi tắm, bãi tập kết cát, bãi cát, sân, sân bóng đá, sân tennis,
        sân khấu, trạm, trạm cân, trạm metro, trạm bus, trạm xe buýt, trạm xăng dầu, trạm biến áp, tba, cửa
        hàng xăng dầu, nút giao, nhà trẻ, nhà xưởng, xưởng, lò gạch, lò mổ, lò bánh mì, lò heo, chợ đầu mối,
        chợ nổi, chợ đêm, nhà trọ, dãy trọ, khu trọ, nhà nghỉ, khu nhà ở xã hội, cánh đồng, rừng, rừng tràm,
        trang trại, hồ chứa, đập tràn, vựa, shop, cafe, tiệm vàng, tiệm thuốc, nhà tang lễ, nhà thiếu nhi,
        trung tâm thương mại, tttm, vòng xuyến, phố cổ, phố đi bộ, dự án, miễu, tịnh xá, thánh thất, trường
        nghề, bờ sông, kè, khúc cua, cua, dốc cầu, đầu cầu, chân cầu, cv, ga tàu, đò ngang, lăng, nhà hỏa
        táng, hội quán, viện dưỡng lão, cơ sở"""
    ),
}

NUMBERED_QUARTERS = _words("to tdp")  # "tổ 5"; "tổ đang sửa" is a team at work

# Single letters are short for a part only with a point, or joined to a number: "P.4", "p2".
SHORT = _words("p f x q h d")
# After these a point belongs to them: "TP.Huế", "Đ.Trần Phú".
POINTED = SHORT | _words("ph tt tp tx ql tl dt hl dg kdc kcn kp")

# Before a part, these belong to the words that say where.
BESIDE = _names(
    """đối diện, trước cổng, trước cửa, trước mặt, trước số, trước nhà, trước, sau lưng, phía sau, sau,
    cạnh, gần, sát bên, kế bên, kế, bên hông, bên cạnh, sát, góc, góc đường, giao lộ, giao, ngã ba, ngã
    tư, ngã năm, đầu, cuối, chân, dọc, dãy, đoạn, đoạn từ, đoạn trước, đoạn qua, khúc, khúc qua, ven,
    dọc theo, dưới chân, dưới, hông, khu vực, vỉa hè, hè, mép, lối vô, lối vào, mặt tiền, ngoài, vòng
    quanh, quanh, trên, qua, giữa, cặp, trc, sát trước, gần bên, ngang, ngay, ngay trước"""
)

# Between two parts of one address.
JOINS = _words(
    """- – — , ( ) / thuoc cua va voi den toi doan tu khu vuc dia ban tai tren ngay nay la khuc giao
    hai ben gan quanh ra vo huong o phia cho truoc cong doi dien sau lung canh ke"""
)

# Before a name in capitals these make a place of it: "ở Hóc Thông", "vỉa hè Phan Xích Long".
AT = _names(
    """ở, tại, trên, vỉa hè, lòng đường, khúc, gần, sau lưng, đối diện, khu, tại vị trí, trước, bên, chỗ"""
)

# Words before a head that make another word of it: "hội trường", "yêu cầu", "hồi hộp".
OTHERWISE: dict[str, frozenset[str]] = {
    "truong": _words("hội hoi môi moi thị thi công hiện hien lập lap"),
    "cau": _words("yêu yeu nhu toàn toan địa dia lưu luu"),
    "quan": _words("tập tap nhất nhat bảo bao chủ chu"),
    "so": _words("một mot biển bien con tổng tong mở điểm diem thu"),
    "khu": _words("phân phan"),
    "to": _words("thành thanh"),
    "kho": _words("cực cuc quá"),
    "tinh": _words("ngoại ngoai cấp cap toàn toan"),
    "pho": _words("thành thanh khu dân dan"),
    "ho": _words("đơn don"),
    "dai": _words("rộng rong"),
}

# What a place is not called: after these words the sentence has gone on.
ENDS = _words(
    """bi hu tat khong ko k hon ngap roi ma co nay dang chua tu la thi va hoai qua do ne nha a oi be gay mat
    day nghet lun sup chay lam de ra vo xuong len nua het may bua hom luon nghieng don boc nhieu
    duoc nen rat toan se hay tai giup gium chieu sang trua toi dep xe lai bao minh em moi ai cho di
    vao gi dau khuc doan ngay o tren duoi den doi ve cung nhu con da vua dung ban bay lan chiem rac
    nuoc dien cay cong via he mui on hai ba bon nam mot nguoi dan nhung cac thuong xuyen tran gap
    ghe lom chom rong hep ngan dai cu tram trong cap noi nao kia kim ga voi"""
)

TOWNS = _words("thi tx huyen h")  # first words of what lies beside the city: "thị xã", "huyện"

# "đầu hẻm", "gần chợ": a place, but not which one.
GENERIC = _words(
    """gan doi dien truoc cong cua mat canh ke ben sau lung dau cuoi goc nga ba tu nam vong xoay chan doc
    cau cho chua truong benh vien quan tiem ap hem khom xom duong nha toi tui em minh hoc tieu trung
    co so ngay do day hang tap hoa ca phe phuong khu dan cu lon nho ho kenh bo"""
)

# How Vietnamese names of people, and so of streets, begin. Accents must agree: "đường vô chợ" leads to one,
# "đường đang sửa" is being mended, and a dusty one is "bụi".
FAMILY = _names(
    """nguyễn, trần, lê, lý, phạm, phan, võ, vũ, huỳnh, hoàng, hồ, đặng, bùi, đỗ, dương, ngô, trịnh, đinh,
    lâm, mai, cao, lương, trương, trường, tôn, tạ, hà, hạ, hùng, quang, bạch, điện, cách, mạc, phùng, thạch,
    sơn, lai, châu, đoàn, tô, văn, vân, vạn, lưu, kim, tăng, triệu, thái, hậu, quách, khúc, nghiêm, tống, xô,
    pasteur, yết, thủ, thu, an, diên, hưng"""
)

# After a number these are what it counts: "Hai Bà Trưng 2 ngày chưa gom", "5 con đường". Accents must agree.
COUNTED = _names(
    """ngày, bữa, hôm, tuần, tháng, năm, giờ, tiếng, phút, đêm, lần, mét, m, km, cái, con, chiếc, bao, bịch,
    thùng, trụ, cột, người, điểm, bên, tuyến, trục, tầng, bóng"""
)
# After these a number is no house's: "cả 3 đường", "thứ 3", "gọi 1022", "km 22", "ngã 5".
COUNTING = _names(
    """cả, hơn, khoảng, có, còn, mấy, những, các, ngày, mùng, tháng, năm, thứ, lần, đợt, lúc, giờ, km, độ,
    cấp, tuyến, ngã, gọi, đài, đt, sđt, phải, p, f, x, q, h"""
)
# After these a date or a year is no house's number: "tối 15/11", "từ 2023".
MOMENTS = _names("sáng, trưa, chiều, tối, đêm, hôm, qua, nay, từ, hồi, tới, đến, cuối, đầu")
LAMP = ("đèn",)
# A road that is called by its number with its word: "quốc lộ 1".
NUMBERED_ROADS = _words("quoc ql tinh tl dt huong hl cao")
# After these a number is the name's own: "Cách Mạng Tháng 8".
BEFORE_ITS_NUMBER = _words("ql tl dt hl lo so thang dai km")
# After these a street's name is something else's: "trường Lê Hồng Phong", "phường Phú Lợi".
NAMESAKES = _words("phuong p xa cho chua truong quang vien hang ngay le tet dip thpt thcs hoc non")
# Heads that in a text without accents are mostly another word.
AMBIGUOUS = _words("cho ho dinh den chua cong ga be bai mui quan song trai lang doc eo")
# What begins a name in capitals that is no place.
OFFICES = _words("ubnd so ban cong nha nuoc bo uy hoi dong chinh viet facebook zalo")
WEAK_BESIDE = _words("qua tren cap day doan dau cuoi ke giua ngoai sau duoi")
# Where an address begins within what might be a landmark's name: "hố ga hẻm 12", "ngã chắn ngang đường".
BREAKS_OFF = _words("duong hem so ngo kiet truoc ngang chan")
# Between the two streets of a junction.
AND = _words("- – — va voi den toi")
# What may stand around a place in a text that says nothing but where: "dạ ở khúc hẻm 12 Lê Lợi nha anh".
AROUND = _words(
    """o tai cho khuc doan ngay gan day do kia ay nay ne nha nghen nhe a ah da vang u anh chi em co chu bac
    minh moi nguoi oi la thi vay roi them bo sung sua lai gium dum giup noi thieu ghi quen chinh xac dia vi
    tri nam"""
)
# A name in capitals ends before these, though they may have one too.
NAME_ENDS = _words("phuong quan huyen tp xa tt q p hem ngo kiet so duong")
