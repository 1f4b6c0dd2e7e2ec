"""Answers in the two formats of GeoReport v2, and its errors.

In XML a list is an element of its name with one child for each item; in JSON the list alone.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree

from aiohttp import web

CONTENT_TYPES = {"xml": "text/xml", "json": "application/json"}
# What a list's items are called in XML, by the list's name.
_ITEMS = {
    "services": "service",
    "service_requests": "request",
    "attributes": "attribute",
    "values": "value",
    "errors": "error",
    "endpoints": "endpoint",
    "formats": "format",
    "photos": "photo",
    "cameras": "camera",
}
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Wrong(Exception):
    """What is asked for can't be had; `status` is the HTTP status, the text is told to the client."""

    def __init__(self, status: int, description: str) -> None:
        super().__init__(description)
        self.status = status


def answer(wanted: str, name: str, content: Any, status: int = 200) -> web.Response:
    """A response in a format, "xml" or "json"; `name`: what the content is called."""
    text = json.dumps(content, ensure_ascii=False) if wanted == "json" else xml(name, content)
    headers = {"Access-Control-Allow-Origin": "*", "Cache-Control": "no-store"}
    return web.Response(
        text=text, content_type=CONTENT_TYPES[wanted], charset="utf-8", status=status, headers=headers
    )


def refusal(wanted: str, wrong: Wrong) -> web.Response:
    """An error as the specification has it: a list of code and description."""
    content = [{"code": wrong.status, "description": str(wrong)}]
    return answer(wanted, "errors", content, wrong.status)


def xml(name: str, content: Any) -> str:
    """A document; letters that XML 1.0 has no place for are left out."""
    element = _element(name, content)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(element, encoding="unicode")


def _element(name: str, content: Any) -> ElementTree.Element:
    element = ElementTree.Element(name)
    if isinstance(content, Mapping):
        element.extend(_element(str(key), value) for key, value in content.items())
    elif isinstance(content, Sequence) and not isinstance(content, str):
        element.extend(_element(_ITEMS[name], item) for item in content)
    elif content is not None:
        element.text = _NOT_XML.sub("", _plain(content))
    return element


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
