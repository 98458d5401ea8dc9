"""English phrases that state an instruction which a program can check."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from .constraint_clauses import (
    Clause,
    Constraint,
    bounds,
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
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
    "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "once": 1, "twice": 2,
    "thrice": 3, "single": 1, "dozen": 12, "hundred": 100, "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7,
    "eighth": 8, "ninth": 9, "tenth": 10,
}  # fmt: skip
_NUM: Final = (
    r"(?:\d{1,3}(?:,\d{3})+|\d{1,6}|one\shundred|(?:a\s)?(?:single|dozen|hundred)|(?:"
    + "|".join(word for word, number in _NUMBERS.items() if not word.endswith(("th", "rd", "st", "ond", "ce")) and number != 100)
    + "))"
)
_BEFORE: Final = r"""(?:
  (?P<ge>at\s(?:the\s(?:very\s)?|a\s)?(?:least|minimum)\s|(?:a\s)?min(?:imum|\.)?(?:\sof)?\s|no(?:t)?\s(?:fewer|less)\sthan\s|(?:>=|≥)\s?)
 |(?P<le>at\s(?:the\s)?(?:very\s)?(?:most|maximum)\s|no(?:t)?\s(?:more|longer)\sthan\s|(?:not|n['’]t|never|without)\s(?:exceed|surpass|go\sover|go\sbeyond)(?:ing)?\s
   |up\sto\s|(?:a\s)?max(?:imum|\.)?(?:\sof)?\s|within\s|limit(?:ed)?\s(?:\w+\s){0,4}to\s|(?:<=|≤)\s?)
 |(?P<gt>(?:more|longer|greater)\sthan\s|over\s|above\s|exceed(?:s|ing)?\s)
 |(?P<lt>(?:less|fewer|shorter)\sthan\s|under\s|below\s)
 |(?P<eq>exactly\s|precisely\s|only\s)
 |(?P<about>around\s|about\s|approximately\s|approx\.?\s|roughly\s|nearly\s|~\s?|circa\s)
)?"""
_AFTER: Final = (
    r"(?:\s?\(?(?:in\stotal\s)?(?:(?P<ge2>or\s(?:more|longer|above)\b|at\s(?:the\s)?least\b|minimum\b)"
    r"|(?P<le2>or\s(?:less|fewer|shorter|under)\b|at\s(?:the\s)?most\b|max(?:imum)?\b)|(?P<eq2>exactly\b)))?"
)
_CAPITALS: Final = r"(?:(?:all\s)?(?:capital(?:ized)?|upper\s?-?case)(?:\sletters?)?|all\scaps|caps)"
_CAPITAL_WORDS: Final = rf"(?:words?\s(?:(?:that\sare\s)?(?:with|in|written\sin)\s)(?:all\s)?{_CAPITALS}|(?:all[\s-]caps?|all[\s-]capital|{_CAPITALS}|fully\scapitalized)\swords?)"
_UNITS: Final = {
    "capital_words": _CAPITAL_WORDS,
    "words": r"words?",
    "sentences": r"sentences?",
    "paragraphs": r"paragraphs?",
    "lines": r"lines?",
    "characters": r"characters?",
    "bullets": r"bullet(?:ed|s)?(?:[\s-](?:points?|items?|lists?|entries))?",
    "numbered_entries": r"numbered\s(?:points?|items?|entries|steps)",
    "placeholders": r"placeholders?|(?:\w+\s)?\w+(?=,?\s(?:represented|marked|indicated|denoted|enclosed|symboli[sz]ed|written)\s(?:by|with|in|as|within)\s(?:\w+\s)?square\sbrackets)",
    "highlights": r"highlighted\s(?:sections?|parts?|phrases?|words?|passages?)",
    "hashtags": r"hash\s?tags?",
}
_COUNT: Final = re.compile(
    rf"""{_BEFORE}(?<![\w.,$-])(?P<n>{_NUM})(?:\s?(?:-|–|\bto\b|\band\b|\bor\b)\s?(?P<m>{_NUM}))?(?P<ge3>\+)?(?P<hyphen>[\s-])
    (?P<kindly>(?:(?!(?:of|and|or|to|in|for|with|per|the|that|a|times?|{_CAPITALS}|highlighted|numbered)\b)[a-z][a-z-]{{1,15}}\s){{0,2}}?)
    (?:{"|".join(f"(?P<{unit}>{form})" for unit, form in _UNITS.items())})(?![\w-])(?P<long>\s(?:long|in\slength|in\stotal)\b)?{_AFTER}""",
    re.IGNORECASE | re.VERBOSE,
)
_OF_A_PART: Final = re.compile(
    r"\b(?:each|every|any)\b|\b(?:the|these|those|following|first|last|next|previous|another|his|her|its|my)\s*\Z", re.IGNORECASE
)
_PER_PART: Final = re.compile(r"\s?(?:per\b|for\s(?:each|every)\b|in\s(?:each|every)\b|each\s?(?:[.,;]|\Z)|of\s(?:code|text|the)\b|in\s(?:this|the)\s(?:text|passage|sentence|title)|apiece)", re.IGNORECASE)  # fmt: skip
_OF_CONTENT: Final = re.compile(r"\s?(?::|(?:that|which|who|whose|related|associated|starting|beginning|ending|containing|from|rhym\w+|you|used|like|such|in\s(?:the|a|an|this)\b|of\b))", re.IGNORECASE)  # fmt: skip
_STATES_LENGTH: Final = re.compile(r"(?:\b(?:in|of|with|to|into|is|be|length|using|long)|[:(])\s*\Z", re.IGNORECASE)
_NARRATED: Final = re.compile(r"\b(?:I|we|he|she|they|who|that)\s(?!want|need|would|wish|expect|ask)\w+\s(?:\w+\s){0,2}\Z", re.IGNORECASE)
_LOOSELY_BOUND: Final = frozenset({"placeholders", "highlights", "capital_words", "hashtags"})
_TIMES: Final = re.compile(
    rf"{_BEFORE}(?:(?P<n>{_NUM})\s(?:or\smore\s|separate\s|different\s)?(?:times?|instances|occurrences)|(?P<n1>once|twice|thrice)){_AFTER}(?=\W|\Z)",
    re.IGNORECASE | re.VERBOSE,
)
_LIST_OF: Final = re.compile(
    rf"\b(?:(?P<numbered>numbered)|bullet(?:ed|\s?-?point)?)\s?-?list\s(?:of|with|containing|that\shas|having)\s{_BEFORE}(?P<n>{_NUM})\s(?:\w+\s){{0,2}}?(?:items?|points?|entries|steps|bullets?|elements?|reasons|tips|ideas|examples)\b{_AFTER}",
    re.IGNORECASE | re.VERBOSE,
)
_HIGHLIGHT: Final = re.compile(
    rf"\b(?:highlight|emphasi[sz]e|italici[sz]e|bold)(?:s|ed|ing)?\s(?:\w+\s){{0,3}}?{_BEFORE}(?P<n>{_NUM})\s(?:\w+\s){{0,2}}?(?:sections?|parts?|phrases?|words?|passages?|titles?|portions?|segments?|areas?)\b",
    re.IGNORECASE | re.VERBOSE,
)
_SECTION_COUNT: Final = re.compile(rf"{_BEFORE}(?<![\w.,$-])(?P<n>{_NUM})\s(?:\w+\s){{0,2}}?(?:sections?|parts|chapters|stanzas|days|rounds|scenes|entries)\b{_AFTER}", re.IGNORECASE | re.VERBOSE)  # fmt: skip
_SECTION_MARK: Final = re.compile(r"(?:\b(?:with|by|as|header|label(?:ed|led)?)\s|\()(?:the\s(?:word|keyword|marker|label)\s)?[\"'“*]*(?P<mark>[A-Za-z]{3,12})[\s\x1a]{1,2}(?:X|N|\[?number\]?|#|1)\b", re.IGNORECASE)  # fmt: skip
_SECTION_MARK_QUOTED: Final = re.compile(r"([A-Za-z]{3,12})\s?(?:X|N|#|1)")
_ANSWER: Final = r"(?:response|answer|reply|output|text|essay|letter|email|e-mail|story|poem|article|message|post|summary|blog\spost|speech|review|note|everything|riddle|song|it)"
_LANGUAGES: Final = {
    "english": "en", "french": "fr", "german": "de", "spanish": "es", "italian": "it", "portuguese": "pt", "dutch": "nl", "swedish": "sv", "polish": "pl",
    "finnish": "fi", "vietnamese": "vi", "swahili": "sw", "indonesian": "id", "turkish": "tr", "japanese": "ja", "chinese": "zh", "korean": "ko",
    "russian": "ru", "ukrainian": "uk", "bulgarian": "bg", "arabic": "ar", "persian": "fa", "farsi": "fa", "urdu": "ur", "hindi": "hi", "marathi": "mr",
    "nepali": "ne", "bengali": "bn", "tamil": "ta", "telugu": "te", "kannada": "kn", "malayalam": "ml", "gujarati": "gu", "punjabi": "pa", "thai": "th",
    "hebrew": "he", "greek": "el",
}  # fmt: skip
_IN_LANGUAGE: Final = re.compile(
    rf"\b(?:respond|answer|repl(?:y|ies)|write|writing|written|response|output|entire|entirely|whole|only|speak|translate[sd]?|be|explain|compose)\b[^.\n:]{{0,80}}?\bin(?:to)?\s(?:the\s)?(?P<language>{'|'.join(_LANGUAGES)})\b(?=\slanguage|\s?(?:[.,;:!)]|\Z|only|and\b|with\b|without\b|\(|no\b|using\b|but\b|please\b|in\b))",
    re.IGNORECASE,
)
_LANGUAGE_ONLY: Final = re.compile(rf"\b(?P<language>{'|'.join(_LANGUAGES)})\s(?:language\s)?only\b", re.IGNORECASE)
_ONLY_LANGUAGE: Final = re.compile(rf"\b(?:only|just)\s(?:use\s|using\s|in\s)?(?:the\s)?(?P<language>{'|'.join(_LANGUAGES)})\b(?=\slanguage|\s?(?:[.,;:!)]|\Z|is\b|in\byour))", re.IGNORECASE)  # fmt: skip
_CODE: Final = re.compile(
    r"\b(?:function|code|python|javascript|convert|strings?|variables?|regex|file\s?names?|password|column|sql)\b", re.IGNORECASE
)
_PROGRAM: Final = re.compile(r"^\s*(?:def|class|import|from|function|public|#include)\s\w+[^\n]{0,80}[:;{(]", re.MULTILINE)
_LOWERCASE: Final = re.compile(r"\b(?:all|only|entirely|strictly|completely|fully|just|in)\s(?:in\s|english\s|use\s|using\s|small\s|the\s){0,3}lower\s?-?case(?:\sletters)?\b|(?:\b(?:no|without(?:\sany)?|not\suse(?:\sany)?)|n['’]t\suse(?:\sany)?|\bavoid(?:ing)?(?:\sany)?)\s(?:capital|upper\s?-?case)\s?(?:letters?|s\b)|\blower\s?-?case\s(?:letters\s)?only\b|\bin\slower\s?-?case(?=\s?[.,;!]|\Z)|\bno(?:t\s(?:a\ssingle|any|one))?\sletters?\b[^.\n]{0,40}?\b(?:capitali[sz]ed|upper\s?-?case)", re.IGNORECASE)  # fmt: skip
_UPPERCASE: Final = re.compile(r"\b(?:all|only|entirely|strictly|completely|fully|just)\s(?:in\s|english\s|use\s|using\s|the\s){0,3}(?:capital\sletters|capitals|caps|upper\s?-?case(?:\sletters)?)\b|\b(?:no|without(?:\sany)?|not\suse(?:\sany)?|avoid(?:ing)?(?:\sany)?)\s(?:lower\s?-?case|small)\s?letters?|\bin\s(?:all\s)?(?:capital\sletters|caps|upper\s?-?case)\b|\bupper\s?-?case\s(?:letters\s)?only\b", re.IGNORECASE)  # fmt: skip
_OF_SOME: Final = re.compile(r"\b(?:words?|titles?|names?|headings?|headers?|first\sletters?|acronyms?|keywords?|some|initials?|important|least|most|times)\b", re.IGNORECASE)  # fmt: skip
_JSON: Final = re.compile(r"(?:\b(?:respond|reply|return|output|answer|provide|give|write|format|wrap|formatted|wrapped|response|put|present|entire)\b[^.\n]{0,80}?\b(?:in|as|using|with|to|only|a|into|be)\s(?:only\s|a\s|an\s|the\s|valid\s|single\s|strict\s|raw\s|pure\s|proper\s){0,3}JSON\b(?!\s(?:file|schema\sbelow|data\sbelow|string|below))|\bJSON\s(?:format\s)?only\b)", re.IGNORECASE)  # fmt: skip
_ANGULAR: Final = re.compile(r"\b(?:title|name|headline|heading|wrapped|put|contain\w*|enclosed)\b[^\n]{0,120}?(?:double\sang(?:ular|le|led)\sbrackets|<<[^<>\n]{1,60}>>)|<<title>>", re.IGNORECASE)  # fmt: skip
_MARKED_TITLE: Final = re.compile(
    r"\btitle\b[^.\n]{0,100}?(?P<open>##|\*\*|\[\[|\{\{|==)[^\n#*=\[\]{}]{1,60}(?P<close>##|\*\*|\]\]|\}\}|==)", re.IGNORECASE
)
_POSTSCRIPT: Final = re.compile(
    r"\bpost\s?-?scripts?\b|\b(?:add|include|with|end|at\sthe\send)\b[^\n]{0,40}?\bP\.\s?(?:P\.\s?)?S\b", re.IGNORECASE
)
_PS: Final = re.compile(r"\bP\.?\s?P\.?\s?S\b\.?|\bP\.?\s?S\b\.?")
_SIX: Final = re.compile(r"\*{6}|\b(?:6|six)\s(?:\w+\s)?asterisks?\b", re.IGNORECASE)
_SEVERAL: Final = re.compile(rf"\b(?P<n>{_NUM})\s(?:\w+\s){{0,2}}?(?:responses|answers|versions|variants|variations|alternatives|options|replies|poems|stories|itinerar\w+|essays|jokes|letters|drafts|limericks|songs|riddles|tweets|names|ideas|suggestions|outputs|approaches)\b", re.IGNORECASE)  # fmt: skip
_QUOTE_ALL: Final = re.compile(r"\b(?:wrap|enclose|put|surround|place|wrapped|enclosed|surrounded|contained|inside)\b[^.\n]{0,60}?(?:\b(?:in|with|inside|within|between|by)\s)?(?:double\s|single\s)?(?:quotation\smarks?|quotes)\b", re.IGNORECASE)  # fmt: skip
_WHOLE: Final = re.compile(r"\b(?:entire|whole|full|complete|everything|all\sof|your|the)\b[^.\n]{0,25}\b(?:response|answer|reply|output|text|message|content|everything)\b|\beverything\b", re.IGNORECASE)  # fmt: skip
_COUNTS_THINGS: Final = re.compile(r"\bhow\smany\b|\bintegers?\b|\brepeat|\bin\scommon\b|\bdigits?\s(?:number|integer)", re.IGNORECASE)
_MARK_NAMES: Final = r"(?:commas?|exclamation\s(?:marks?|points?)|question\smarks?|semi-?colons?|em\sdash(?:es)?|digits?|numerals?|emojis?|asterisks?|quotation\smarks?)"
_NO_MARKS: Final = re.compile(
    r"(?:(?:\b(?:do\s?not|dont|not|never)|n['’]t)\s(?:\w+\s){0,3}?(?:use|include|contain|add|insert|put|write|employ)|\b(?:avoid(?:ing)?|refrain(?:ing)?\sfrom|without|no|zero|free\sof|not)(?:\s(?:using|including|adding|the\suse\sof|employing))?)"
    r"\s(?:(?!that\b|which\b|are\b|is\b)[\w/-]+,?\s){0,5}?\b"
    rf"(?P<mark>{_MARK_NAMES})\b",
    re.IGNORECASE,
)
_MARKS: Final = {"comma": ",", "exclam": "!", "questi": "?", "semico": ";", "semi-c": ";", "em das": "—", "asteri": "*", "quotat": '"“”'}
_BUT: Final = re.compile(r"\b(?:more\sthan|except|unless|other\sthan|too\smany|only|over)\b", re.IGNORECASE)
_ORDINAL: Final = r"(?:\d{1,2}(?:st|nd|rd|th)?|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth)"
_PARAGRAPH_START: Final = re.compile(
    rf"\b(?:(?:start|begin)(?:s|ning|ing)?\s(?:off\s)?(?:the\s)?(?P<n>{_ORDINAL})\sparagraph(?:\sof\s\w+\s\w+)?|(?:the\s)?(?P<n2>{_ORDINAL})\sparagraph\s(?:\w+\s){{0,2}}?(?:start|begin)(?:s|ing)?|paragraph\s(?P<n3>\d{{1,2}}|one|two|three|four|five|six)\s(?:\w+\s){{0,2}}?(?:start|begin)(?:s|ing)?)\swith\s(?:the\s)?(?:word\s?)?:?",
    re.IGNORECASE,
)
_STARTS: Final = re.compile(rf"\b(?:start|begin|open)(?:s|ing)?\s(?:(?:off\s)?(?:your|the|with\s(?:your|the))\s(?:\w+\s){{0,2}}?{_ANSWER}\s)?(?:with|by\s(?:saying|writing|stating))\s(?:the\s)?(?:exact\s|following\s|this\s){{0,3}}(?:words?|phrase|sentence|text|line)?\s?:?\s?(?=[\"“'‘«`])", re.IGNORECASE)  # fmt: skip
_ENDS: Final = re.compile(rf"\b(?:end|finish|conclude|close|ends|finishes|concludes)(?:ing)?\s(?:(?:off\s)?(?:your|the|it|this)\s?(?:\w+\s){{0,2}}?(?:{_ANSWER}\s)?)?(?:with|by\s(?:saying|writing|stating|asking))\s(?P<what>(?:the\s|this\s|these\s)?(?:exact\s|following\s|very\s|same\s){{0,3}}(?:words?|phrase|sentence|question|text|line|statement)?)(?:\s?of)?\s?(?P<colon>:?)\s?", re.IGNORECASE)  # fmt: skip
_OF_PARTS: Final = re.compile(r"\b(?:each|every|all|paragraphs?|sentences?|lines?|sections?|stanzas?|postscript|post-script|words?|title|bullet)\b[^.\n]{0,30}\Z", re.IGNORECASE)  # fmt: skip
_OPTIONS: Final = re.compile(r"\b(?:answer|respond|reply|choose|pick|select|response|say)\b[^.\n]{0,60}?\b(?:one\sof|either(?:\sof)?|only|from)\b[^.\n\"“”„«'‘(]{0,60}", re.IGNORECASE)  # fmt: skip
_REPEAT: Final = re.compile(r"\brep(?:eat|leat|eating)\b[^.\n]{0,60}?\b(?:request|prompt|question|query|instructions?|line|sentence|above|below|task)\b|\brepeat\s(?=[\"“])", re.IGNORECASE)  # fmt: skip
_HINT: Final = re.compile(
    r"words?\b|sentence|paragraph|lines?\b|bullet|character|placeholder|bracket|highlight|hashtag|letters?\b|caps\b|capital|case\b|json|title|<<|post|P\.?S|quot|comma|mark|digit"
    r"|numeral|emoji|asterisk|list|colon|dash|start|begin|open|end|finish|conclud|close|repeat|repleat|includ|mention|contain|incorporat|section|day|respon|answer|repl|written|write|output"
    r"|language|only|term|phrase|version|times?\b",
    re.IGNORECASE,
)
_VOCABULARY: Final = Vocabulary(
    subject=re.compile(r"\b(?P<words>(?:key\s?)?words?|terms?|phrases?)\b(?!-)(?:\s?(?:of|such\sas|like|including|are|is|in)\b)?\s?[:(]?\s?|\b(?P<letter>letters?|characters?)\s", re.IGNORECASE),
    bare=re.compile(r"(?!(?:that|with|in|which|should|must|to|of|and|or|from|count|limit|the|a|an|is|are|you|your|for|more|less|at|on|by|as|like|such|can|will|may|problem|per|long|but|choice|list|lists|have|has|each|it|maximum|minimum|below|above|if|when|document|game|search|used|using|all|appear\w*|do|does|not|they|only|written|starting|beginning|ending|related|describing|meaning|length|about|into|between|range)\b)[A-Za-zÀ-ÿ][A-Za-zÀ-ÿ'’-]*", re.IGNORECASE),
    bare_letter=re.compile(r"[\"'“‘]?([A-Za-z#!?&@])[\"'”’]?(?![\w'’])"),
    times=_TIMES,
    negative_before=re.compile(r"\b(?:do\s?not|dont|not|without|avoid(?:ing)?|refrain(?:ing)?|never|excluding|exclude|omit|cannot|forbidden|banned|leave\sout|free\sof)\b|n['’]t\b|\bno\s\Z|\bnot?\sto\b", re.IGNORECASE),
    negative_after=re.compile(r"^[^.\n]{0,40}?(?:\b(?:not|never|cannot)\b|n['’]t\b)\s(?:be\s|ever\s|even\s)?(?:appear|use|used|include|included|mention|mentioned|present|occur|allowed|permitted)|^[^.\n]{0,20}?\b(?:forbidden|banned|prohibited|off-limits)\b", re.IGNORECASE),
    positive_before=re.compile(r"\b(?:include|includes|including|incorporat\w+|use|uses|using|contain|contains|containing|mention|mentions|mentioning|insert|inserting|add|adding|feature|featuring|employ|weave|with)\b(?!\sof\b)", re.IGNORECASE),
    positive_after=re.compile(r"^[^.\n]{0,20}?\b(?:must|should|need\sto|needs\sto|has\sto|have\sto|shall)\s(?:all\s|both\s)?(?:be\s(?:included|used|mentioned|present|in)|appear|occur)\b", re.IGNORECASE),
    elsewhere=re.compile(r"\b(?:start|begin|beginn|end|finish|conclud|open|clos|replac|rhym|mean|defin|spell|translat|follow|preced|mark|synonym|separat|repeat)\w*\b|\bbefore\b|\bafter\b", re.IGNORECASE),
    bare_include=re.compile(r"\b(?:include|mention|incorporate|contain)s?\s(?:both\s|the\s(?:text|string|name)s?\s)?(?=[\"“])", re.IGNORECASE),
    numbers=_NUMBERS,
)  # fmt: skip


def find(clauses: list[Clause], prompt: str) -> Iterator[Constraint]:
    """Yield the instructions that English clauses state."""
    clauses = [clause for clause in clauses if _HINT.search(clause.masked)]
    yield from _counts(clauses)
    yield from _lists(clauses)
    yield from _marked_counts(clauses, prompt)
    for clause in clauses:
        yield from subject_constraints(clause, _VOCABULARY)
    if not _PROGRAM.search(prompt):
        yield from _letters(clauses)
    yield from _formats(clauses, prompt)
    yield from _edges(clauses, prompt)


def _counts(clauses: list[Clause]) -> Iterator[Constraint]:
    for clause, match in each_match(_COUNT, clauses):
        unit = next(name for name in _UNITS if match[name])
        relation = relation_of(match)
        number = number_of(match["n"], _NUMBERS)
        last = number_of(match["m"], _NUMBERS) if match["m"] else None
        if number is None or not _binds(clause.masked, match, unit, stated=relation is not None or last is not None):
            continue
        if relation is None and unit in _LOOSELY_BOUND:
            relation = "ge"
        if relation is None and unit == "words" and number > 10:
            relation = "about"
        yield {"kind": unit, **bounds(relation, number, last)}


def _lists(clauses: list[Clause]) -> Iterator[Constraint]:
    for _, match in each_match(_LIST_OF, clauses):
        number = number_of(match["n"], _NUMBERS)
        if number is not None:
            yield {"kind": "numbered_entries" if match["numbered"] else "bullets", **bounds(relation_of(match), number)}


def _binds(masked: str, match: re.Match[str], unit: str, *, stated: bool) -> bool:
    """Say whether a count bounds the answer, rather than a part of it or what it speaks of."""
    before, after = masked[: match.start()], masked[match.end() :]
    if _OF_A_PART.search(before[-80:]) or _PER_PART.match(after):
        return False
    if unit == "words":
        states = match["hyphen"] == "-" or match["long"] or _STATES_LENGTH.search(before)
        return not match["kindly"].strip() and not _OF_CONTENT.match(after) and bool(stated or states)
    if unit == "characters":
        return stated and number_of(match["n"], _NUMBERS) not in range(20)
    if _NARRATED.search(before):
        return False
    if unit == "lines":
        return not match["kindly"].strip() and bool(stated or match["hyphen"] == "-" or _STATES_LENGTH.search(before))
    return not masked.rstrip().endswith("?") or stated


def _marked_counts(clauses: list[Clause], prompt: str) -> Iterator[Constraint]:
    """Find counts of parts that the prompt shows how to mark: highlights, sections, words in capitals."""
    if "*" in prompt or "markdown" in prompt.casefold():
        for _, match in each_match(_HIGHLIGHT, clauses):
            number = number_of(match["n"], _NUMBERS)
            if number is not None:
                yield {"kind": "highlights", **bounds(relation_of(match) or "ge", number)}
    mark = _section_mark(clauses)
    counted = [match for clause, match in each_match(_SECTION_COUNT, clauses) if not _PER_PART.match(clause.masked[match.end() :])]
    numbers = {number for match in counted if (number := number_of(match["n"], _NUMBERS)) is not None}
    if mark and len(numbers) == 1:
        yield {"kind": "sections", "mark": mark, **bounds(relation_of(counted[0]) or "ge", numbers.pop())}
    for clause, match in each_match(_TIMES, clauses):
        if re.search(rf"{_CAPITAL_WORDS}[^.\n]{{0,60}}\Z", clause.masked[: match.start()], re.IGNORECASE):
            number = number_of(match["n"] or match["n1"], _NUMBERS)
            if number is not None:
                yield {"kind": "capital_words", **bounds(relation_of(match), number)}


def _section_mark(clauses: list[Clause]) -> str | None:
    for clause in clauses:
        if not re.search(r"\b(?:section|part|chapter|day|mark|beginning|label|header|split|divid)", clause.masked, re.IGNORECASE):
            continue
        match = _SECTION_MARK.search(clause.masked)
        if match is not None:
            return match["mark"]
        marks = [found[1] for words in quoted_in(clause.text) if (found := _SECTION_MARK_QUOTED.fullmatch(words))]
        if marks:
            return marks[0]
    return None


def _letters(clauses: list[Clause]) -> Iterator[Constraint]:
    for clause in clauses:
        for pattern, kind in ((_LOWERCASE, "lowercase"), (_UPPERCASE, "uppercase")):
            match = pattern.search(clause.masked)
            if (
                match
                and not _CODE.search(clause.masked)
                and not _OF_SOME.search(re.split(r"[,;:]", clause.masked[: match.start()])[-1][-40:])
            ):
                yield {"kind": kind}
        for pattern in (_IN_LANGUAGE, _ONLY_LANGUAGE, _LANGUAGE_ONLY):
            match = pattern.search(clause.masked)
            if match and not clause.masked.rstrip().endswith("?"):
                yield {"kind": "language", "language": _LANGUAGES[match["language"].casefold()]}
        for match in _NO_MARKS.finditer(clause.masked):
            if not _BUT.search(match[0]) and not _COUNTS_THINGS.search(clause.masked):
                also = re.match(
                    rf"\s?(?:,|or|and|,\sor|nor)\s(?:any\s)?(?P<mark>{_MARK_NAMES})\b", clause.masked[match.end() :], re.IGNORECASE
                )
                yield from (_without_marks(found["mark"].casefold()) for found in (match, also) if found)


def _without_marks(mark: str) -> Constraint:
    if mark.startswith(("digit", "numeral")):
        return {"kind": "no_digits"}
    return {"kind": "no_emoji"} if mark.startswith("emoji") else {"kind": "avoids_characters", "characters": _MARKS[mark[:6].rstrip("s")]}


def _formats(clauses: list[Clause], prompt: str) -> Iterator[Constraint]:
    for clause in clauses:
        masked = clause.masked
        if _JSON.search(masked) and not re.search(r"\b(?:input|following\sJSON|parse|convert|not)\b", masked, re.IGNORECASE):
            yield {"kind": "json"}
        if _ANGULAR.search(masked):
            yield {"kind": "title", "open": "<<", "close": ">>"}
        elif match := _MARKED_TITLE.search(clause.text):
            yield {"kind": "title", "open": match["open"], "close": match["close"]}
        if _POSTSCRIPT.search(masked) and (marker := _PS.search(clause.text)):
            yield {"kind": "postscript", "marker": "P.P.S" if marker[0].upper().count("P") > 1 else "P.S."}
        if _QUOTE_ALL.search(masked) and _WHOLE.search(masked):
            yield {"kind": "quoted"}
        options = _OPTIONS.search(masked)
        if options and len(words := quoted_list(clause.text, options.end())[0]) > 1:
            yield {"kind": "one_of", "options": words}
    if _SIX.search(prompt):
        several = {number_of(match["n"], _NUMBERS) for _, match in each_match(_SEVERAL, clauses)} - {None, 1}
        if len(several) == 1:
            number = several.pop()
            yield {"kind": "responses", "min": number, "max": number, "separator": "******"}


def _edges(clauses: list[Clause], prompt: str) -> Iterator[Constraint]:
    for clause, match in each_match(_PARAGRAPH_START, clauses):
        n = number_of(re.sub(r"(?<=\d)(?:st|nd|rd|th)", "", match["n"] or match["n2"] or match["n3"]), _NUMBERS)
        word = quoted_list(clause.text, match.end())[0] or re.findall(r"^\s*([\w'’-]+)", clause.text[match.end() :])
        if n and word:
            yield {"kind": "paragraph_start", "n": n, "word": word[0]}
    for clause, match in each_match(_STARTS, clauses):
        words, _ = quoted_list(clause.text, match.end())
        if (
            words
            and not is_template(words[0])
            and not _OF_PARTS.search(clause.masked[: match.start()])
            and not re.search(r"paragraph|sentence|line", match[0].split(" with", 1)[0])
        ):
            yield {"kind": "starts_with", "text": words[0]}
    for clause in clauses:
        for match in _ENDS.finditer(clause.masked):
            ending = _ending(clause, match)
            if ending and not is_template(ending) and not _OF_PARTS.search(clause.masked[: match.start()]):
                yield {"kind": "ends_with", "text": ending}
    yield from first_repeat(_REPEAT, clauses, prompt)


def _ending(clause: Clause, match: re.Match[str]) -> str | None:
    words, _ = quoted_list(clause.text, match.end())
    if words:
        return words[0]
    rest = clause.text[match.end() :].strip()
    return rest if match["colon"] and match["what"].strip() and 3 <= len(rest) <= 200 else None
