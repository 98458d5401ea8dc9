"""Words without a topic: function words of six languages, what every prompt says, and the words that programs are made of."""

from __future__ import annotations

from typing import Final

_PROMPTS: Final = "please help make show regards sincerely kindly answer answers question questions following given write using use using number input output text user assistant response reply let"
_ENGLISH: Final = """
don't i'm i'd i've can't does did doing hello hi thanks thank want need like just tell know would
a able about above across after afterwards again against all almost alone along already also although always am among an and another any anyhow anyone
anything anyway anywhere are around as at back be became because become becomes becoming been before beforehand behind being below beside besides
between beyond both but by can cannot co could didn't different do doesn't done down due during each eight either eleven else elsewhere enough even
ever every everyone everything everywhere exactly example except few fifteen fifty find first five for former formerly forty four from full further
get gets getting give go good got had has have he he's hence her here hers herself him himself his how however hundred i if in indeed into is isn't it
it's its itself keep last latter latterly least less let's ll long lot lots made many may maybe me meanwhile might mine more moreover most mostly much
must my myself neither never nevertheless new next nine no none noone nor not nothing now nowhere of off often ok okay on once one only onto or other
others otherwise our ours out over own per perhaps please put rather re really right same see seem seemed seeming seems several she she's should show
since six sixty so some somehow someone something sometimes still such sure take ten than that that's the their them themselves then thence there
there's therefore these they they're third this those though three through throughout thus to together too toward towards twelve twenty two under
until up upon us used using ve very via was we we're well were what what's whatever when whenever where wherever whether which while who whom whose
why will with within without won't would yes yet you you're your yours yourself
"""
_CODE: Final = "append assert bool char const def dict elif enumerate fn func int isinstance lambda len none null num println self str tuple typing var vec"
_FRENCH: Final = """
assurez-vous assure-toi réponse répondez question texte suivant suivante veuillez s'il
ai ais aussi au aux avec avoir ce ces cet cette chaque ci comme comment dans de des donc dont du elle elles en est et etre être eu fait faire fois il ils je
la le les leur leurs lui là ma mais me mes moi mon même ne nos notre nous on ont ou où par pas peut peux plus pour pourquoi puis qu qu'est quand que quel quelle
quelles quels qui quoi sa sans se ses si son sont sous sur ta te tes toi ton tous tout toute toutes très tu un une vos votre vous y à été était c'est d'un d'une
"""
_GERMAN: Final = """
antwort antworte antworten frage text
aber alle als am an auch auf aus bei beim bin bis bitte da damit das dass dein dem den denn der des die dies diese dieser dieses doch du durch ein eine einem
einen einer eines er es für gibt hab habe haben hat hatte ich ihm ihn ihr ihre im in ist ja kann kein keine können man mehr mein meine meinen meiner mich mir mit muss nach nicht
noch nur ob oder ohne sein seine sich sie sind so soll über um und uns unter vom von vor war warum was welche wenn wer werden wie wir wird wo zu zum zur zwischen
"""
_SPANISH: Final = """
respuesta responde pregunta texto
al algo como cómo con cual cuál cuando cuándo cuánto cuántos de del desde donde dónde el ella ellos en entre era es esa ese eso esta está están este esto favor fue ha hay hasta la las
le les lo los más me mi mis mucho muy nada ni no nos o otra otro para pero por porque puede puedo que qué quien quién se sea ser si sí sin sobre son su sus también te tengo
tiene todo todos tu tus un una uno unos usted y ya yo
"""
_JAPANESE: Final = "以下 以上 次 場合 必要 使用 回答 質問 入力 出力 文章 方法 教えて 下さい 何 自分 私 今 時 人 中 一つ 二つ 問題 答え"
_CHINESE: Final = "什么 怎么 如何 多少 可以 需要 以下 一个 一下 我们 你们 他们 这个 那个 因为 所以 但是 如果 问题 回答 请问 没有 每个 每天"

STOP_WORDS: Final = frozenset(
    word for words in (_PROMPTS, _ENGLISH, _CODE, _FRENCH, _GERMAN, _SPANISH, _JAPANESE, _CHINESE) for word in words.split()
)

# Longest first: they are tried in this order.
CHINESE_FUNCTION_WORDS: Final = (*_CHINESE.split(), *"的了是在和与及把将我你他她它们这那请吗呢吧啊也都就而或被为对个么")
