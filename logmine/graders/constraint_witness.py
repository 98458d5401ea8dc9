"""Writes a plain text that follows a list of instructions: proof that they can be followed, and a reference that grades itself.

Nothing here is trusted: the caller checks what is written, and a list for which no draft passes gets no reference.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import cycle, islice
from typing import TYPE_CHECKING, Any, Final

from .constraint_counts import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_MAX_UNITS: Final = 20_000  # words or characters of filler

_SAMPLES: Final = {
    "en": "the bird sang in our old town and it was good for us to sit by a calm river with tea as rain fell on warm dark sand",
    "fr": "le chat dort dans la maison et il est content car nous avons du pain pour les enfants sur une table avec un livre",
    "de": "der Hund ist in dem Garten und die Katze liegt auf einem Stuhl mit der Sonne für uns nicht zu warm",
    "es": "el perro es amigo de los niños y la casa está en un campo con flores para que todos canten por la tarde",
    "it": "il cane è amico di tutti e la casa sono nel campo con un fiore per gli ospiti che non hanno fretta",
    "pt": "o cão é amigo de todos e a casa não está em um campo com flores para que as pessoas cantem",
    "nl": "de hond is een vriend van het kind en de kat ligt in de zon op een stoel met het boek voor ons",
    "sv": "hunden är i huset och katten sover på en stol med det som vi har för att inte vara till besvär",
    "pl": "pies jest w domu i kot nie śpi na stole z książką do której się wraca jak co dzień",
    "fi": "koira on talossa ja kissa ei ole mutta se on hyvä että hän sen voi kun joka päivä sataa niin",
    "vi": "con mèo là bạn của chúng tôi và nó không được ở trong nhà với một cuốn sách cho các em",
    "sw": "mbwa ni rafiki wa watoto na nyumba ya mama iko katika kijiji cha jirani kwa kuwa hii ni njia yake",
    "id": "anjing itu ada di rumah dan kucing ini tidak tidur dengan buku yang akan dibaca untuk anak pada hari ini",
    "tr": "köpek ve kedi bir evde bu gün için çok güzel olan bahçe ile daha mutlu ne kadar iyi",
    "ru": "собака живёт в доме и кошка спит на стуле потому что мы были рады этому тёплому дню",
    "uk": "собака живе в хаті і кішка спить на стільці бо ми раді її теплому дню і їжі",
    "bg": "кучето живее в къщата и котката спи върху стола защото сме щастливи през деня който обичаме",
    "ar": "الكلب في البيت والقطة تنام على الكرسي لأننا سعداء بهذا اليوم الجميل",
    "fa": "سگ در خانه است و گربه روی صندلی می‌خوابد چون ما از این روز گرم خوشحالیم",
    "ur": "کتا گھر میں ہے اور بلی کرسی پر سوتی ہے کیونکہ ہم اس دن سے بڑے خوش ہیں",
    "hi": "कुत्ता घर में है और बिल्ली कुर्सी के पास सोती है क्योंकि आज का दिन अच्छा है",
    "mr": "कुत्रा घरात आहे आणि मांजर खुर्चीवर झोपले आहे कारण आजचा दिवस चांगला आहे",
    "ne": "कुकुर घरमा छ र बिरालो कुर्सीमा सुतेको छ किनभने आज राम्रो दिन छ",
    "bn": "কুকুর ঘরে আছে এবং বিড়াল চেয়ারে ঘুমায় কারণ আজ দিনটি খুব সুন্দর",
    "ta": "நாய் வீட்டில் இருக்கிறது பூனை நாற்காலியில் தூங்குகிறது இன்று நல்ல நாள்",
    "te": "కుక్క ఇంట్లో ఉంది పిల్లి కుర్చీలో నిద్రపోతుంది ఈ రోజు మంచి రోజు",
    "kn": "ನಾಯಿ ಮನೆಯಲ್ಲಿ ಇದೆ ಬೆಕ್ಕು ಕುರ್ಚಿಯಲ್ಲಿ ಮಲಗಿದೆ ಇಂದು ಒಳ್ಳೆಯ ದಿನ",
    "ml": "നായ വീട്ടിൽ ഉണ്ട് പൂച്ച കസേരയിൽ ഉറങ്ങുന്നു ഇന്ന് നല്ല ദിവസമാണ്",
    "gu": "કૂતરો ઘરમાં છે અને બિલાડી ખુરશી પર સૂવે છે આજે સારો દિવસ છે",
    "pa": "ਕੁੱਤਾ ਘਰ ਵਿੱਚ ਹੈ ਅਤੇ ਬਿੱਲੀ ਕੁਰਸੀ ਤੇ ਸੌਂਦੀ ਹੈ ਅੱਜ ਚੰਗਾ ਦਿਨ ਹੈ",
    "th": "สุนัขอยู่ในบ้าน และแมวนอนบนเก้าอี้ วันนี้ เป็นวันที่ดี สำหรับทุกคน",
    "he": "הכלב נמצא בבית והחתול ישן על הכיסא כי היום הוא יום טוב",
    "el": "ο σκύλος είναι στο σπίτι και η γάτα κοιμάται στην καρέκλα γιατί σήμερα είναι καλή μέρα",
    "ko": "개는 집에 있고 고양이는 의자에서 잔다 오늘은 아주 좋은 날이다",
    "zh": "狗在家里 猫在椅子上睡觉 今天是很好的一天 我们大家都非常高兴",
}  # fmt: skip
_HIRAGANA: Final = "このはなしはとてもよいのでみんなにきいてほしいとおもうことがあるよ"
_KATAKANA: Final = "コノハナシハトテモヨイノデミンナニキイテホシイトオモウコトガアルヨ"
_KANJI: Final = "山川海空雨風花木草石"
_JAPANESE_KINDS: Final = frozenset(
    {"kanji", "noun_endings", "hiragana_only", "katakana_only", "no_hiragana", "no_katakana", "no_kanji", "furigana", "sentence_ending"}
)
_FRENCH_KINDS: Final = frozenset({"informal_address"})


@dataclass(frozen=True, slots=True)
class _Voice:
    """How fillers are written: units joined by ``space``, sentences closed by ``stop``."""

    units: tuple[str, ...]
    space: str
    stop: str
    bullet: str

    def filler(self, n_units: int) -> str:
        return self.space.join(islice(cycle(self.units), n_units))


def write_witness(constraints: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield texts that may follow all of ``constraints``; most lists need the first or second draft."""
    by_kind: dict[str, list[Mapping[str, Any]]] = {}
    for constraint in constraints:
        by_kind.setdefault(constraint["kind"], []).append(constraint)
    for voice in _voices(by_kind):
        fewest = max(1, _least(by_kind, "sentences"))
        for n_sentences in dict.fromkeys((fewest, max(1, fewest - _least(by_kind, "paragraphs") + 1), max(1, fewest - 1), fewest + 1)):
            bare = _draft(by_kind, voice, n_sentences, 0)
            yield bare
            for n_units in _missing(by_kind, bare, voice):
                yield _draft(by_kind, voice, n_sentences, n_units)


def _voices(by_kind: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterator[_Voice]:
    language = by_kind["language"][0]["language"] if "language" in by_kind else None
    named = "".join(
        word
        for kind in ("contains", "word", "letter", "starts_with", "ends_with")
        for one in by_kind.get(kind, [])
        for word in _words_of(one)
    )
    if language == "ja" or (language is None and (_JAPANESE_KINDS & set(by_kind) or any("\u3000" < letter < "\ua000" for letter in named))):
        yield _Voice(tuple(_KATAKANA if {"katakana_only", "no_hiragana"} & set(by_kind) else _HIRAGANA), "", _stop(by_kind, "。"), "・")
    avoided = "".join(one["characters"] for one in by_kind.get("avoids_characters", [])).casefold()
    few = {one["letter"] for one in by_kind.get("letter", []) if "min" not in one}
    banned = {word.casefold() for one in by_kind.get("avoids", []) for word in one["words"]}
    for name in (language,) if language in _SAMPLES else ("fr", "en") if _FRENCH_KINDS & set(by_kind) else ("en", "fr"):
        units = [word for word in _SAMPLES[name or "en"].split() if not (set(word) & (set(avoided) | few) or word.casefold() in banned)]
        yield _Voice(tuple(units) or ("go",), " ", _stop(by_kind, "."), "-")


def _stop(by_kind: Mapping[str, Sequence[Mapping[str, Any]]], stop: str) -> str:
    return "" if any(stop in one["characters"] for one in by_kind.get("avoids_characters", [])) else stop


def _words_of(constraint: Mapping[str, Any]) -> list[str]:
    return constraint.get("words") or [str(constraint.get(name, "")) for name in ("word", "letter", "text")]


def _least(by_kind: Mapping[str, Sequence[Mapping[str, Any]]], kind: str) -> int:
    return min(max([one.get("min", 0) for one in by_kind.get(kind, [])], default=0), _MAX_UNITS)


def _missing(by_kind: Mapping[str, Sequence[Mapping[str, Any]]], text: str, voice: _Voice) -> Iterator[int]:
    """Yield how many units of filler a draft lacks."""
    n_words = max(0, _least(by_kind, "words") - count("words", {}, text)[0])
    n_characters = max(0, _least(by_kind, "characters") - count("characters", {}, text)[0])
    length = sum(map(len, voice.units)) / len(voice.units)
    for n_units in (n_words, int(n_characters / length) + 1, int(n_characters / length) - 4, max(n_words, n_characters)):
        if n_units > 0:
            yield min(n_units, _MAX_UNITS)


def _draft(by_kind: Mapping[str, Sequence[Mapping[str, Any]]], voice: _Voice, n_sentences: int, n_units: int) -> str:
    if "one_of" in by_kind:
        return by_kind["one_of"][0]["options"][0]
    sentences = [_sentence(by_kind, voice, [*_extras(by_kind), voice.filler(4 + n_units)])]
    sentences += [_sentence(by_kind, voice, [voice.filler(5 + number % 7)]) for number in range(1, n_sentences)]
    sentences += [_KANJI[number % 10] + "。" for number in range(_least(by_kind, "noun_endings"))]
    return _enclosed(by_kind, voice, _laid_out(by_kind, voice, sentences))


def _sentence(by_kind: Mapping[str, Sequence[Mapping[str, Any]]], voice: _Voice, parts: list[str]) -> str:
    ending = by_kind["sentence_ending"][0]["ending"] if "sentence_ending" in by_kind else ""
    text = (voice.space or " ").join(part for part in parts if part)
    return f"{text}{ending}{voice.stop}"


def _extras(by_kind: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[str]:
    """Give the words and marks that must stand somewhere."""
    words = [word for one in by_kind.get("contains", []) for word in one["words"]]
    words += [one["word"] for one in by_kind.get("word", []) for _ in range(one.get("min", 0))]
    words += [one["letter"] * min(one["min"], _MAX_UNITS) for one in by_kind.get("letter", []) if one.get("min")]
    words += ["".join(islice(cycle(_KANJI), _least(by_kind, "kanji")))]
    words += ["tu"] if "informal_address" in by_kind else []
    for kind, form in (("capital_words", "OK"), ("placeholders", "[x]"), ("highlights", "*so*"), ("hashtags", "#so")):
        words += [form] * _least(by_kind, kind)
    return words


def _laid_out(by_kind: Mapping[str, Sequence[Mapping[str, Any]]], voice: _Voice, sentences: list[str]) -> str:
    """Lay sentences out as sections, paragraphs, lines and lists."""
    given = [*by_kind.get("paragraphs", []), *by_kind.get("paragraph_start", [])]
    openings = {one["n"]: one["word"] for one in by_kind.get("paragraph_start", [])}
    n_paragraphs = max(1, _least(by_kind, "paragraphs"), *openings)
    spare = cycle(sentences[1:] or [_sentence(by_kind, voice, [voice.filler(6)])])
    parts = [sentences[0] if n_paragraphs > 1 else (voice.space or "").join(sentences)]
    if n_paragraphs > 1:
        rest = sentences[1:]
        parts += [rest[number] if number < len(rest) else next(spare) for number in range(n_paragraphs - 1)]
        parts[-1] = (voice.space or "").join([parts[-1], *rest[n_paragraphs - 1 :]])
    parts = [f"{openings[number]} {part}" if number in openings else part for number, part in enumerate(parts, start=1)]
    separator = next((one["separator"] for one in given if "separator" in one), "")
    body = (f"\n{separator}\n" if separator else "\n\n").join(parts)
    entries = [f"{voice.bullet} {voice.filler(2 + number % 5)}{voice.stop}" for number in range(_least(by_kind, "bullets"))]
    entries += [f"{number}. {voice.filler(2 + number % 5)}{voice.stop}" for number in range(1, _least(by_kind, "numbered_entries") + 1)]
    entries += [_sentence(by_kind, voice, [voice.filler(3 + number % 5)]) for number in range(1, _least(by_kind, "lines"))]
    for one in by_kind.get("sections", []):
        marks = [
            f"第{number}{one['mark']}" if one.get("ordinal") else f"{one['mark']} {number}" for number in range(1, one.get("min", 1) + 1)
        ]
        entries += [f"{mark}\n{voice.filler(3)}{voice.stop}" for mark in marks]
    return "\n".join([body, *entries])


def _cased(by_kind: Mapping[str, Sequence[Mapping[str, Any]]], text: str) -> str:
    if "lowercase" in by_kind:
        return text.lower()
    return text.upper() if "uppercase" in by_kind else text


def _enclosed(by_kind: Mapping[str, Sequence[Mapping[str, Any]]], voice: _Voice, body: str) -> str:
    """Put beginning, title, postscript and end around a body, and quotation marks or JSON around all."""
    before = [one["text"] for kind in ("repeats", "starts_with") for one in by_kind.get(kind, [])][:1]
    for one in by_kind.get("title", []):
        body = f"{one['open']}{voice.filler(2)}{one['close']} {body}"
    after = [f"\n{one['marker']} {voice.filler(2)}{voice.stop}" for one in by_kind.get("postscript", [])]
    after += [one["text"] for one in by_kind.get("ends_with", [])][-1:]
    text = _cased(by_kind, " ".join([*before, body, *after]))
    for one in by_kind.get("responses", []):
        text = f"\n{one['separator']}\n".join([text, *(f"{voice.filler(number)} {text}" for number in range(1, one.get("min", 2)))])
    if "json" in by_kind:
        return json.dumps({voice.units[0]: text}, ensure_ascii=False)
    for one in by_kind.get("quoted", []):
        return f"{one.get('open', chr(34))}{text}{one.get('close', chr(34))}"
    return text
