"""Charts as parts of the room's pages."""

import asyncio

from markupsafe import Markup

from bot import charts
from handlers.chart import Chart


async def drawn(chart: Chart) -> Markup:
    """A chart as a part of the page: it escapes what it is told by itself."""
    svg = await asyncio.to_thread(charts.svg, chart)
    return Markup(svg)  # noqa: S704 # nosec B704
