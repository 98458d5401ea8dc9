"""Tasks that no program can check, in texts of our own: each prompt answered by three models, or by one. None may become checkable."""

import pytest

ADVICE = {
    "How do I get my cat to stop waking me at five?": [
        "1. Feed her just before you go to bed.\n2. Play with her in the evening.\n3. Do not get up when she calls.",
        "Cats wake us because it works. Try an automatic feeder set to 6 o'clock, and ignore the rest for two weeks.",
        "A few ideas:\n1. A late meal\n2. Blackout curtains\n3. Patience: it took mine 10 days",
    ],
    "My sourdough is always flat. What can I change?": [
        "1. Use the starter when it floats.\n2. Let the dough rise by half, not by the clock.\n3. Bake in a closed pot at 240 degrees.",
        "Flat loaves are mostly underproofed. Give it 2 hours more, and look at the dough instead of the recipe.",
        "I would check three things: the age of your flour, the warmth of the kitchen, and how tightly you shape it.",
    ],
    "I have to give a speech at my sister's wedding and I am nervous.": [
        "1. Tell one story, not five.\n2. Look at her, not at the room.\n3. Stop after 4 minutes.",
        "Being nervous is fine; everyone there is on your side. Write it out, read it aloud three times, then keep only notes.",
        "Begin with how you two met as children. People remember one picture, so choose it well and end with a toast.",
    ],
    "Should I repair my old bicycle or buy a new one?": [
        "If the frame is sound, repair it: a new chain and brakes cost about 80, a decent new bicycle ten times that.",
        "It depends on three things:\n1. the frame\n2. how often you ride\n3. whether you love it",
        "Ask a shop for an estimate. Up to a third of the price of a new one I would have it repaired.",
    ],
    "How can I learn the names of my new colleagues?": [
        "1. Repeat the name when you hear it.\n2. Write a list each evening.\n3. Ask again: nobody minds in the first week.",
        "Draw the office as a map and put a name at each desk. After 5 days you will not need it any more.",
        "Use names when you greet people. It feels odd for a day, and then it works.",
    ],
    "What should I plant on a balcony that gets no sun?": [
        "1. Ferns\n2. Hostas\n3. Ivy\nAll of them like it cool and damp.",
        "Shade is no problem: begonias bloom in it, and mint grows anywhere. Water every 3 days.",
        "I would go for green rather than flowers. Two large ferns make more of a jungle than ten small pots.",
    ],
    "My flatmate never does the dishes. What do I say?": [
        "Say what you see and what you need, without always and never: 'There were 12 plates again; could we take turns?'",
        "1. Pick a calm moment.\n2. Suggest a plan.\n3. Stick to your half of it.",
        "Perhaps ask first whether something is going on. Then agree on days, and write them on the fridge.",
    ],
    "How do I start running at fifty?": [
        "1. See your doctor.\n2. Walk 4 minutes, run 1.\n3. Three times a week, never two days in a row.",
        "Slowly! If you can still talk, the pace is right. After 8 weeks you will run for half an hour.",
        "Get shoes that fit and a friend who waits for you. The rest is patience.",
    ],
}
SUMMARIES = {
    "Summarize: The town council met for six hours about the bridge and put the vote off until June.": [
        "After six hours of debate, the council postponed its vote on the bridge to June.",
        "The town council delayed a decision on the bridge until June.",
        "No decision on the bridge yet: councillors talked for six hours and will vote in June.",
    ],
    "Summarize: Researchers who followed 300 otters found that those near harbors eat more crabs.": [
        "A study of 300 otters shows that harbor otters eat more crabs.",
        "Otters living close to harbors have more crab in their diet, researchers report.",
        "Harbor otters prefer crabs, according to a study that tracked 300 animals.",
    ],
    "Summarize: The bakery on Mill Street closes after 90 years because nobody wants to take it over.": [
        "After 90 years, the Mill Street bakery closes for want of a successor.",
        "Mill Street's bakery shuts down: no one would take over.",
        "With no successor in sight, a 90-year-old bakery is closing.",
    ],
    "Summarize: Trains between the two cities will run every half hour from spring, instead of every hour.": [
        "From spring, trains between the cities run twice as often.",
        "Train service doubles to every 30 minutes in spring.",
        "The two cities will be linked by half-hourly trains starting in spring.",
    ],
    "Summarize: A storm took the roof of the school; lessons go on in the church until it is mended.": [
        "Pupils are taught in the church after a storm tore off the school's roof.",
        "Storm damage moves lessons from the school to the church.",
        "The school lost its roof in a storm, so classes are held in the church for now.",
    ],
    "Summarize: The museum bought a violin that a clockmaker built in 1790 from the wood of a pear tree.": [
        "The museum acquired a pear-wood violin built by a clockmaker in 1790.",
        "A clockmaker's violin from 1790 joins the museum's collection.",
        "New at the museum: a violin of pear wood, made in 1790.",
    ],
    "Summarize: Farmers want to keep the old lime trees along the road; the road office wants to cut them for a cycle path.": [
        "Farmers and the road office are at odds over lime trees in the way of a cycle path.",
        "A planned cycle path threatens old lime trees that farmers want to save.",
        "Cycle path or lime trees? Farmers oppose the road office's plan.",
    ],
    "Summarize: The chess club gave up its room and now plays in the park, where twice as many people come.": [
        "Since moving to the park, the chess club draws twice as many players.",
        "The chess club doubled its attendance by playing outdoors.",
        "Playing in the park instead of a room has doubled the chess club's turnout.",
    ],
}
TRANSLATIONS = {
    "Translate into German: The ferry was late, so we shared our sandwiches.": [
        "Die Fähre hatte Verspätung, also teilten wir unsere Brote.",
        "Weil die Fähre sich verspätete, haben wir unsere Sandwiches geteilt.",
        "Die Fähre kam zu spät, deshalb teilten wir uns die belegten Brote.",
    ],
    "Translate into German: She keeps bees on the roof of the library.": [
        "Sie hält Bienen auf dem Dach der Bibliothek.",
        "Sie hält Bienen auf dem Dach der Bücherei.",
        "Auf dem Dach der Bibliothek hält sie Bienen.",
    ],
    "Translate into German: Nobody knew why the clock had stopped.": [
        "Niemand wusste, warum die Uhr stehen geblieben war.",
        "Niemand wusste, weshalb die Uhr angehalten hatte.",
        "Keiner wusste, warum die Uhr stehen geblieben war.",
    ],
    "Translate into German: We will paint the fence when the rain stops.": [
        "Wir streichen den Zaun, sobald der Regen aufhört.",
        "Wir werden den Zaun streichen, wenn der Regen aufhört.",
        "Sobald es nicht mehr regnet, streichen wir den Zaun.",
    ],
    "Translate into German: He reads the paper from back to front.": [
        "Er liest die Zeitung von hinten nach vorne.",
        "Er liest die Zeitung von hinten nach vorn.",
        "Er liest die Zeitung rückwärts, von der letzten Seite zur ersten.",
    ],
    "Translate into German: The soup needs more time than we have.": [
        "Die Suppe braucht mehr Zeit, als wir haben.",
        "Die Suppe benötigt mehr Zeit, als uns bleibt.",
        "Für die Suppe fehlt uns die Zeit.",
    ],
    "Translate into German: My aunt sings louder than the choir.": [
        "Meine Tante singt lauter als der Chor.",
        "Meine Tante übertönt den Chor.",
        "Meine Tante singt lauter als der ganze Chor.",
    ],
    "Translate into German: Leave the window open a little, please.": [
        "Lass das Fenster bitte einen Spalt offen.",
        "Bitte lassen Sie das Fenster ein wenig geöffnet.",
        "Lass bitte das Fenster ein bisschen offen.",
    ],
}
BRAINSTORMING = {
    "Names for a café in an old station": [
        "1. Platform One\n2. The Waiting Room\n3. Last Train\n4. Steam\n5. The Signal Box",
        "1. Terminus\n2. Steam and Beans\n3. The Departure\n4. Old Tracks\n5. Whistle",
        "1. Platform 9\n2. The Guard's Van\n3. Steam\n4. Junction\n5. First Class",
    ],
    "Games for a rainy birthday party": [
        "1. Treasure hunt\n2. Charades\n3. Blindfold drawing\n4. Freeze dance\n5. Paper boats",
        "1. Charades\n2. Balloon tennis\n3. Shadow theatre\n4. Treasure hunt\n5. Hat race",
        "1. Indoor bowling\n2. Charades\n3. Memory\n4. Pass the parcel\n5. Limbo",
    ],
    "Topics for a podcast about rivers": [
        "1. Ferrymen\n2. Floods\n3. River swimming\n4. Mills\n5. Borders",
        "1. Sources\n2. Salmon\n3. Bridges\n4. Floods\n5. Songs",
        "1. Dams\n2. Delta cities\n3. Otters\n4. Boats\n5. Floods",
    ],
    "Presents for a grandfather who has everything": [
        "1. A day together\n2. His stories, recorded\n3. A tree\n4. Good soap\n5. Letters",
        "1. A photo book\n2. A day together\n3. Tea\n4. A jigsaw of his village\n5. Socks, good ones",
        "1. A concert\n2. A digitized slide collection\n3. Honey\n4. A bench\n5. Time",
    ],
    "Ways to use stale bread": [
        "1. French toast\n2. Croutons\n3. Bread soup\n4. Dumplings\n5. Crumbs",
        "1. Bread pudding\n2. Croutons\n3. Panzanella\n4. Crumbs\n5. Toast",
        "1. Dumplings\n2. Garlic bread\n3. Croutons\n4. Meatballs\n5. Bread soup",
    ],
    "Slogans for a repair workshop": [
        "1. Broken is a beginning\n2. We mend\n3. Twice as old, twice as loved\n4. Fix it\n5. Not yet waste",
        "1. Mended here\n2. Second life\n3. Fix first\n4. Old is gold\n5. Screws, glue, patience",
        "1. Keep it\n2. Made to last again\n3. We mend\n4. Waste nothing\n5. Good as old",
    ],
    "Titles for a novel about a lighthouse keeper's daughter": [
        "1. Salt\n2. The Lamp\n3. Counting Ships\n4. Every Third Second\n5. Low Water",
        "1. The Keeper's Daughter\n2. Lightfall\n3. Salt\n4. North of the Rocks\n5. The Lamp Room",
        "1. Beam\n2. What the Fog Kept\n3. The Lamp\n4. Tidebook\n5. Windward",
    ],
    "Warm-up questions for a team meeting": [
        "1. Best meal this week?\n2. A song?\n3. What surprised you?\n4. Tea or coffee?\n5. Who helped you?",
        "1. What are you reading?\n2. Weather in one word?\n3. A small win?\n4. A song?\n5. Plans?",
        "1. A small win?\n2. First job?\n3. Mountains or sea?\n4. A smell you like?\n5. A question for us?",
    ],
}
SMALL_TALK = {
    "I finally finished my thesis!": [
        "Congratulations! How does it feel?",
        "That is wonderful. What comes next?",
        "Well done! You must be so relieved.",
    ],
    "It has been raining for a week here.": [
        "Oh no! I hope it clears up soon.",
        "Time for soup and a good book?",
        "That sounds dreary. Is it at least warm?",
    ],
    "My dog learned to open the fridge.": [
        "Clever dog! And now?",
        "Oh dear. What did she eat first?",
        "That is impressive, and a little worrying!",
    ],
    "I cannot sleep.": [
        "I am sorry to hear that. What keeps you up?",
        "Me neither, in a way. Shall we talk?",
        "That is tough. Would some calm music help?",
    ],
    "We moved to the seaside.": [
        "How lovely! Can you hear the waves?",
        "What a change! Do you like it?",
        "I envy you the view. How is the wind?",
    ],
    "Guess who I met today.": ["I have no idea. Tell me!", "An old friend, perhaps?", "Someone from school?"],
    "I burned the cake again.": [
        "Oh no! The middle can often be saved.",
        "It happens to the best bakers.",
        "Call it caramelized. Who would know?",
    ],
    "Tell me something nice.": [
        "Otters hold hands when they sleep.",
        "Somewhere a child is seeing snow for the first time.",
        "You asked kindly; that is nice already.",
    ],
}
RATINGS = {
    f"Is {thing} worth it? Tell me what you think.": [
        f"Honestly? I would give it {a} out of 10. The idea is good, the price is not.",
        f"It depends. For {b} days I loved it; then the novelty wore off.",
        f"I would wait. In {c} months there will be a better one, and you will be glad that you kept the money.",
    ]
    for thing, a, b, c in (
        ("a robot vacuum", 6, 10, 5), ("a standing desk", 7, 3, 2), ("a bread machine", 4, 14, 6), ("an electric bicycle", 9, 30, 8),
        ("a smart lamp", 5, 7, 3), ("a drone", 3, 2, 12), ("a hammock", 8, 90, 9), ("a telescope", 6, 4, 18),
    )
}  # fmt: skip
OPEN = {
    "advice": ADVICE, "summaries": SUMMARIES, "translation": TRANSLATIONS, "brainstorming": BRAINSTORMING, "small talk": SMALL_TALK, "opinions": RATINGS,
}  # fmt: skip


@pytest.mark.parametrize("n_answers", [1, 2, 3])
@pytest.mark.parametrize("name", OPEN)
def test_open_tasks_are_never_checkable(task, name, n_answers):
    made = task()
    for number, (prompt, answers) in enumerate(OPEN[name].items()):
        made.add(f"p{number}", answers[:n_answers], user_text=prompt)
    assert made.inferred()["grader"] == "judge"


@pytest.mark.parametrize("n_answers", [1, 3])
def test_open_tasks_under_one_system_prompt_are_never_checkable(task, n_answers):
    made = task()
    for name, prompts in OPEN.items():
        for number, (prompt, answers) in enumerate(prompts.items()):
            made.add(f"{name} {number}", answers[:n_answers], user_text=prompt)
    assert made.inferred()["grader"] == "judge"


@pytest.mark.parametrize("name", OPEN)
def test_open_tasks_that_some_prompts_repeat_are_never_checkable(task, name):
    """An application that sends a few prompts again and again, at temperature 0: one model gives one answer each time."""
    made = task()
    for number, (prompt, answers) in enumerate(OPEN[name].items()):
        made.add(f"p{number}", [answers[0]] * 3 if number < 2 else answers[:1], models=("amazon.nova-lite",), user_text=prompt)
    assert made.inferred()["grader"] == "judge"
