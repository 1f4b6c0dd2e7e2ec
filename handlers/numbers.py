"""Numbers as a language writes them: 1.233 and 2,5 in Vietnamese, 1,233 and 2.5 in English."""

_THE_OTHER_WAY = str.maketrans(",.", ".,")


def figure(number: float, language: str) -> str:
    """A number for people, with a mark at each three digits; of a fraction one digit."""
    said = f"{number:,.1f}".removesuffix(".0")
    return said if language == "en" else said.translate(_THE_OTHER_WAY)
