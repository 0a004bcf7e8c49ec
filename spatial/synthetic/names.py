"""Names for invented streets: a stem and an ending that suits the kind of street."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from spatial.errors import InvalidInputError

_WHOLE: Final = (
    "Tern", "Gannet", "Anchor", "Quay", "Lantern", "Harbour", "Sail", "Mill", "Foundry", "Chapel",
    "Orchard", "Beacon", "Cooper", "Dyer", "Fuller", "Saddler", "Heron", "Plover", "Curlew", "Wren",
    "Avocet", "Bobbin", "Bramble", "Caulker", "Chandler", "Cormorant", "Cutler", "Drover", "Dunlin",
    "Eider", "Fletcher", "Gorse", "Guillemot", "Halyard", "Hawser", "Kelp", "Kittiwake", "Limpet",
    "Marram", "Netmaker", "Oyster", "Petrel", "Pilot", "Puffin", "Ropewalk", "Rudder", "Sandpiper",
    "Sexton", "Shearwater", "Skerry", "Spindle", "Tanner", "Teasel", "Thrift", "Turnstone",
    "Wheelwright", "Whelk", "Widgeon", "Windlass", "Yarrow",
)  # fmt: skip
_FORE: Final = (
    "Alder", "Amber", "Ash", "Barley", "Birk", "Bleak", "Brack", "Brine", "Broad", "Cald", "Clay",
    "Copper", "Crake", "Dun", "Elder", "Fallow", "Fen", "Flint", "Frost", "Gull", "Hazel", "Hind",
    "Holm", "Iver", "Ivy", "Kettle", "Lark", "Linden", "Loam", "Marl", "Mist", "Nettle", "Otter",
    "Penny", "Pike", "Raven", "Reed", "Rook", "Rush", "Salter", "Sedge", "Silver", "Sorrel",
    "Stern", "Swan", "Thorn", "Tide", "Vetch", "Wend", "Whin", "Winter", "Withy", "Wold",
)  # fmt: skip
_AFT: Final = (
    "beck", "bridge", "by", "croft", "dale", "field", "gate", "ham", "hithe", "ley", "mere", "ness",
    "scar", "stead", "wick", "worth",
)  # fmt: skip
_STEMS: Final = (*_WHOLE, *(fore + aft for fore in _FORE for aft in _AFT))

_ENDINGS: Final = {
    "radial": ("Road",),
    "ring": ("Ring",),
    "market": ("Market",),
    "quay": ("Quay",),
    "green": ("Green",),
    "avenue": ("Avenue", "Way"),
    "street": ("Street", "Drive", "Gardens", "Crescent", "Terrace"),
    "lane": ("Lane", "Walk", "Place", "Hill", "Rise", "Grove"),
    "alley": ("Row", "Court", "Passage", "Yard", "Steps"),
    "close": ("Close", "Mews", "End"),
}


def names(random: np.random.Generator, kinds: NDArray[np.str_]) -> NDArray[np.str_]:
    """Return a name for each street, no two of them equal.

    Parameters
    ----------
    random
        Source of chance.
    kinds
        Kind of each street, shape (n,): a key of the endings.

    Raises
    ------
    InvalidInputError
        When there are more streets of a kind than names for them.
    """
    ending = np.empty(len(kinds), dtype="U20")
    for kind, endings in _ENDINGS.items():
        own = kinds == kind
        ending[own] = random.choice(endings, int(own.sum()))
    named = np.empty(len(kinds), dtype="U40")
    for one in sorted({end for endings in _ENDINGS.values() for end in endings}):
        own = np.flatnonzero(ending == one)
        if len(own) > len(_STEMS):
            raise InvalidInputError(
                f"There are {len(own)} streets to be named ... {one}, but only {len(_STEMS)} "
                "stems: add stems or endings."
            )
        stems = random.permutation(_STEMS)[: len(own)]
        named[own] = [f"{stem} {one}" for stem in stems.tolist()]
    return named
