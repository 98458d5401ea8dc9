import pytest
from hypothesis import given
from hypothesis import strategies as st

from logmine.tasks.code import code_in
from logmine.tasks.guard import guard

SIBLINGS = {
    "number": ("Add 3 and 4.", "Add 3 and 5."),
    "decimal": ("Round 3.14 down.", "Round 3.41 down."),
    "order of numbers": ("Subtract 3 from 4.", "Subtract 4 from 3."),
    "number word": ("Name three rivers of France.", "Name four rivers of France."),
    "half": ("Take half of it.", "Take double of it."),
    "operator": ("What is 3 + 5?", "What is 3 - 5?"),
    "comparison": ("Is x < 5 here?", "Is x > 5 here?"),
    "sign": ("Round -5 to tens.", "Round 5 to tens."),
    "product of letters": ("Expand a * b.", "Expand a / b."),
    "currency": ("Convert $5.", "Convert €5."),
    "percent": ("Take 5% of it.", "Take 5 of it."),
    "negation": ("Which of these is a mammal?", "Which of these is not a mammal?"),
    "contracted negation": ("Why does it work?", "Why doesn’t it work?"),
    "without": ("Coffee with milk.", "Coffee without milk."),
    "quoted span": ('Spell "receive" aloud.', 'Spell "deceive" aloud.'),
    "case in quotes": ('Does "Polish" have a capital?', 'Does "polish" have a capital?'),
    "code span": ("What does `sorted(a)` give?", "What does `sorted(b)` give?"),
    "code case": ("Run it:\n```\nx = A\n```", "Run it:\n```\nx = a\n```"),
    "code indentation": ("Run it:\n```\nif x:\n    y()\n    z()\n```", "Run it:\n```\nif x:\n    y()\nz()\n```"),
    "bare code": ("def f(x):\n    if x:\n        return X\n    return 0", "def f(x):\n    if x:\n        return x\n    return 0"),
    "dose": ("Give 5 mg of it.", "Give 5 g of it."),
    "dose written together": ("Give 5mg of it.", "Give 5g of it."),
    "spoons": ("Add 5 tsp of it.", "Add 5 tbsp of it."),
    "capital of a unit": ("A laser of 5 mW.", "A laser of 5 MW."),
    "bits and bytes": ("A line of 10 Mb/s.", "A line of 10 MB/s."),
    "time of day": ("A call at 3am.", "A call at 3 p.m."),
    "ordinal": ("On the fifteenth floor.", "On the fiftieth floor."),
    "Roman numeral": ("Causes of World War I.", "Causes of World War II."),
    "lettered": ("Sources of vitamin A.", "Sources of vitamin."),
    "negated word": ("Count the valid rows.", "Count the invalid rows."),
    "negated by a prefix": ("List dairy food.", "List non-dairy food."),
    "exception": ("Everyone and Anna.", "Everyone but Anna."),
    "apostrophe left out": ("Why does it work?", "Why doesnt it work?"),
    "camel case": ("What does myVar hold?", "What does MyVar hold?"),
    "key of JSON": ('Read {"Key": 1}.', 'Read {"key": 1}.'),
    "Arabic digits": ("كم ١٢ كتاب", "كم ١٣ كتاب"),
    "zh number": ("请列出十五条建议", "请列出五十条建议"),
    "zh negation": ("这个可以吃", "这个不可以吃"),
    "ja unit behind letters": ("5mmのネジ", "5cmのネジ"),
    "ja unit in katakana": ("５ミリのネジ", "５センチのネジ"),
    "ja year": ("二〇二四年の出来事", "二〇二三年の出来事"),
    "ja hundreds": ("三百二十円の本", "三百十二円の本"),
    "ja zu": ("砂糖を使わず作る方法", "砂糖を使い作る方法"),
    "ja sezu": ("保存せず終了する方法", "保存し終了する方法"),
    "ja nu": ("知らぬ人に話す", "知る人に話す"),
    "ja n": ("使える機能", "使えん機能"),
    "ja without": ("卵抜きのケーキ", "卵入りのケーキ"),
    "ja number": ("3を足してください。", "4を足してください。"),
    "ja full-width number": ("３を足してください。", "４を足してください。"),
    "ja kanji numeral": ("三つの川を挙げてください。", "四つの川を挙げてください。"),
    "ja negation": ("正しいものを選んでください。", "正しくないものを選んでください。"),
    "ja polite negation": ("これは使えます。", "これは使えません。"),
    "ja quoted span": ("「橋」の読み方は？", "「箸」の読み方は？"),
    "ja double quoted span": ("『橋』の読み方は？", "『箸』の読み方は？"),
}
VARIANTS = {
    "case": ("Name the capital of France.", "NAME the Capital of france."),
    "white space": ("Add 3 and 4.", "  Add  3\nand 4. "),
    "punctuation": ("Add 3, then 4.", "Add 3 then 4!"),
    "full-width": ("Add 3 and 4.", "Ａｄｄ ３ and ４."),
    "politeness": ("Add 3 and 4.", "Please add 3 and 4, thanks"),
    "quotation marks": ('Spell "receive".', "Spell “receive”."),
    "hyphen": ("A well-known river", "A well known river"),
    "trailing space in code": ("```\nx = 1\n```", "```\nx = 1  \n\n```"),
    "bold": ("Which **river** is longest?", "Which river is longest?"),
    "apostrophe": ("Why doesn't it work?", "Why doesn’t it work?"),
    "contraction": ("I can't log in.", "I cannot log in."),
    "thousands": ("Divide 1,000 by 3.", "Divide 1000 by 3."),
    "dots of a time": ("A call at 3 p.m. today", "A call at 3 pm today"),
    "dots of initials": ("Name the U.S. states", "Name the US states"),
    "space before a unit": ("Give 5 kg of it.", "Give 5kg of it."),
    "brand": ("Reset my iPhone", "reset my iphone"),
    "ja necessity": ("必ず確認する", "必ず 確認する"),
    "ja customer": ("お客様の声", "客様の声"),
    "ja punctuation": ("3を足してください。", "3を足してください！"),
    "ja width": ("３を足してください。", "3を足してください。"),
}


@pytest.mark.parametrize(("one", "other"), SIBLINGS.values(), ids=SIBLINGS.keys())
def test_siblings_have_different_guards(one, other):
    assert guard(one) != guard(other)


@pytest.mark.parametrize(("one", "other"), VARIANTS.values(), ids=VARIANTS.keys())
def test_variants_have_equal_guards(one, other):
    assert guard(one) == guard(other)


@given(st.text(), st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_changed_number_always_changes_the_guard(text, one, other):
    assert (guard(f"{text} {one} .") == guard(f"{text} {other} .")) is (one == other)


@given(st.lists(st.sampled_from(["add", "Three", "NOT", "7", "rivers", "「橋」", "+"])), st.sampled_from([" ", "  ", "\n", "\t"]))
def test_case_and_white_space_do_not_change_the_guard(words, space):
    assert guard(" ".join(words)) == guard(space.join(words).upper())


def test_prose_is_no_code_and_a_program_is():
    assert code_in("Plain words;\nand more words") == ""
    assert code_in("int f() {\n  int x = 1;\n  return x;\n}").startswith("int f()")


@pytest.mark.parametrize("text", ["“" * 100_000, "\n" * 100_000, "`" * 99_999, "- " * 50_000, "3" + " " * 100_000])
def test_hostile_text_takes_linear_time(text):
    assert len(guard(text)) == 32
