"""What reads the messages: the model, the gazetteer, and the second opinions that are switched on."""

import asyncio

from bot import understanding
from bot.config import Config, ConfigError
from bot.doctor.asking import Unreachable, look
from bot.doctor.case import Case
from bot.doctor.findings import Finding, Level, advice, ok, wrong
from bot.opinion_embedding import embedder
from handlers.understanding import CATEGORIES
from handlers.understanding.gazetteer import Gazetteer
from handlers.understanding.model import Model
from handlers.understanding.values import Kind, Understanding

SAMPLE = "Đèn đường trước số 45 Hai Bà Trưng tắt ba bữa nay"
_EXPECTED = ("report", "lighting")
MOST_NAMED = 12  # wards


async def examine(case: Case) -> list[Finding]:
    return [*await asyncio.to_thread(_read, case), *await _opinions(case)]


def _read(case: Case) -> list[Finding]:
    """Loading takes a while, so this runs in a thread."""
    learned = understanding.learned_file(case.data)
    try:
        model = understanding.model(case.data)
    except (ConfigError, OSError) as error:
        return [unusable(error)]
    try:
        classifier = understanding.classifier(case.config, case.data)
    except ConfigError as error:
        says = f"the city's gazetteer can't be used: {error}"
        remedy = 'mend the file, or set classifier.gazetteer to "" for the one that comes along'
        return [wrong("model.gazetteer", says, remedy)]
    origin = f"learned here ({learned})" if learned.exists() else "the one that comes along"
    judged = matches(model, case.config, f"{classifier.version}, {origin}")
    said = [judged, *wards(case.config, understanding.gazetteer(case.config))]
    return said if judged.level is Level.WRONG else [*said, sample(classifier(SAMPLE))]


def unusable(error: Exception) -> Finding:
    """No model can be loaded."""
    remedy = "remove the learned file to use the bundled one, or train anew: congich learn"
    return wrong("model.file", f"the model can't be loaded: {error}", remedy)


def matches(model: Model, config: Config, name: str) -> Finding:
    """Whether the model's answers are those that this code and this city ask for."""
    classes = {head.name: set(head.classes) for head in model.header.heads}
    missing = {"kind", "category", "urgent", "intent"} - set(classes)
    unknown = classes.get("category", set()) - set(config.all_categories)
    if missing or classes["kind"] != set(Kind) or unknown:
        says = f"{name}: made for another congich ({', '.join(sorted(missing | unknown)) or 'its kinds'})"
        return wrong("model.matches", says, "remove the learned file, or train anew: congich learn")
    unlearned = set(CATEGORIES) - classes["category"]
    if unlearned:
        says = f"{name}: it has not learned {', '.join(sorted(unlearned))}"
        return advice("model.matches", says, "train anew: congich learn")
    return ok("model.matches", name)


def wards(config: Config, known: Gazetteer) -> list[Finding]:
    """Whether each ward that a department or a route names is one that a ticket can have."""
    names = {ward.name for ward in known.wards}
    wanted = {ward for one in config.departments for ward in one.wards}
    wanted |= {one.ward for one in config.routes if one.ward}
    if not names or wanted <= names:
        return []
    says = f"the gazetteer has no ward {', '.join(sorted(wanted - names))}, which routes or departments name"
    remedy = f"write it as there ({', '.join(sorted(names)[:MOST_NAMED])}), or add it to the gazetteer"
    return [advice("model.wards", says, remedy)]


def sample(seen: Understanding) -> Finding:
    """What it makes of a lamp that is out."""
    found = (seen.kind.value, seen.category)
    if found == _EXPECTED:
        return ok("model.sample", "it knows a broken street lamp when it reads of one")
    says = f'it takes "{SAMPLE}" for {found[0]}, {found[1]}'
    remedy = "measure it: congich eval -c config.toml; remove the learned file to go back to the bundled one"
    return advice("model.sample", says, remedy)


async def _opinions(case: Case) -> list[Finding]:
    wanted, said = case.config.opinions, list[Finding]()
    if wanted.embedding:
        try:
            await asyncio.to_thread(embedder)
        except ConfigError as error:
            says, _, remedy = str(error).partition(": ")
            said.append(wrong("model.embedding", says, f"{remedy}, or set opinions.embedding to false"))
        else:
            said.append(ok("model.embedding", "the sentence embedding loads"))
    if wanted.endpoint:
        said.append(await _endpoint(case))
    return said


async def _endpoint(case: Case) -> Finding:
    """Any answer will do: what it is worth shows in the log."""
    try:
        await look(f"{case.config.opinions.endpoint.rstrip('/')}/models", case.tls)
    except Unreachable as error:
        says = f"the second opinion's endpoint: {error}; the model decides alone"
        return advice("model.endpoint", says, 'start it, mend opinions.endpoint, or set it to ""')
    return ok("model.endpoint", "the second opinion's endpoint answers")
