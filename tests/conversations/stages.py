"""Every platform on which conversations are played."""

from tests.conversations.bridge import BridgeStage, open_bridge
from tests.conversations.telegram import TelegramStage, open_telegram
from tests.conversations.web import WebStage, open_web
from tests.conversations.zalo_bot import ZaloStage, open_zalo
from tests.conversations.zalo_oa import ZaloOaStage, open_zalo_oa

STAGES = {
    "webchat": open_web,
    "telegram": open_telegram,
    "zalo_bot": open_zalo,
    "zalo_oa": open_zalo_oa,
    "bridge": open_bridge,
}
CAN = {
    "webchat": WebStage.can,
    "telegram": TelegramStage.can,
    "zalo_bot": ZaloStage.can,
    "zalo_oa": ZaloOaStage.can,
    "bridge": BridgeStage.can,
}
