"""French phrases that state an instruction which a program can check."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from .constraint_clauses import (
    Clause,
    Constraint,
    bounds,
    denied,
    each_match,
    first_repeat,
    is_template,
    number_of,
    quoted_in,
    quoted_list,
    relation_of,
)
from .constraint_subjects import Vocabulary, subject_constraints

if TYPE_CHECKING:
    from collections.abc import Iterator

_NUMBERS: Final = {
    "un": 1, "une": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "six": 6, "sept": 7, "huit": 8, "neuf": 9, "dix": 10, "onze": 11, "douze": 12,
    "quinze": 15, "vingt": 20, "trente": 30, "quarante": 40, "cinquante": 50, "cent": 100, "premier": 1, "première": 1, "deuxième": 2, "second": 2,
    "seconde": 2, "troisième": 3, "quatrième": 4, "cinquième": 5, "sixième": 6, "septième": 7, "huitième": 8,
}  # fmt: skip
_NUM: Final = r"(?:\d{1,3}(?:[\s\u202f\u00a0]\d{3})+|\d{1,6}|(?:une?|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|quinze|vingt|trente|quarante|cinquante|cent)\b)"  # fmt: skip
_BEFORE: Final = r"""(?:
  (?P<ge>au\s(?:strict\s)?(?:moins|minimum)\s|(?:un\s)?minimum\s(?:de\s|d['’])?|pas\smoins\s(?:de\s|d['’]))
 |(?P<le>au\s(?:plus|maximum)\s|(?:un\s)?maximum\s(?:de\s|d['’])?|pas\splus\s(?:de\s|d['’])|(?:ne|sans)\s(?:pas\s)?(?:dépass|excéd|devra\spas\sdépass|doit\spas\sdépass)\w*\s(?:pas\s)?(?:les\s)?
   |jusqu['’]à\s|limit\w+\s(?:\w+\s){0,3}à\s)
 |(?P<gt>plus\s(?:de\s|d['’])|dépass\w+\s(?:les\s)?)
 |(?P<lt>moins\s(?:de\s|d['’]))
 |(?P<eq>(?:exactement|précisément|seulement|uniquement)\s)
 |(?P<about>environ\s|à\speu\sprès\s|approximativement\s|autour\sde\s|à\speine\s)
)?"""
_AFTER: Final = r"(?:\s?\(?(?:(?P<ge2>ou\splus\b|au\s(?:moins|minimum)\b|minimum\b)|(?P<le2>ou\smoins\b|au\s(?:plus|maximum)\b|maximum\b)|(?P<eq2>exactement\b)))?"
_CAPITAL_WORDS: Final = r"mots?\s(?:\w+\s){0,2}?(?:entièrement\s)?(?:en\s(?:lettres\s)?(?:majuscules|capitales))"
_UNITS: Final = {
    "capital_words": _CAPITAL_WORDS,
    "words": r"mots?",
    "sentences": r"phrases?",
    "paragraphs": r"paragraphes?",
    "lines": r"lignes?|vers",
    "characters": r"caractères?",
    "bullets": r"(?:puces?|points?\s(?:à|de)\s(?:puces?|liste)|éléments?\s(?:à|de)\spuces?|listes?\sà\spuces?|points?\s(?:sous\sforme|en\sforme)\sde\spuces)",
    "numbered_entries": r"(?:points?|éléments?)\snumérotés?",
    "placeholders": r"(?:espaces?\sréservés?|emplacements?|balises?|champs?|marqueurs?|placeholders?)(?=[^.\n]{0,60}crochets)|\w+(?:\s\w+)?(?=,?\s(?:symbolis|représent|marqu|indiqu|signal|encadr|not)\w+[^.,\n]{0,20}crochets)",
    "highlights": r"(?:parties?|sections?|passages?|mots?|phrases?|éléments?|segments?)\s(?:\w+\s){0,2}?(?:(?:mise?s?\sen\s(?:avant|évidence|valeur|gras|italique)|surlignée?s?|soulignée?s?))",
    "hashtags": r"hashtags?",
}
_KINDLY: Final = r"(?P<kindly>(?:(?!(?:de|des|et|ou|à|en|pour|par|avec|dans|fois|que|qui|le|la|les)\b)[a-zà-ÿ][a-zà-ÿ-]{1,15}\s){0,1}?)"
_COUNT: Final = re.compile(
    rf"""{_BEFORE}(?<![\w.,-])(?P<n>{_NUM})(?:\s?(?:-|–|\bà\b|\bet\b|\bou\b)\s?(?P<m>{_NUM}))?\s
    {_KINDLY}(?:{"|".join(f"(?P<{unit}>{form})" for unit, form in _UNITS.items())})(?![\w-]){_AFTER}""",
    re.IGNORECASE | re.VERBOSE,
)
_OF_A_PART: Final = re.compile(r"\b(?:chaque|chacune?|chacun)\b|\b(?:les|ces|ses|mes|premiers?|premières?|derniers?|dernières?|suivante?s?|précédente?s?)\s*\Z", re.IGNORECASE)  # fmt: skip
_PER_PART: Final = re.compile(
    r"\s?(?:par\s(?!deux|des|un|le|\*)|chacun|pour\schaque|dans\schaque|de\s(?:code|ce|cette|la|le)\b|du\stexte)", re.IGNORECASE
)
_OF_CONTENT: Final = re.compile(
    r"\s?(?::|(?:qui|que|dont|liés?|associés?|commençant|rimant|tels?|comme|suivants?|écrits?|clés?|de\s|du\s|d['’]))", re.IGNORECASE
)
_STATES_LENGTH: Final = re.compile(
    r"(?:\b(?:en|de|avec|à|sur|faire|fasse|contenir|comporter|comprendre|compter|longueur)|d['’]|[:(])\s*\Z", re.IGNORECASE
)
_VAGUE: Final = frozenset({"un", "une"})
_LOOSELY_BOUND: Final = frozenset({"placeholders", "highlights", "capital_words", "hashtags"})
_TIMES: Final = re.compile(
    rf"{_BEFORE}(?:à\s)?(?:(?P<n>{_NUM})\s(?:ou\splus\s)?(?:fois|reprises|occurrences)|(?P<n1>(?!)x)){_AFTER}(?=\W|\Z)",
    re.IGNORECASE | re.VERBOSE,
)
_HIGHLIGHT: Final = re.compile(
    rf"\b(?:met\w*|mise?s?)\sen\s(?:avant|évidence|valeur|gras|italique|surbrillance)\s(?:\w+\s){{0,2}}?{_BEFORE}(?P<n>{_NUM})\s(?:\w+\s){{0,2}}?(?:parties?|sections?|passages?|mots?|phrases?|éléments?|segments?)\b|\b(?:surlign|soulign)\w+\s(?:\w+\s){{0,2}}?",
    re.IGNORECASE | re.VERBOSE,
)
_SECTION_COUNT: Final = re.compile(rf"{_BEFORE}(?<![\w.,-])(?P<n>{_NUM})\s(?:\w+\s){{0,2}}?(?:sections?|parties|chapitres|jours|strophes|scènes|actes)\b{_AFTER}", re.IGNORECASE | re.VERBOSE)  # fmt: skip
_SECTION_MARK: Final = re.compile(
    r"\b(?:par|avec|comme|marquée?s?|intitulée?s?|nommée?s?)\s(?:le\smot\s)?[\"'«“*]*\s?(?P<mark>[A-Za-zÀ-ÿ]{3,12})\s(?:X|N|n°|1)\b",
    re.IGNORECASE,
)
_LANGUAGES: Final = {
    "anglais": "en", "français": "fr", "allemand": "de", "espagnol": "es", "italien": "it", "portugais": "pt", "néerlandais": "nl", "suédois": "sv",
    "polonais": "pl", "finnois": "fi", "finlandais": "fi", "vietnamien": "vi", "swahili": "sw", "indonésien": "id", "turc": "tr", "japonais": "ja",
    "chinois": "zh", "coréen": "ko", "russe": "ru", "ukrainien": "uk", "bulgare": "bg", "arabe": "ar", "persan": "fa", "ourdou": "ur", "hindi": "hi",
    "marathi": "mr", "népalais": "ne", "bengali": "bn", "tamoul": "ta", "télougou": "te", "kannada": "kn", "malayalam": "ml", "gujarati": "gu",
    "pendjabi": "pa", "thaï": "th", "thaïlandais": "th", "hébreu": "he", "grec": "el",
}  # fmt: skip
_IN_LANGUAGE: Final = re.compile(
    rf"\b(?:répon\w*|rédig\w*|réponse|écri\w+|texte|entièrement|uniquement|exclusivement|intégralité|traduis\w*|expliqu\w*)\b[^.\n:]{{0,60}}?\ben\s(?:langue\s)?(?P<language>{'|'.join(_LANGUAGES)})\b",
    re.IGNORECASE,
)
_SOME_WORDS: Final = re.compile(
    r"\b(?:mots?|titres?|noms?|premières?\slettres?|initiales?|certaine?s?|termes?|moins|fois|entre)\b", re.IGNORECASE
)
_LOWERCASE: Final = re.compile(r"\ben\s(?:lettres\s)?minuscules?\b|\b(?:avec\sdes\s|que\sdes\s|seulement\sdes\s|uniquement\sdes\s)(?:lettres\s)?minuscules\b|\b(?:sans|aucune|éviter|évitez|pas\s(?:de|utiliser\sde|d['’]utiliser\sde))\s(?:utiliser\s|employer\s)?(?:(?:de|des|les)\s)?(?:lettres?\s)?majuscules?\b|\bminuscules\suniquement\b", re.IGNORECASE)  # fmt: skip
_UPPERCASE: Final = re.compile(r"\ben\s(?:lettres\s)?(?:majuscules?|capitales)\b|\b(?:que\sdes\s|seulement\sdes\s|uniquement\sdes\s)(?:lettres\s)?majuscules\b|\b(?:sans|aucune|évitez)\s(?:utiliser\s|employer\s)?(?:(?:de|des|les)\s)?(?:lettres?\s)?minuscules?\b|\bmajuscules\suniquement\b", re.IGNORECASE)  # fmt: skip
_NOT: Final = r"(?:sans|aucune?s?|évit\w+|pas|jamais|exclu\w+|s['’]absten\w+|bann\w+)"
_NO_MARKS: Final = re.compile(
    rf"\b{_NOT}\b[^.\n,;]{{0,45}}?\b(?P<mark>virgules?|points?\sd['’](?:exclamation|interrogation)|points?[\s-]virgules?|chiffres?(?:\sarabes)?|emojis?|émojis?|accents?|caractères?\saccentués|lettres\saccentuées)\b",
    re.IGNORECASE,
)
_EXCEPT: Final = re.compile(r"\b(?:plus\sd|sauf|seulement|trop|que\s(?:les|des))", re.IGNORECASE)
_CHARACTER: Final = re.compile(rf"\b{_NOT}\b[^.\n]{{0,60}}?\b(?:caractères?|ligatures?|cédilles?|lettres?)\s[\"'«“‘]?\s?(?P<c>[^\s\w]|[^\W\d_])\s?[\"'»”’]?(?=[\s.,;)]|\Z)", re.IGNORECASE)  # fmt: skip
_JSON: Final = re.compile(r"\b(?:réponse|répon\w+|format\w*|présent\w+|fourni\w+|renvo\w+|sortie|texte|contenu|ensemble|rédig\w+|structur\w+|encapsul\w+|donn\w+|retourn\w+|envelopp\w+)\b[^.\n]{0,80}?\b(?:(?:au|en|sous|un|le)\s(?:\w+\s){0,2}?(?:(?:de|du)\s)?)JSON\b", re.IGNORECASE)  # fmt: skip
_TITLE: Final = re.compile(r"\b(?:titre|nom|intitul\w+)\b[^\n]{0,120}?(?:doubles?\s(?:crochets|chevrons|guillemets)\s?(?:angulaires|obliques)?|<<[^<>\n]{1,60}>>)", re.IGNORECASE)  # fmt: skip
_MARKED_TITLE: Final = re.compile(
    r"\btitre\b[^.\n]{0,100}?(?P<open>##|\*\*|\[\[|\{\{|==)[^\n#*=\[\]{}]{1,60}(?P<close>##|\*\*|\]\]|\}\}|==)", re.IGNORECASE
)
_POSTSCRIPT: Final = re.compile(r"\bpost[\s-]?scriptum\b|\b(?:ajout\w+|inclu\w+|termin\w+)\b[^\n]{0,40}?\bP\.?[\s-]{0,2}S\b", re.IGNORECASE)
_PS: Final = re.compile(r"\b(?:P\.?[\s-]?)?P\.?\s?-?\s?S\b\.?", re.IGNORECASE)
_SIX: Final = re.compile(r"\*{6}|\b(?:6|six)\sastérisques?\b", re.IGNORECASE)
_TWO: Final = re.compile(r"\b(?:(?P<n>deux|trois|quatre|\d)\s(?:\w+\s){0,2}?(?:réponses|versions|variantes|propositions|alternatives|textes|histoires|narrations|récits|options|poèmes|solutions|approches|scénarios))\b", re.IGNORECASE)  # fmt: skip
_QUOTE_ALL: Final = re.compile(r"\b(?:l['’](?:ensemble|intégralité|entièreté)|toute?|entièr\w+|complèt\w+|votre|la|ta)\b[^.\n]{0,40}?\b(?:réponse|texte|message|entre|contenu)\b[^.\n]{0,60}?\b(?:entre|par|de|dans)\s(?:des\s|les\s)?guillemets\b|\b(?:encadr|entour|mett|plac)\w+\b[^.\n]{0,40}?\b(?:réponse|texte|message)\b[^.\n]{0,40}?\bguillemets\b", re.IGNORECASE)  # fmt: skip
_TU: Final = re.compile(r"\b(?:tutoiement|tutoy\w+)\b", re.IGNORECASE)
_OPTIONS: Final = re.compile(
    r"\b(?:répon\w+|réponse|choisi\w+)\b[^.\n]{0,60}?\b(?:l['’]?une?\s(?:de|des)|parmi|soit|uniquement\spar|à\sl['’]une?)\b[^.\n\"“«'‘(]{0,60}",
    re.IGNORECASE,
)
_ORDINAL: Final = (
    r"(?:\d{1,2}\s?(?:er|e|ère|ème|nd|nde)?|premi(?:er|ère)|deuxième|seconde?|troisième|quatrième|cinquième|sixième|septième|huitième)"
)
_STARTS_WITH: Final = r"(?:début|commenc)\w*\s(?:(?:votre|ta|la|le|ton)\s(?:réponse|texte|message|lettre|récit|histoire)\s)?(?:par|avec)\s(?:le\s|les\s|la\s)?(?:(?:mots?|termes?|phrase|expression|formule)\s?)?(?:suivante?s?\s?)?:?"
_PARAGRAPH_START: Final = re.compile(
    rf"\b(?:(?P<n>{_ORDINAL})\sparagraphe|paragraphe\s(?:n°\s?|numéro\s)?(?P<n2>\d{{1,2}}))\s(?:\w+\s){{0,2}}?{_STARTS_WITH}|\b(?:débutez|commencez)\sle\s(?P<n3>{_ORDINAL})\sparagraphe\s(?:par|avec)\s(?:le\s)?(?:mot\s?)?",
    re.IGNORECASE,
)
_STARTS: Final = re.compile(rf"\b{_STARTS_WITH}\s?(?=[\"“«'‘])", re.IGNORECASE)
_ENDS: Final = re.compile(r"\b(?:termin|conclu|fini|achev|clôtur|clos)\w*\b\s(?:\w+\s){0,4}?(?:par|avec|sur)\s(?P<what>(?:le\s|les\s|la\s|l['’]|cette\s|ces\s)?(?:phrase|mots?|expression|question|formule|texte)?(?:\s(?:exacte?|suivante?s?|précise|mot\spour\smot|ci-dessous)){0,2})\s?(?P<colon>:?)\s?", re.IGNORECASE)  # fmt: skip
_OF_PARTS: Final = re.compile(
    r"\b(?:chaque|chacune?|tous|toutes|paragraphes?|phrases?|lignes?|sections?|strophes?|post-scriptum|mots?|titre|puces?)\b[^.\n]{0,30}\Z",
    re.IGNORECASE,
)
_REPEAT: Final = re.compile(
    r"\b(?:répét\w+|reprodui\w+|recopi\w+)\b[^.\n]{0,60}?\b(?:demande|requête|question|phrase|consigne|instruction|énoncé)\b", re.IGNORECASE
)
_FRENCH: Final = re.compile(
    r"(?<![\w’'])(?:le|la|les|des|une?|votre|vos|ta|ton|sans|dans|en|par|pas|doit|réponse|texte|mots?|avec|au|moins|plus)(?![\w])|\b[ldns]['’]\w",
    re.IGNORECASE,
)
_VOCABULARY: Final = Vocabulary(
    subject=re.compile(r"\b(?P<words>mots?(?:[\s-]clés?)?|termes?|expressions?)\b(?:\s(?:comme|tels?\sque|suivants?|clés?)){0,2}\s?[:(]?\s?|\b(?P<letter>lettre|caractère)\s", re.IGNORECASE),
    bare=re.compile(r"(?!(?:que|qui|dans|en|de|des|du|le|la|les|un|une|et|ou|par|pour|avec|sur|est|sont|doit|doivent|à|au|ne|pas|plus|moins|entièrement|écrits?|suivants?|exact\w*|tels?|comme|maximum|minimum|mot|clés?|négatifs?|majuscules?|apparai\w+|utilis\w+|se|ci|votre|vos|commen\w+|débutant|liés?)\b)[A-Za-zÀ-ÿœ][A-Za-zÀ-ÿœ'’-]*", re.IGNORECASE),
    bare_letter=re.compile(r"[\"'“‘«]?\s?([A-Za-zÀ-ÿœ])\s?[\"'”’»]?(?![\w'’])"),
    times=_TIMES,
    negative_before=re.compile(r"\b(?:sans|évit\w+|jamais|aucune?|exclu\w+|s['’]absten\w+|abstenez|bann\w+|proscri\w+|interdit\w*|pas)\b", re.IGNORECASE),
    negative_after=re.compile(r"^[^.\n]{0,40}?\bne\s(?:\w+\s){0,2}?(?:pas|jamais|point)\b(?:\s(?:être|figurer|apparaître|contenir|utilis\w+|employ\w+))?|^[^.\n]{0,20}?\b(?:interdits?|proscrits?|bannis?|exclus?)\b", re.IGNORECASE),
    positive_before=re.compile(r"\b(?:inclu\w+|intégr\w+|incorpor\w+|utilis\w+|employ\w+|conten\w+|contien\w+|mentionn\w+|insér\w+|plac\w+|ajout\w+|comport\w+|compren\w+|avec)\b", re.IGNORECASE),
    positive_after=re.compile(r"^[^.\n]{0,20}?\b(?:doi(?:t|vent)|devr(?:a|ont|ai(?:t|ent)))\s(?:tous\s|obligatoirement\s)?(?:apparaître|figurer|être\s(?:inclus|utilis|présent|mentionn|intégr))", re.IGNORECASE),
    elsewhere=re.compile(r"\b(?:débu|commen|termin|conclu|finir|finiss|rempla|rim|signifi|défini|tradui|synonym|suivi|précéd|répét|sépar|encadr)\w*", re.IGNORECASE),
    bare_include=re.compile(r"\b(?:inclu|intégr|mentionn|incorpor)\w+\s(?=[\"“«])", re.IGNORECASE),
    numbers=_NUMBERS,
)  # fmt: skip


def find(clauses: list[Clause], prompt: str) -> Iterator[Constraint]:
    """Yield the instructions that French clauses state."""
    clauses = [clause for clause in clauses if _FRENCH.search(clause.masked)]
    yield from _counts(clauses)
    yield from _marked_counts(clauses, prompt)
    for clause in clauses:
        yield from subject_constraints(clause, _VOCABULARY)
    yield from _letters(clauses)
    yield from _formats(clauses, prompt)
    yield from _edges(clauses, prompt)


def _counts(clauses: list[Clause]) -> Iterator[Constraint]:
    for clause, match in each_match(_COUNT, clauses):
        unit = next(name for name in _UNITS if match[name])
        relation, number = relation_of(match), number_of(match["n"].replace("\u202f", "").replace("\u00a0", "").replace(" ", ""), _NUMBERS)
        last = number_of(match["m"], _NUMBERS) if match["m"] else None
        if number is None or not _binds(clause.masked, match, unit, stated=relation is not None or last is not None):
            continue
        if relation is None and unit in _LOOSELY_BOUND:
            relation = "ge"
        if relation is None and unit == "words" and number > 10:
            relation = "about"
        limits = bounds(relation, number, last)
        if relation == "gt" and re.search(r"\b(?:ne|pas|sans|jamais)\b[^.\n]{0,40}\Z", clause.masked[: match.start()], re.IGNORECASE):
            limits = denied(limits)
        yield {"kind": unit, **limits}


def _binds(masked: str, match: re.Match[str], unit: str, *, stated: bool) -> bool:
    """Say whether a count bounds the answer, rather than a part of it or what it speaks of."""
    before, after = masked[: match.start()], masked[match.end() :]
    if _OF_A_PART.search(before[-80:]) or _PER_PART.match(after):
        return False
    if match["n"].casefold() in _VAGUE and not stated and not re.search(r"\ben\s\Z", before, re.IGNORECASE):
        return False  # "un" is an article before it is a number
    if unit == "words":
        return not match["kindly"].strip() and not _OF_CONTENT.match(after) and bool(stated or _STATES_LENGTH.search(before))
    if unit == "characters":
        return stated and number_of(match["n"], _NUMBERS) not in range(20)
    return not masked.rstrip().endswith("?") or stated


def _marked_counts(clauses: list[Clause], prompt: str) -> Iterator[Constraint]:
    if "*" in prompt or "markdown" in prompt.casefold():
        for _, match in each_match(_HIGHLIGHT, clauses):
            number = number_of(match["n"], _NUMBERS) if match["n"] else None
            if number is not None:
                yield {"kind": "highlights", **bounds(relation_of(match) or "ge", number)}
    marks = [match["mark"] for _, match in each_match(_SECTION_MARK, clauses)]
    counted = [match for clause, match in each_match(_SECTION_COUNT, clauses) if not _OF_A_PART.search(clause.masked[: match.start()])]
    numbers = {number for match in counted if (number := number_of(match["n"], _NUMBERS)) not in {None, 1}}
    if marks and len(numbers) == 1:
        yield {"kind": "sections", "mark": marks[0], **bounds(relation_of(counted[0]) or "ge", numbers.pop() or 0)}
    for clause, match in each_match(_TIMES, clauses):
        if re.search(rf"\b{_CAPITAL_WORDS}[^.\n]{{0,60}}\Z", clause.masked[: match.start()], re.IGNORECASE):
            number = number_of(match["n"], _NUMBERS)
            if number is not None:
                yield {"kind": "capital_words", **bounds(relation_of(match), number)}


def _letters(clauses: list[Clause]) -> Iterator[Constraint]:
    for clause in clauses:
        for pattern, kind in ((_LOWERCASE, "lowercase"), (_UPPERCASE, "uppercase")):
            match = pattern.search(clause.masked)
            if match and not _SOME_WORDS.search(re.split(r"[,;:]", clause.masked[: match.start()])[-1][-40:]):
                yield {"kind": kind}
        match = _IN_LANGUAGE.search(clause.masked)
        if match and not clause.masked.rstrip().endswith("?"):
            yield {"kind": "language", "language": _LANGUAGES[match["language"].casefold()]}
        if (match := _TU.search(clause.masked)) and not re.search(
            r"\b(?:sans|pas|évit\w+|jamais)\b[^.,;\n]{0,20}\Z", clause.masked[: match.start()], re.IGNORECASE
        ):
            yield {"kind": "informal_address"}
        for match in _NO_MARKS.finditer(clause.masked):
            if not _EXCEPT.search(match[0]):
                yield _without_marks(match["mark"].casefold())
        if match := _CHARACTER.search(clause.text):
            yield {"kind": "avoids_characters", "characters": match["c"].casefold()}


def _without_marks(mark: str) -> Constraint:
    if "accent" in mark:
        return {"kind": "no_accents"}
    if mark.startswith("chiffre"):
        return {"kind": "no_digits"}
    if mark.endswith(("moji", "mojis")):
        return {"kind": "no_emoji"}
    marks = {"exclamation": "!", "interrogation": "?", "point": ";"}
    return {"kind": "avoids_characters", "characters": next((sign for name, sign in marks.items() if name in mark), ",")}


def _formats(clauses: list[Clause], prompt: str) -> Iterator[Constraint]:
    for clause in clauses:
        masked = clause.masked
        if _JSON.search(masked):
            yield {"kind": "json"}
        if _TITLE.search(masked) and "<<" in clause.text:
            yield {"kind": "title", "open": "<<", "close": ">>"}
        elif match := _MARKED_TITLE.search(clause.text):
            yield {"kind": "title", "open": match["open"], "close": match["close"]}
        if (match := _POSTSCRIPT.search(masked)) and (marker := _PS.search(clause.text, match.start())):
            quoted = [words for words in quoted_in(clause.text) if _PS.fullmatch(words)]
            yield {"kind": "postscript", "marker": quoted[0] if quoted else marker[0].strip()}
        if _QUOTE_ALL.search(masked):
            yield {"kind": "quoted"}
        options = _OPTIONS.search(masked)
        if options and len(words := quoted_list(clause.text, options.end())[0]) > 1:
            yield {"kind": "one_of", "options": words}
    if _SIX.search(prompt):
        several = {number_of(match["n"], _NUMBERS) for _, match in each_match(_TWO, clauses)} - {None, 1}
        if len(several) == 1:
            number = several.pop()
            yield {"kind": "responses", "min": number, "max": number, "separator": "******"}


def _edges(clauses: list[Clause], prompt: str) -> Iterator[Constraint]:
    for clause, match in each_match(_PARAGRAPH_START, clauses):
        n = number_of(re.sub(r"(?<=\d)\s?(?:er|e|ère|ème|nde?)\b", "", match["n"] or match["n2"] or match["n3"]), _NUMBERS)
        word = quoted_list(clause.text, match.end())[0] or re.findall(r"^\s*([\w’'-]+)", clause.text[match.end() :])
        if n and word:
            yield {"kind": "paragraph_start", "n": n, "word": word[0]}
    for clause, match in each_match(_STARTS, clauses):
        words, _ = quoted_list(clause.text, match.end())
        if words and not is_template(words[0]) and not _OF_PARTS.search(clause.masked[: match.start()]):
            yield {"kind": "starts_with", "text": words[0]}
    for clause in clauses:
        for match in _ENDS.finditer(clause.masked):
            words, _ = quoted_list(clause.text, match.end())
            rest = clause.text[match.end() :].strip()
            ending = words[0] if words else rest if match["colon"] and 3 <= len(rest) <= 200 else None
            if ending and not is_template(ending) and not _OF_PARTS.search(clause.masked[: match.start()]):
                yield {"kind": "ends_with", "text": ending}
    yield from first_repeat(_REPEAT, clauses, prompt)
