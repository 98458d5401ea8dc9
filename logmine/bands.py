"""Bands of pass rates: which prompts are neither hopeless nor trivial for a model. Presets name whose they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

BandName = Literal["balanced", "mixed", "olmo3", "intellect2", "skywork"]
Ends = Literal["inclusive", "exclusive", "min_exclusive", "max_exclusive"]


@dataclass(frozen=True, slots=True)
class Band:
    """A range of pass rates.

    Attributes
    ----------
    name
        Of the preset, ``custom`` where the bounds were given.
    low, high
        Bounds, in [0, 1].
    includes_low, includes_high
        Whether a pass rate that equals the bound lies inside.
    source
        Who selected training prompts so.
    """

    name: str
    low: float
    high: float
    includes_low: bool = True
    includes_high: bool = True
    source: str = "given by the user"

    @property
    def words(self) -> str:
        """The band in so many words.

        Examples
        --------
        >>> PRESETS["mixed"].words
        'from 0 (exclusive) to 1 (exclusive)'
        """
        return f"from {self.low:g} ({_end(self.includes_low)}) to {self.high:g} ({_end(self.includes_high)})"


def _end(included: bool) -> str:  # noqa: FBT001 - a field, told in words
    return "inclusive" if included else "exclusive"


PRESETS: Final[dict[str, Band]] = {
    band.name: band
    for band in (
        Band("balanced", 0.2, 0.8, source="PRIME (arXiv 2502.01456): prompts kept at 0.2 to 0.8 of 4 rollouts"),
        Band(
            "mixed", 0.0, 1.0, includes_low=False, includes_high=False, source="DAPO (arXiv 2503.14476): dynamic sampling, 0 < accuracy < 1"
        ),
        Band("olmo3", 0.0, 0.625, source="OLMo 3 (Dolci-Think-RL): pass rates over 62.5 % of 8 rollouts removed"),
        Band("intellect2", 0.125, 0.5, source="INTELLECT-2 (arXiv 2505.07291): 12.5 % to 50 % of 8 rollouts"),
        Band("skywork", 1 / 16, 15 / 16, source="Skywork-OR1 (arXiv 2505.22312): 1 to 15 failures of 16 rollouts"),
    )
}


def resolve_band(name: str, low: float | None, high: float | None, ends: Ends | None) -> Band:
    """Return the preset ``name``, with the bounds and ends that were given in place of its own.

    Bounds that are given are inclusive unless ``ends`` says otherwise.

    Examples
    --------
    >>> resolve_band("balanced", None, 0.75, "exclusive").words
    'from 0.2 (exclusive) to 0.75 (exclusive)'
    """
    preset = PRESETS[name]
    if low is None and high is None and ends is None:
        return preset
    includes_low = ends in ("inclusive", "max_exclusive") if ends else low is not None or preset.includes_low
    includes_high = ends in ("inclusive", "min_exclusive") if ends else high is not None or preset.includes_high
    return Band("custom", preset.low if low is None else low, preset.high if high is None else high, includes_low, includes_high)
