"""The made-up bucket of ``sample_logs``: seven applications, their prompts, and the records of their calls.

The way of the data: an application module gives :class:`~sample.prompts.Prompt` rows; ``traffic`` turns them into calls (model,
shape, time, answer); ``converse``, ``anthropic`` and ``openai`` write the bodies; ``records`` the envelopes; ``noise`` what is
no chat; ``bucket`` the objects. Every text in ``texts/`` was written for this project.
"""
