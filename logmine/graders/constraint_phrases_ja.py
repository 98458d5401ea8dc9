"""Japanese phrases that state an instruction which a program can check."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from .constraint_clauses import Clause, Constraint, bounds, denied, each_match, is_template, number_of, quoted_in, quoted_list, relation_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_NUMBERS: Final = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10, "二十": 20, "三十": 30, "百": 100, "二百": 200, "三百": 300, "四百": 400, "五百": 500, "ひと": 1, "ふた": 2}  # fmt: skip
_NUM: Final = r"(?:\d{1,3}(?:,\d{3})+|\d{1,6}|[二三四五]?[十百]|[一二三四五六七八九])"
_BEFORE: Final = r"(?:(?P<ge>少なくとも|最低(?:でも|限)?|最小(?:で)?)|(?P<le>最大(?:で|でも)?|多くとも|多くても|最高(?:で)?)|(?P<eq>ちょうど|きっかり|正確に|ぴったり)|(?P<about>約|およそ|大体|だいたい|おおよそ))?[、\s]?"  # fmt: skip
_AFTER: Final = r"(?:[\sの]?(?:(?P<ge2>以上)|(?P<le2>以内|以下|まで|を超えない)|(?P<lt2>未満|より少な[いく])|(?P<gt2>を?超(?:え|過)|より多[いく])|(?P<about2>程度|ほど|前後|くらい|ぐらい)|(?P<eq2>ちょうど|ぴったり)))?"
_RANGE: Final = rf"(?P<n>{_NUM})(?:\s?(?:文字|字|文|行|個|つ|回)?\s?(?:[~〜～\-–ー]|から)\s?(?P<m>{_NUM}))?\s?"
_UNITS: Final = {
    "characters": r"文字|字(?!目|以外|体|幕|熟)",
    "sentences": r"(?:つの)?(?:文(?!字|章|書|化|学|節|献)|センテンス)",
    "lines": r"行(?!目|事|動)",
    "paragraphs": r"(?:個の|つの|(?:つ|個)(?P<ge3>以上)の|(?:つ|個)(?P<le3>以内|以下)の)?(?:段落|パラグラフ)(?!目)",
    "placeholders": r"(?:個|つ|箇所)の?(?:プレースホルダー?|角括弧)",
    "bullets": r"(?:個|つ|項目|点)の?(?:項目の)?箇条書き",
    "numbered_entries": r"(?:個|つ|項目|点)の?(?:項目の)?(?:番号付き(?:の)?(?:リスト|箇条書き)|番号リスト)",
    "hashtags": r"(?:個|つ)の?ハッシュタグ",
    "highlights": r"(?:個|つ|箇所|か所|ヶ所)の?(?:セクション|部分|箇所|語句|単語|フレーズ)(?=[^。\n]{0,40}(?:強調|ハイライト))",
}
_COUNT: Final = re.compile(rf"{_BEFORE}(?<![\d.第]){_RANGE}(?:{'|'.join(f'(?P<{unit}>{form})' for unit, form in _UNITS.items())}){_AFTER}")
_LISTED: Final = re.compile(
    rf"(?P<numbered>番号付き)?(?:箇条書き|(?<=番号付き)リスト)(?:の項目|項目)?(?:で|を|として|は|にして)[、\s]?{_BEFORE}{_RANGE}(?:個|つ|項目|点){_AFTER}"
)
_COUNTED_THEN_LISTED: Final = re.compile(rf"{_BEFORE}(?<![\d.第]){_RANGE}(?:個|つ|項目|点|選){_AFTER}[^。\n]{{0,60}}?(?:(?P<numbered>番号付き(?:の)?リスト|番号付きの箇条書き)|箇条書き)(?:で|に|として|形式)")  # fmt: skip
_OF_A_PART: Final = re.compile(
    r"(?:この|その|これらの|あの|各|それぞれ(?:の)?|毎|一つの|1つの|最初の|最後の|次の|以下の|上の|上記の|前の|冒頭の?)[^。、をとでにが\n]{0,8}\Z|第\Z|(?:俳句|川柳|短歌)[^。\n]{0,10}\Z"
)
_PER_PART: Final = re.compile(r"ずつ|[^。\n]{0,6}(?:ごと|おき)|(?:目|の文章を(?:要約|翻訳|読)|の(?:言葉|単語|熟語|漢字で書))")
_KANJI_COUNTS: Final = (
    re.compile(rf"漢字[はをが]?[、\s]?{_BEFORE}{_RANGE}文?字{_AFTER}"),
    re.compile(rf"{_BEFORE}{_RANGE}文?字{_AFTER}(?:の|は|を)?、?漢字"),
)
_NEGATED: Final = re.compile(r"^[^。\n]{0,24}?(?:ない|ず(?:に)?|せず|いけません|なりません|ません|禁止|避け|控え|不可|だめ|ダメ)")
_TIMES: Final = re.compile(rf"{_BEFORE}{_RANGE}(?:回|度|か所|箇所){_AFTER}")
_SECTION: Final = re.compile(r"第\s?(?:[1-9]|[一二三]|[XNn○◯〇])\s?(?P<mark>章|節|項|部|幕|話|日|回|条)")
_SECTION_COUNT: Final = re.compile(rf"{_BEFORE}(?<![\d.第]){_RANGE}(?:つの|個の)?(?:章|節|項|部|セクション){_AFTER}")
_NOUN_ENDINGS: Final = (
    re.compile(rf"体言止め[^。\n]{{0,12}}?{_BEFORE}{_RANGE}(?:回|つ|個|文|箇所|か所){_AFTER}"),
    re.compile(rf"{_BEFORE}{_RANGE}(?:回|つ|個|文|箇所|か所){_AFTER}[^。\n]{{0,6}}?体言止め"),
)
_ELSEWHERE: Final = re.compile(
    r"始め|はじめ|書き出|終わ|締め|結び|置き換|言い換|意味|翻訳|訳し|段落|いずれか|どれか|統一|タイトル|のように|繰り返|区切"
)
_ONLY: Final = r"(?:のみ|だけ|オンリー)"
_NONE: Final = r"(?:を|は|が|も)?(?:一切|全く|まったく|一文字も|1文字も|一つも|絶対に|決して|なるべく)?[、\s]?(?:使わ|使用せ|使用し|用い|含ま|含め|入れ|書か|使って|使っては|出力し|付け|つけ)(?:ない|ず|て(?:は)?(?:いけ|なら|だめ|ダメ))|(?:を|は)?(?:禁止|使用禁止|なし(?:で|に))|を避け"
_SCRIPTS: Final = {"ひらがな": "hiragana", "平仮名": "hiragana", "カタカナ": "katakana", "片仮名": "katakana", "漢字": "kanji"}
_ONLY_SCRIPT: Final = re.compile(rf"(?P<script>{'|'.join(_SCRIPTS)}){_ONLY}")
_NO_SCRIPT: Final = re.compile(rf"(?P<script>{'|'.join(_SCRIPTS)})(?:{_NONE})")
_NO_MARKS: Final = re.compile(
    rf"(?P<marks>(?:句読点|読点|句点|コンマ|カンマ|ピリオド|感嘆符|疑問符|絵文字|数字|算用数字|アラビア数字|ひらがな|カタカナ|漢字|、|。|や|と|および|・|「\x1a」|\s){{1,7}})(?:{_NONE})"
)
_MARKS: Final = {
    "句読点": "。、",
    "読点": "、",
    "句点": "。",
    "コンマ": ",",
    "カンマ": ",",
    "ピリオド": ".",
    "感嘆符": "!！",
    "疑問符": "?？",
}
_KANJI_NUMBERS: Final = re.compile(
    r"(?:数字|数)(?:は|を)[^。\n]{0,24}?(?:全て|すべて|必ず|全部)?[^。\n]{0,8}?漢数字(?:で|に|のみ)|漢数字(?:のみ|だけ)で|算用数字[^。\n]{0,6}使わず"
)
_FURIGANA: Final = re.compile(
    r"(?:漢字|全て)[^。\n]{0,12}?(?:ふりがな|振り仮名|ルビ|読み仮名)(?:を|も)?[^。\n]{0,12}?(?:つけ|付け|振っ|ふっ|書|併記|記載)"
)
_ENDING: Final = re.compile(
    r"(?:全て|すべて|全部|各)の?(?:文末|語尾|文の(?:最後|終わり|末尾))[^。\n]{0,4}?(?:が|を|は|に)[^。\n]{0,4}?(?=「)|(?:文末|語尾)(?:は|を|が)(?:全て|すべて|必ず)(?=「)"
)
_LANGUAGES: Final = {
    "英語": "en", "フランス語": "fr", "ドイツ語": "de", "スペイン語": "es", "イタリア語": "it", "ポルトガル語": "pt", "オランダ語": "nl", "スウェーデン語": "sv",
    "ポーランド語": "pl", "フィンランド語": "fi", "ベトナム語": "vi", "スワヒリ語": "sw", "インドネシア語": "id", "トルコ語": "tr", "日本語": "ja", "中国語": "zh",
    "韓国語": "ko", "ロシア語": "ru", "ウクライナ語": "uk", "ブルガリア語": "bg", "アラビア語": "ar", "ペルシャ語": "fa", "ペルシア語": "fa", "ウルドゥー語": "ur",
    "ヒンディー語": "hi", "マラーティー語": "mr", "ネパール語": "ne", "ベンガル語": "bn", "タミル語": "ta", "テルグ語": "te", "カンナダ語": "kn",
    "マラヤーラム語": "ml", "グジャラート語": "gu", "パンジャブ語": "pa", "タイ語": "th", "ヘブライ語": "he", "ギリシャ語": "el",
}  # fmt: skip
_IN_LANGUAGE: Final = re.compile(rf"(?P<language>{'|'.join(sorted(_LANGUAGES, key=len, reverse=True))})(?:のみ|だけ)?(?:で(?:のみ|だけ)?|を(?:用いて|使って|使用して)|にて|に訳して|に翻訳して)[^。\n]{{0,24}}?(?:答え|回答|応答|書|返答|説明|出力|述べ|教え|作成|記述|ください|して)")  # fmt: skip
_JSON: Final = re.compile(
    r"(?:JSON(?:形式|フォーマット|オブジェクト)?|```\s?JSON[）)」]?)(?:など)?(?:のみ|だけ)?(?:で|に|として|を(?:用いて|使って|使用して|出力|返))",
    re.IGNORECASE,
)
_TITLE: Final = re.compile(
    r"(?:二重(?:鉤括弧|かぎ括弧|カギ括弧|かぎかっこ|カギカッコ)|『[^』\n]{0,40}』)[^。\n]{0,40}?(?:タイトル|題名|題|見出し)|(?:タイトル|題名|題)[^。\n]{0,40}?(?:二重(?:鉤括弧|かぎ括弧|カギ括弧|かぎかっこ|カギカッコ)|『[^』\n]{0,4}』)"
)
_POSTSCRIPT: Final = re.compile(r"追伸|後書き|P\.?\s?S\.?", re.IGNORECASE)
_POSTSCRIPT_STATED: Final = re.compile(
    r"(?:追伸|P\.\s?(?:P\.\s?)?S\.?)[^。\n]{0,24}?(?:追加|加え|つけ|付け|入れ|書い|添え|含め|始ま)", re.IGNORECASE
)
_SIX: Final = re.compile(r"\*{6}|アスタリスク(?:を)?(?:6|六)")
_TWO: Final = re.compile(
    r"(?P<n>[2-5二三四五])(?:つ|種類|通り|パターン|個|案|バージョン)の?(?:異なる|別々の|違う|別の)?(?:答え|回答|応答|返答|解答|案|バージョン|パターン|文章|方法|物語|詩|種類)?"
)
_EACH_ANSWER: Final = re.compile(r"(?:それぞれの|各)(?:答え|回答|応答|返答|解答|案|意見|文章)[^。\n]{0,24}?(?:区切|分け|分離)")
_QUOTE_ALL: Final = re.compile(
    r"(?:全体|全文|すべて|全て|回答|応答|答え|返答)[^。\n]{0,8}?(?:を|は)[^。\n]{0,8}?(?P<kind>二重)?(?:鉤括弧|かぎ括弧|カギ括弧|かぎかっこ|カギカッコ|「」|引用符)[^。\n]{0,8}?(?:囲|括|くく|包)"
)
_OPTIONS: Final = re.compile(
    r"(?:の)?(?:いずれか|どれか|どちらか|中から(?:一つ|1つ|ひとつ)?)[^。\n]{0,12}?(?:で|を|から)?[^。\n]{0,8}?(?:答え|回答|応答|選ん|選択|返答)"
)
_WORDS: Final = re.compile(r"(?:単語|語|言葉|キーワード|フレーズ|ワード|用語|語句|表現|文字|ひらがな|平仮名)")
_INCLUDE: Final = re.compile(r"(?:含め|含ん|入れ|使っ|使用し|用い|盛り込|加え|取り入れ|登場させ|組み込)(?:て|で|る|み|んで)?")
_FORBID: Final = re.compile(
    r"(?:含め|含ま|入れ|使わ|使用し|使用せ|用い|使っ|出さ|言わ|書か|登場させ|触れ)(?:ない|ず|て(?:は)?(?:いけ|なら|だめ|ダメ)|ては)|(?:避け|禁止|控え|除い|使用不可)"
)
_PARAGRAPH_START: Final = re.compile(
    r"(?:第\s?)?(?P<n>\d{1,2}|[一二三四五六七八九]|最初|はじめ)(?:つ目の|番目の|の)?段落(?:目)?(?:は|を|の(?:最初|冒頭|書き出し|始まり)(?:は|を)?)[、\s]?(?:必ず)?(?=「)"
)
_STARTS: Final = re.compile(r"(?:で|から)(?:必ず)?(?:応答|回答|答え|文章|返答|話)?(?:を)?(?:始め|はじめ|書き始め|書き出し|開始|スタート)")
_ENDS: Final = re.compile(
    r"(?:で|と)(?:必ず)?(?:応答|回答|文章|答え|返答)?(?:を)?(?:終わ|終え|締め|しめ|結ん|結び)|(?:最後|末尾|終わり)(?:に|は|で)[^。\n]{0,8}?(?=「)"
)
_ENDS_BELOW: Final = re.compile(
    r"(?:最後|末尾)[^。\n]{0,6}?(?:次|以下)の(?:文章|文|フレーズ|言葉|一文|質問|台詞|セリフ)|(?:次|以下)の(?:文章|文|フレーズ|言葉|一文|質問|台詞|セリフ)[^。\n]{0,6}?で[^。\n]{0,8}?(?:終わ|終え|締め)"
)
_REPEAT: Final = re.compile(r"(?:リクエスト|質問|指示|依頼|文章|プロンプト|問い|要求)[^。\n]{0,24}?(?:繰り返|復唱|くりかえ)")


def find(clauses: list[Clause], prompt: str) -> Iterator[Constraint]:
    """Yield the instructions that Japanese clauses state."""
    clauses = [clause for clause in clauses if re.search(r"[ぁ-ゖ]", clause.masked)]
    if not clauses:
        return
    yield from _counts(clauses)
    yield from _listed(clauses)
    yield from _other_counts(clauses, prompt)
    for clause in clauses:
        yield from _letters(clause)
        yield from _words(clause)
        yield from _formats(clause)
        yield from _edges(clause, prompt)
    for clause, _ in each_match(_ENDS_BELOW, clauses):
        if (words := quoted_in(clause.text) or quoted_in(prompt[clause.start + len(clause.text) :])) and not re.search(
            "追伸", clause.masked
        ):
            yield {"kind": "ends_with", "text": words[0]}
    if _SIX.search(prompt):
        several = {number_of(match["n"], _NUMBERS) for _, match in each_match(_TWO, clauses)} - {None}
        if len(several) == 1:
            number = several.pop()
            yield {"kind": "responses", "min": number, "max": number, "separator": "******"}
        elif not several and any(each_match(_EACH_ANSWER, clauses)):
            yield {"kind": "responses", "min": 2, "separator": "******"}


def _limits(match: re.Match[str], *, loosely: str | None = None) -> dict[str, int] | None:
    number = number_of(match["n"], _NUMBERS)
    last = number_of(match["m"], _NUMBERS) if match["m"] else None
    return None if number is None else bounds(relation_of(match) or (loosely if last is None else None), number, last)


def _counts(clauses: list[Clause]) -> Iterator[Constraint]:
    for clause, match in each_match(_COUNT, clauses):
        unit = next(name for name in _UNITS if match[name])
        before, after = clause.masked[: match.start()], clause.masked[match.end() :]
        if _OF_A_PART.search(before) or _PER_PART.match(after) or (unit == "characters" and _is_of_letters(before, after)):
            continue
        loosely = "ge" if unit in {"placeholders", "highlights", "hashtags"} else "about" if unit == "characters" else None
        limits = _limits(match, loosely=loosely)
        if limits is None or (unit == "characters" and (number_of(match["n"], _NUMBERS) or 0) < 10):
            continue
        if relation_of(match) in {"ge", "gt"} and _NEGATED.match(after):
            limits = denied(limits)
        yield {"kind": unit, **limits}


def _is_of_letters(before: str, after: str) -> bool:
    """Say whether characters of one script are counted, or one character is spoken of."""
    return (
        re.match(r"[のはをが、も]{0,2}(?:漢字|ひらがな|カタカナ|英字|数字|「)", after) is not None
        or re.search(r"(?:漢字|ひらがな|カタカナ|」|一)[はをがも]?\Z", before) is not None
    )


def _listed(clauses: list[Clause]) -> Iterator[Constraint]:
    for pattern in (_LISTED, _COUNTED_THEN_LISTED):
        for clause, match in each_match(pattern, clauses):
            limits = _limits(match)
            if limits is not None and not _OF_A_PART.search(clause.masked[: match.start()]):
                yield {"kind": "numbered_entries" if match["numbered"] else "bullets", **limits}


def _other_counts(clauses: list[Clause], prompt: str) -> Iterator[Constraint]:
    for pattern in _KANJI_COUNTS:
        for clause, match in each_match(pattern, clauses):
            limits = _limits(match)
            if limits is not None:
                negated = "max" not in limits and _NEGATED.match(clause.masked[match.end() :])
                yield {"kind": "kanji", **(denied(limits) if negated else limits)}
    for pattern in _NOUN_ENDINGS:
        for _, match in each_match(pattern, clauses):
            limits = _limits(match, loosely="ge")
            if limits is not None:
                yield {"kind": "noun_endings", **limits}
    marks = {match["mark"] for match in _SECTION.finditer(prompt)}
    counted = [limits for _, match in each_match(_SECTION_COUNT, clauses) if (limits := _limits(match, loosely="ge")) is not None]
    if len(marks) == 1 and len(counted) == 1:
        yield {"kind": "sections", "mark": marks.pop(), "ordinal": True, **counted[0]}


def _letters(clause: Clause) -> Iterator[Constraint]:
    masked = clause.masked
    for match in _ONLY_SCRIPT.finditer(masked):
        if _SCRIPTS[match["script"]] != "kanji":
            yield {"kind": f"{_SCRIPTS[match['script']]}_only"}
    for match in _NO_SCRIPT.finditer(masked):
        if not re.search(r"(?:文字|字)(?:以上|以下|以内|未満|程度)?[はのを、]{0,2}\Z", masked[: match.start()]):
            yield {"kind": f"no_{_SCRIPTS[match['script']]}"}
    for match in _NO_MARKS.finditer(masked):
        named = [mark for name, mark in _MARKS.items() if name in match["marks"]]
        if "絵文字" in match["marks"]:
            yield {"kind": "no_emoji"}
        elif named:
            yield {"kind": "avoids_characters", "characters": "。、" if "句読点" in match["marks"] else "".join(sorted(named))}
    if _KANJI_NUMBERS.search(masked):
        yield {"kind": "no_digits"}
    if _FURIGANA.search(masked):
        yield {"kind": "furigana"}
    if (match := _ENDING.search(masked)) and (ending := quoted_list(clause.text, match.end())[0]):
        yield {"kind": "sentence_ending", "ending": ending[0]}
    if (match := _IN_LANGUAGE.search(masked)) and not masked.rstrip().endswith(("?", "？")):
        yield {"kind": "language", "language": _LANGUAGES[match["language"]]}


def _words(clause: Clause) -> Iterator[Constraint]:
    """Yield what is said of quoted words: 「…」 という単語を……."""
    at = 0
    while (opening := re.compile('[「『"“]').search(clause.masked, at)) is not None:
        words, end = quoted_list(clause.text, opening.start())
        following = re.compile('[「『"“]').search(clause.masked, end)
        before, after = clause.masked[at : opening.start()], clause.masked[end : following.start() if following else len(clause.masked)]
        at = max(end, opening.end())
        if words and not _ELSEWHERE.search(after) and not _ELSEWHERE.search(before[-12:]):
            yield from _said(words, before, after)


def _said(words: list[str], before: str, after: str) -> Iterator[Constraint]:
    times = _TIMES.search(after)
    is_letter = (
        re.search(r"(?:文字|ひらがな|平仮名|カタカナ)[はをがの]?\Z", before) is not None
        or re.match(r"(?:という|の)(?:文字|ひらがな|平仮名)", after) is not None
    )
    if times is not None:
        limits = _limits(times)
        if limits is not None and relation_of(times) in {"ge", "gt"} and _NEGATED.match(after[times.end() :]):
            limits = denied(limits)
        kind = "letter" if is_letter and all(len(word) == 1 for word in words) else "word"
        if limits:
            yield from ({"kind": kind, kind: word, **limits} for word in words)
    elif _WORDS.search(before[-10:]) or _WORDS.search(after[:14]):
        if _FORBID.search(after):
            yield {"kind": "avoids_characters", "characters": "".join(words)} if is_letter else {"kind": "avoids", "words": words}
        elif _INCLUDE.search(after) and not is_letter:
            yield {"kind": "contains", "words": words}


def _formats(clause: Clause) -> Iterator[Constraint]:
    masked = clause.masked
    if _JSON.search(masked):
        yield {"kind": "json"}
    if _TITLE.search(masked):
        yield {"kind": "title", "open": "『", "close": "』"}
    if _POSTSCRIPT_STATED.search(clause.text) and (marker := _POSTSCRIPT.search(clause.text)):
        quoted = [words for words in quoted_in(clause.text) if _POSTSCRIPT.match(words)]
        yield {"kind": "postscript", "marker": quoted[0] if quoted else marker[0]}
    if (match := _QUOTE_ALL.search(masked)) is not None:
        yield {"kind": "quoted", "open": "『" if match["kind"] else "「", "close": "』" if match["kind"] else "」"}
    if (match := _OPTIONS.search(masked)) is not None:
        opening = re.compile("[「『]").search(masked)
        words, end = quoted_list(clause.text, opening.start()) if opening and opening.start() < match.start() else ([], 0)
        if len(words) > 1 and match.start() - end < 12:
            yield {"kind": "one_of", "options": words}


def _edges(clause: Clause, prompt: str) -> Iterator[Constraint]:
    masked = clause.masked
    for match in _PARAGRAPH_START.finditer(masked):
        words, end = quoted_list(clause.text, match.end())
        n = 1 if match["n"] in {"最初", "はじめ"} else number_of(match["n"], _NUMBERS)
        if words and n and re.match(r"[^。\n]{0,12}(?:始め|はじめ|書き出|開始)", masked[end:]):
            yield {"kind": "paragraph_start", "n": n, "word": words[0]}
    opening = re.compile("[「『]").search(masked)
    words, end = quoted_list(clause.text, opening.start()) if opening else ([], 0)
    if not opening or not words or re.search(r"段落|各|それぞれ|文頭|文末|語尾|追伸", masked[: opening.start()]):
        return
    if re.match(rf"[^。\n]{{0,14}}?{_STARTS.pattern}", masked[end:]):
        yield from [] if is_template(words[0]) else [{"kind": "starts_with", "text": words[0]}]
    last = _ENDS.search(masked[: opening.start() + 1])
    if re.match(
        r"[^。\n]{0,14}?(?:で|と)(?:必ず)?(?:応答|回答|文章|答え|返答)?(?:全体)?(?:を)?(?:終わ|終え|締め|しめ|結ん|結び)", masked[end:]
    ) or (last and re.search(r"出力|付け|つけ|書|加え|入れ|添え|述べ|締め", masked[end:]) and not re.search(r"追伸", masked)):
        yield {"kind": "ends_with", "text": words[-1]}
    if re.search(r"繰り返|復唱", masked[end:]) and len(words[0]) >= 10:
        yield {"kind": "repeats", "text": words[0]}
    elif (match := _REPEAT.search(masked)) and len(prompt[: clause.start].strip()) >= 20:
        yield {"kind": "repeats", "text": prompt[: clause.start].strip()}
