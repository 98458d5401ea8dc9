"""Pairs of prompts with their label, made from own texts and a seed: duplicates, and siblings whose answers differ."""

from __future__ import annotations

import gc
import random
import re
import warnings
from functools import lru_cache
from typing import TYPE_CHECKING

from fugashi import Tagger
from spylls.hunspell import Dictionary

if TYPE_CHECKING:
    from collections.abc import Callable

Pair = tuple[str, str]

# Running text, so that words come as often and in such company as they do. In Japanese | stands where a phrase ends.
ENGLISH = """
when i opened the parcel this morning i found that two of the glasses were broken and the invoice was missing so i would like to know whether you can
send me a new set before the weekend or refund the money to the account from which i paid it has been more than a week since the engineer looked at the
heating in our office and the radiator near the window stays cold although the boiler seems to work and the pressure looks normal to me could
somebody explain what we should check next and how long a repair usually takes my daughter starts school in september and we are looking for a quiet
flat with a small garden that is close to a station because we share a car what would you suggest and which documents do landlords in this city
expect from people who have just moved here from abroad the report that you prepared for the meeting covers the sales of last year but it leaves out
why the number of returns went up in spring please add a short section about the reasons that customers gave and compare them with the complaints that
reached our support team i am learning to bake bread at home and the crust turns out hard while the middle stays wet is the oven too hot or did i let the
dough rest for too short a time and does it matter which kind of flour i use the train was late again so we missed the ferry and had to stay overnight in
a hotel by the harbour can we claim the cost of the room from the railway company and where do we send the tickets our cat has stopped eating her dry
food although she drinks as usual and plays with the children should we take her to the vet now or wait until monday and watch her weight
"""
JAPANESE = """
先週|注文した|商品が|まだ|倉庫に|ある|ので|配送の|状況を|調べて|ほしいと|思います|届け先の|住所は|引っ越しの|前に|変更した|はずですが|確認の|メールは|昨日|届きました|
会議の|資料を|作って|いるのですが|表の|並べ方が|わかりにくいと|言われました|どのように|まとめると|読みやすく|なるのか|例を|挙げて|説明して|ください|
娘が|来年|小学校に|入るので|通学路の|近くで|静かな|部屋を|探して|います|駅から|歩いて|通えて|小さな|庭が|ある|家を|すすめて|ください|
パソコンの|電源を|入れても|画面が|暗い|ままで|音だけが|聞こえます|ケーブルを|つなぎ直しましたが|音は|同じです|修理に|出す|前に|自分で|試せる|ことを|教えて|ください|
家で|パンを|焼いて|いますが|皮が|かたくて|中が|しっとり|しすぎて|しまいます|オーブンの|温度と|生地を|休ませる|時間の|どちらを|見直すべきか|知りたいです|
電車が|遅れて|船を|逃して|港の|ホテルに|泊まることに|なりました|部屋の|代金を|鉄道会社に|請求できるのか|きっぷは|どこに|送れば|よいのか|教えて|ください|
報告書には|売り上げの|まとめが|ありますが|返品が|増えた|理由を|詳しく|読みたいです|お客様の|声を|もとに|短い|説明を|加えて|表と|くらべて|ください
"""
_KANA = "あいうえおかきくけこさしすせそたちつてとなにのはひまみもやよらりるれろをん"
_KATAKANA = "アイウエオカキクケコサシスセソタチツテトナニノハヒマミモラリルレロン"


def windows(language: str, n_words: int, n: int, *, seed: int) -> list[str]:
    """Return ``n`` different texts of ``n_words`` successive words (in Japanese: phrases)."""
    gap, words = (" ", ENGLISH.split()) if language == "en" else ("", JAPANESE.replace("\n", "").split("|"))
    starts = random.Random(seed).sample(range(len(words) - n_words), min(n, len(words) - n_words))
    return [gap.join(words[start : start + n_words]) for start in starts]


def one_edit(rng: random.Random, text: str) -> str:
    """Return ``text`` with a letter left out, added, replaced by another of its script, or swapped with the next; ideographs are left alone."""
    while True:
        place = rng.randrange(len(text) - 1)
        head, here, after, tail = text[:place], text[place], text[place + 1], text[place + 2 :]
        if here >= "一":
            continue
        letters = _KATAKANA if "ァ" <= here <= "ー" else _KANA if not text.isascii() else "abcdefghijklmnopqrstuvwxyz"
        letter = rng.choice(letters)
        edited = head + rng.choice([after, here + letter + after, letter + after, after + here if after < "一" else after]) + tail
        if " ".join(edited.split()) != text:
            return edited


# Words that one edit makes of the words in katakana of the running text.
_OTHER_KATAKANA = """
モテル ホタル セール ルール モール ケール コール トール ミール ヒール ソール シール クール テール タール ホール レール メーカ メート メータ オーブ
テーブル ノーブル マーブル
"""
_NUMBER_WORDS = {"one", "two", "three", "ten"}
_GRAMMAR = {"助詞", "助動詞"}  # particles and endings


def is_another_wording(language: str, one: str, edited: str) -> bool:
    """Tell whether an edit gave a text that is as right as before and says something else, by dictionaries that the rooms under test do not use.

    English: each new word is in Hunspell's dictionary (*coat* of *cost*), or the word that was edited is a number. Japanese, in katakana: the new
    word is one that a reader knows, or has fewer than three letters; else UniDic reads one word in place of another of its kind (ある, いる), or the
    edit made or took away a negation (ない, なく).
    """
    if language == "en":
        before, after = set(one.split()), set(edited.split())
        return not _NUMBER_WORDS.isdisjoint(before - after) or (before != after and all(map(_is_english, after - before)))
    runs = set(re.findall("[ァ-ヺー]+", edited)) - set(re.findall("[ァ-ヺー]+", one))
    if runs or re.findall("[ァ-ヺー]", one) != re.findall("[ァ-ヺー]", edited):
        return any(run in _OTHER_KATAKANA.split() or len(run) < 3 for run in runs)
    if re.findall("な[いくし]", one) != re.findall("な[いくし]", edited):
        return True
    return _is_read_as_another_word(*_around_the_edit(one, edited))


@lru_cache(maxsize=1)
def _hunspell() -> Dictionary:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # it leaves its files open
        dictionary = Dictionary.from_files("en_US")
        gc.collect()
    return dictionary


@lru_cache(maxsize=4096)
def _is_english(word: str) -> bool:
    return _hunspell().lookup(word)


@lru_cache(maxsize=1)
def _unidic() -> Tagger:
    return Tagger()


def _around_the_edit(one: str, edited: str) -> Pair:
    """Return what differs, with eight characters to either side."""
    head = next((place for place, (a, b) in enumerate(zip(one, edited, strict=False)) if a != b), min(len(one), len(edited)))
    tail = next((n for n in range(min(len(one), len(edited)) - head) if one[-1 - n] != edited[-1 - n]), 0)
    first, left_out = max(0, head - 8), max(0, tail - 8)
    return one[first : len(one) - left_out], edited[first : len(edited) - left_out]


def _is_read_as_another_word(one: str, edited: str) -> bool:
    before, after = ([(word.surface, word.feature.pos1, word.is_unk) for word in _unidic()(text)] for text in (one, edited))
    changed = [(a, b) for a, b in zip(before, after, strict=False) if a[0] != b[0]]
    kinds = {word[1] for pair in changed for word in pair}
    return len(before) == len(after) and len(changed) == 1 and not changed[0][1][2] and (len(kinds) == 1 or kinds <= _GRAMMAR)


def duplicates(language: str, kind: str, n: int, *, seed: int) -> list[Pair]:
    """Return ``n`` pairs of one question, written in two ways of ``kind``."""
    rng = random.Random(seed)
    texts = [text for length in range(4, 16) for text in windows(language, length, n // 12 + 1, seed=seed + length)][:n]
    return [(text, WAYS[kind](rng, text, language)) for text in texts]


def _punctuated(rng: random.Random, text: str, language: str) -> str:
    mark = rng.choice("。！？" if language == "ja" else [".", "!", "?", " ...", ";"])
    words = text.split()
    if language == "en" and len(words) > 3:
        place = rng.randrange(1, len(words) - 1)
        words[place] += ","
    return " ".join(words) + mark


def _spaced(rng: random.Random, text: str, language: str) -> str:
    words = text.split() if language == "en" else list(text)
    return "".join(word + rng.choice([" ", "  ", "\t", "\u3000"] if language == "en" else ["", "", ""]) for word in words) + rng.choice(
        [" ", "\n"]
    )


def _courteous(rng: random.Random, text: str, language: str) -> str:
    if language == "ja":
        return rng.choice([f"すみませんが、{text}", f"{text}。よろしくお願いします。", f"こんにちは。{text}"])
    return rng.choice([f"Please {text}", f"Hello, {text}", f"{text}, please", f"Hi there, {text}. Thanks!", f"could you please {text}"])


WAYS: dict[str, Callable[[random.Random, str, str], str]] = {
    "typo": lambda rng, text, _: one_edit(rng, text),
    "punctuation": _punctuated,
    "white space": _spaced,
    "letter case": lambda rng, text, _: rng.choice([text.upper(), text.capitalize(), text.title()]),
    "courtesy": _courteous,
    "ticket": lambda rng, text, _: f"[ticket #{rng.randrange(10**5, 10**6)} | session {rng.randrange(16**8):x}a1]\n{text}",
}


# Templates with two values of one kind, of which a sibling has the other; {noun}, {n} and {m} make them different questions.
SIBLINGS = {
    "en": {
        "number": (
            "how many {noun} are left when {n} of {a} are sold and {m} are given away",
            [("40", "41"), ("75", "57"), ("1200", "1201")],
        ),
        "number word": ("name the {a} most common kinds of {noun} sold in {n} shops of {m} towns", [("three", "four"), ("ten", "two")]),
        "unit": (
            "how long do {n} {noun} take for {m} {a} without a rest",
            [("km", "miles"), ("meters", "feet"), ("kg", "lb"), ("hours", "minutes")],
        ),
        "negation": ("which of the {n} {noun} in room {m} are {a}allowed to leave the building", [("", "not "), ("", "never ")]),
        "option": ("which one is for {noun} {n}?\nA) {m}\nB) {a}\nC) none", [("red", "blue"), ("shop", "ship")]),
        "order of options": ("which one fits {noun} {n} of {m}?\n{a}", [("A) rain\nB) snow", "A) snow\nB) rain")]),
        "code": ("what does {a} give for {noun} {n} and {m}", [("rows[1:]", "rows[:1]"), ("sort(up)", "sort(down)"), ("x == y", "x != y")]),
        "quoted span": ('how is "{a}" said among the {noun} of room {n} to {m}', [("receive", "deceive"), ("Polish", "polish")]),
        "name": (
            "how many {noun} did {n} guests from {a} order in {m} days",
            [("Iran", "Iraq"), ("Austria", "Australia"), ("Mali", "Bali"), ("Niger", "Nigeria")],
        ),
        "person": (
            "how many {noun} of {n} did {a} lend to {m} friends",
            [("Anna", "Anne"), ("Jon", "John"), ("Maria", "Marta"), ("Lisa", "Luisa")],
        ),
        "word": (
            "is the {a} of {noun} {n} better than that of {m}",
            [("trial", "trail"), ("angle", "angel"), ("desert", "dessert"), ("effect", "affect")],
        ),
        "date": (
            "which {noun} arrived on {a} in lots of {n} or {m}",
            [("2024-03-01", "2024-03-11"), ("3 May", "3 June"), ("Monday", "Friday")],
        ),
        "comparison": ("are there {a} {noun} than {n} in {m} boxes", [("more", "fewer"), ("heavier", "lighter")]),
        "before and after": ("what happens to {noun} {n} {a} step {m}", [("before", "after"), ("above", "below")]),
        "language": ("describe the {noun} of house {n} in {m} words in {a}", [("French", "German"), ("Spanish", "Danish")]),
        "added word": ("list the {a}{noun} in lot {n} and lot {m}", [("", "largest "), ("", "oldest ")]),
        "another word": (
            "is the {a} of {noun} {n} older than that of {m}",
            [
                ("house", "rouse"),
                ("book", "rook"),
                ("month", "moth"),
                ("city", "cite"),
                ("yeast", "least"),
                ("oven", "open"),
                ("promise", "premise"),
            ],
        ),
        "lettered": (
            "which {noun} of {n} have {a} in lot {m}",
            [("vitamin a", "vitamin"), ("hepatitis a", "hepatitis"), ("type a", "type b")],
        ),
        "dose": (
            "give {n} {a} of it to {noun} of room {m}",
            [("mg", "g"), ("mL", "L"), ("mW", "MW"), ("tsp", "tbsp"), ("am", "pm"), ("µg", "mg")],
        ),
        "negative word": (
            "list the {a} {noun} of {n} in room {m}",
            [("valid", "invalid"), ("available", "unavailable"), ("legal", "illegal"), ("dairy", "non-dairy"), ("paid", "unpaid")],
        ),
        "contraction": (
            "why {a} {noun} of {n} go to {m}",
            [("do", "don't"), ("can", "can’t"), ("does", "doesnt"), ("should", "shouldn't")],
        ),
        "exception": ("ship {n} {noun} to all {a} room {m}", [("and", "but"), ("including", "excluding"), ("with", "without")]),
        "whose": ("is {a} house {n} nearer to {noun} than {m}", [("his", "this"), ("your", "our"), ("these", "there")]),
        "code name": (
            "what does {a} do with {noun} {n} in {m} lines",
            [("myVar", "MyVar"), ("`Name`", "`name`"), ('{{"Key": 1}}', '{{"key": 1}}')],
        ),
        "Roman numeral": ("how many {noun} were left {n} days after world war {a} in {m} towns", [("i", "ii"), ("I", "II")]),
        "order of words": ("are {a} with {n} or {m}", [("{noun} larger than trucks", "trucks larger than {noun}")]),
    },
    "ja": {
        "number": ("{noun}を{a}個買い、{n}個を{m}人に配りました。残りはいくつですか", [("40", "41"), ("75", "57"), ("１２０", "１２１")]),
        "number word": ("{noun}{n}箱を{m}人が{a}つずつ取ると足りますか", [("三", "四"), ("五", "二")]),
        "unit": ("{noun}{n}箱を{m}{a}運ぶと何分かかりますか", [("キロメートル", "マイル"), ("メートル", "フィート"), ("日", "年")]),
        "negation": ("{noun}{n}番と{m}番は{a}", [("使えますか", "使えませんか"), ("食べていい", "食べてはいけない")]),
        "option": ("{noun}{n}番はどれですか\nA) {m}\nB) {a}", [("赤", "青"), ("海", "山")]),
        "order of options": ("{noun}{n}番と{m}番はどれですか\n{a}", [("A) 雨\nB) 雪", "A) 雪\nB) 雨")]),
        "code": ("{noun}{n}番と{m}番で{a}の結果は何ですか", [("rows[1:]", "rows[:1]"), ("sort(up)", "sort(down)")]),
        "quoted span": ("{noun}{n}番から{m}番で「{a}」はどう読みますか", [("橋", "箸"), ("はし", "はじ")]),
        "name": (
            "{noun}{n}箱と{m}箱を{a}から運ぶ方法を説明してください",
            [("イラン", "イラク"), ("オーストリア", "オーストラリア"), ("東京", "大阪")],
        ),
        "person": (
            "{a}さんは{noun}を{n}個持っていて{m}個もらいました。全部でいくつですか",
            [("たかし", "たけし"), ("太郎", "次郎"), ("ハンナ", "アンナ")],
        ),
        "word": ("{noun}{n}番の{a}は{m}番より多いですか", [("男性", "女性"), ("会社", "社会"), ("春", "秋")]),
        "date": ("{a}に届いた{noun}{n}箱は{m}号室ですか", [("3月1日", "3月11日"), ("月曜日", "火曜日")]),
        "comparison": ("{noun}{n}箱は{m}箱より{a}ですか", [("多い", "少ない"), ("重い", "軽い")]),
        "before and after": ("{noun}{n}番は手順{m}の{a}に何をしますか", [("前", "後"), ("上", "下")]),
        "language": ("{noun}{n}番の説明を{m}文字の{a}で書いてください", [("フランス語", "ドイツ語"), ("英語", "中国語")]),
        "kanji numeral": (
            "{noun}{n}箱を{a}に{m}人で配る方法を教えてください",
            [("十二人", "十三人"), ("三百二十円", "三百十二円"), ("二〇二四年", "二〇二三年"), ("ひとつ", "ふたつ"), ("壱万円", "弐万円")],
        ),
        "dose": (
            "{noun}{n}箱に薬を{m}{a}の割合で入れますか",
            [("mg", "g"), ("ミリ", "センチ"), ("mm", "cm"), ("キロ", "トン"), ("階", "回")],
        ),
        "negative ending": (
            "{noun}{n}個を{a}作る方法を{m}個教えてください",
            [
                ("使わず", "使い"),
                ("使わずに", "使って"),
                ("保存せず", "保存し"),
                ("使える人が", "使えん人が"),
                ("砂糖なしで", "砂糖ありで"),
                ("卵抜きで", "卵入りで"),
            ],
        ),
        "katakana word": (
            "{noun}{n}番の{a}は{m}番のと同じですか",
            [
                ("ランプ", "トランプ"),
                ("アクション", "リアクション"),
                ("ブランド", "ブレンド"),
                ("オーブン", "オープン"),
                ("バグ", "バッグ"),
                ("クリーム", "スクリーム"),
            ],
        ),
        "hiragana word": (
            "{noun}{n}箱の中に{a}は{m}個ですか",
            [("いぬ", "いか"), ("はし", "はじ"), ("さる", "ざる"), ("くつ", "くし"), ("うし", "すし")],
        ),
        "particle": ("先生{a}貸した{noun}{n}番は{m}号室ですか", [("が", "に"), ("に", "と"), ("も", "が")]),
        "ending": (
            "{noun}{n}番で{a}{m}人は誰ですか",
            [("食べる", "食べた"), ("増えた", "増える"), ("食べられる", "食べさせる"), ("座っている", "座ってある")],
        ),
        "demonstrative": ("{a}{noun}{n}番は{m}番より多いですか", [("この", "その"), ("どの", "あの")]),
        "added word": ("{noun}{n}番と{m}番の{a}一覧を作ってください", [("", "最大の"), ("", "英語の")]),
    },
}
_NOUNS = {
    "en": ("apples", "books", "chairs", "lamps", "tickets", "letters", "plants", "bottles", "windows", "parcels", "stamps", "candles"),
    "ja": ("りんご", "本", "いす", "切手", "手紙", "花", "びん", "窓", "荷物", "毛布", "かご", "ろうそく", "皿", "箱", "帽子"),
}


def siblings(language: str, kind: str, n: int, *, seed: int) -> list[Pair]:
    """Return ``n`` pairs of prompts of one template that differ in one thing of ``kind``, and so in their answers."""
    rng = random.Random(seed)
    template, values = SIBLINGS[language][kind]
    pairs: list[Pair] = []
    for place in range(n):
        filled = {"noun": rng.choice(_NOUNS[language]), "n": str(100 + place), "m": str(rng.randrange(2, 90))}
        one, other = (template.format(a=value, **filled).format(**filled) for value in rng.choice(values))
        pairs.append((one, other))
    return pairs
