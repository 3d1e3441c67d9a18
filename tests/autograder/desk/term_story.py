"""Who is in the class of `make term`, and who does what.

Everybody hands in everything in time, with the mistakes that come round in ``SLIPS`` and the
words of ``WORDS``, unless ``STORY`` says otherwise. ``AGAIN`` is what is handed in again, when the
first hand-in has been marked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from autograder.exercises import REGISTRY

FIRST_DUE = datetime(2026, 10, 8, 18, 0, tzinfo=UTC)
WEEK = timedelta(days=7)
NOTEBOOKS = ("01_ewma", "02_gradient_descent", "03_momentum", "04_adaptive")
PLATFORMS = dict(zip(NOTEBOOKS, ("canvas", "moodle", "canvas", "moodle"), strict=True))
DUE = {name: FIRST_DUE + i * WEEK for i, name in enumerate(NOTEBOOKS)}
POINTS = {  # of all checks of a notebook; a question in words comes to them
    name: sum(e.points for e in REGISTRY.values() if e.notebook == name) for name in NOTEBOOKS
}
IN_WORDS = 4.0

# The policy of the class: what lateness costs, of all points.
GRACE, PER_DAY, AT_MOST = timedelta(minutes=15), 10, 50
POLICY = f"""
c.LatePolicy.grace_minutes = {GRACE.total_seconds() / 60:g}
c.LatePolicy.percent_per_day = {PER_DAY}
c.LatePolicy.at_most_percent = {AT_MOST}
"""


@dataclass(frozen=True)
class Person:
    """A student as Canvas and Moodle know them.

    Attributes:
        canvas, moodle: the numbers that these two give.
        section: whose answers one of the two assistants marks.
    """

    id: str
    first: str
    last: str
    canvas: int
    moodle: int
    section: str

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}"

    @property
    def email(self) -> str:
        return f"{self.id}@example.org"


SECTIONS = ("Monday", "Tuesday")
NAMES = (  # id, first name, last name
    ("ada", "Ada", "Byron"),
    ("bo", "Bo", "Ek"),
    ("chen", "Chen", "Li"),
    ("jml", "Jürgen", "Müller-Lüdenscheidt"),
    ("anna1", "Anna", "Schmidt"),
    ("anna2", "Anna", "Schmidt"),
    ("emil", "Emil", "Sørensen"),
    ("finn", "Finn", "O'Brien"),
    ("gita", "Gita", "Rao"),
    ("hugo", "Hugo", "van der Berg"),
    ("ines", "Inés", "García Márquez"),
    ("joao", "João", "da Silva"),
    ("kira", "Kira", "Weiß"),
    ("liam", "Liam", "Murphy"),
    ("mona", "Mona", "Ångström"),
    ("noor", "Noor", "Haddad"),
    ("otto", "Otto", "Groß"),
    ("pia", "Pia", "Köhler"),
    ("quin", "Quin", "Tran"),
    ("rosa", "Rosa", "Łukasik"),
    ("sven", "Sven", "Björk"),
    ("tia", "Tía", "Muñoz"),
    ("uma", "Uma", "Iyer"),
    ("vito", "Vito", "Romano"),
    ("wen", "Wen", "Zhao"),
    ("xenia", "Xenia", "Papadopoulou"),
    ("yuki", "Yuki", "Tanaka"),
    ("zoe", "Zoë", "Lefèvre"),
    ("bjorn", "Björn", "Åkesson"),
    ("cagla", "Çağla", "Yılmaz"),
    ("djordje", "Đorđe", "Petrović"),
    ("elif", "Elif", "Şahin"),
    ("fred", "Frederik", "af Ugglas"),
    ("gul", "Gül", "Öz"),
    ("ha", "Hà", "Nguyễn"),
    ("ilse", "Ilse", "Strauß"),
    ("jeanluc", "Jean-Luc", "D'Arcy"),
    ("karla", "Karla", "Núñez"),
    ("le", "Lê Văn", "An"),
    ("maj", "Maj", "Holmström-Öberg"),
)
PEOPLE = tuple(
    Person(id, first, last, 7100 + i, 2100 + i, SECTIONS[i % 2])
    for i, (id, first, last) in enumerate(NAMES)
)
NAMESAKES = ("anna1", "anna2")  # whom only a number tells from each other


@dataclass(frozen=True)
class Slip:
    """A mistake: a misconception by its name, a text of one's own, or "" for a stub that stays.

    Attributes:
        costs: points.
        before: what it costs until the exercise is mended; None: the same.
    """

    exercise: str
    what: str
    costs: float
    before: float | None = None


# The exercises as they are before they are mended (text of the repository → text before): one has
# no case with a plateau, the other refuses π with nine digits.
MENDED = {
    "autograder/exercises/momentum/zigzag.py": (
        (
            '        call("up, level, down: one turn", np.array([0.0, 1.0, 1.0, 1.0, 0.0])),\n'
            '        call("up, level, up: no turn", np.array([0.0, 1.0, 1.0, 2.0])),\n'
            '        call("down, level, down: no turn", np.array([3.0, 2.0, 2.0, 1.0])),\n'
            '        call("60 values on four levels", rng.integers(0, 4, 60).astype(float)),\n',
            "",
        ),
    ),
    "autograder/exercises/gradient_descent/schedules.py": (
        (
            "    reference=reference.cosine_decay,\n",
            "    reference=reference.cosine_decay,\n    tolerance=Tolerance(1e-12, 1e-15),\n",
        ),
        (
            "from autograder.checking.exercise import",
            "from autograder.checking.compare import Tolerance\n"
            "from autograder.checking.exercise import",
        ),
    ),
}
NINE_DIGITS = """\
def cosine_decay(lr0, epoch, total):
    if epoch >= total:
        return 0.0
    return lr0 / 2 * (1 + np.cos(3.14159265 * epoch / total))"""
PLATEAU = Slip("count_turns", "a plateau counted as turns", costs=1, before=0)
PI = Slip("cosine_decay", NINE_DIGITS, costs=0, before=2)

SLIPS: Mapping[str, Sequence[Slip]] = {
    "01_ewma": (
        Slip("ewma_step", "weights swapped", 2),
        Slip("ewma", "starts at x_1", 2),
        Slip("ewma_weights", "newest first", 2),
        Slip("ewma_corrected", "t from 0", 2),
        Slip("effective_window", "1/β", 1),
        Slip("ewma_step", "changes v in place", 1),
    ),
    "02_gradient_descent": (
        Slip("mse_and_gradient", "without the 2", 2),
        Slip("gradient_descent", "start left out", 3),
        Slip("clip_by_value", "only from above", 1),
        Slip("cosine_decay", "rises again", 1),
        PI,
        Slip("clip_by_global_norm", "each array by its own norm", 2),
    ),
    "03_momentum": (
        Slip("momentum_step", "memory dropped", 3),
        Slip("count_turns", "only the peaks", 2, before=1),
        PLATEAU,
        Slip("heavy_ball_step", "1-μ added", 3),
        Slip("equivalent_lr", "the same", 1),
        Slip("best_momentum", "", 4),
    ),
    "04_adaptive": (
        Slip("adagrad_step", "ε outside the root", 1),
        Slip("adam_step", "no bias correction", 5),
        Slip("rmsprop_step", "", 4),
        Slip("nadam_step", "plain Adam", 4),
        Slip("optimizer_memory", "one array for Adam", 1),
        Slip("is_adam", "one step from zero", 4),
    ),
}
WORDS = (  # and what they get
    ("It begins at $v_0 = 0$, so the first values are too small by $1-\\beta^t$.", 4.0),
    ("The steps become **ten times** as long:\n\n$$\\frac{1}{1-\\beta} = 10$$", 3.0),
    ("Because of β.", 1.5),
    ("- first the rate\n- then the memory", 2.5),
    ("I do not know.", 0.0),
)


@dataclass(frozen=True)
class HandIn:
    """One hand-in of one student, and what it must get.

    Attributes:
        slips: what is wrong in it.
        words: the answer in words; empty: nothing was written. gets: points for it, by hand.
        comment: of the person who marks.
        style: which of the ways to write a right answer.
        hours: after the due date; before it if negative.
        form: ``notebook``; ``unchanged``: as it was handed out; ``half``: the file breaks off;
            ``pdf``: another file; ``zip``: in a zip; ``renamed``: ``Untitled.ipynb``.
        draws: whether a cell of the student's own makes a picture.
        earlier: what was handed in before, in the same export.
    """

    notebook: str
    slips: Sequence[Slip] = ()
    words: str = ""
    gets: float = 0.0
    comment: str = ""
    style: int = 0
    hours: float = -2.0
    form: str = "notebook"
    draws: bool = False
    earlier: HandIn | None = None

    def points(self, *, mended: bool) -> float:
        """Of the checks, reckoned by hand."""
        if self.form == "unchanged":
            return 0.0
        lost = sum(s.costs if mended or s.before is None else s.before for s in self.slips)
        return POINTS[self.notebook] - lost

    @property
    def can_be_graded(self) -> bool:
        return self.form != "half"

    @property
    def arrives(self) -> bool:
        """Whether there is a notebook in it."""
        return self.form != "pdf"


Does = Mapping[str, object] | None  # what a hand-in has that others have not; None: there is none
SECOND_THOUGHTS = "I think that it forgets the start: $\\beta^t$ goes to 0."

STORY: Mapping[str, Mapping[str, Does]] = {
    "01_ewma": {
        "bo": {"hours": 26},  # two days begun
        "emil": {"hours": 0.15},  # within the minutes of grace
        "finn": {"hours": 70},  # with three days more
        "gita": {"hours": 125},  # as much as lateness can cost
        "hugo": {"earlier": {"slips": (Slip("ewma", "", 2),), "words": "I will hand in again."}},
        "ines": {"form": "unchanged"},
        "joao": {"form": "renamed"},
        "kira": {"form": "zip"},
        "liam": None,
        "mona": {"form": "half"},
        "noor": {"words": ""},
        "otto": {"form": "pdf"},
        "pia": {"slips": (), "words": WORDS[0][0], "gets": 4.0},  # full marks
        "uma": {"slips": (), "words": WORDS[0][0], "gets": 3.5},
        "chen": {"words": WORDS[2][0], "gets": 1.5},
        "ada": {"slips": (Slip("ewma_step", "weights swapped", 2),), "words": WORDS[1][0]},
    },
    "02_gradient_descent": {
        "jml": {"hours": 5},
        "rosa": {"form": "zip"},
        "sven": {"form": "unchanged"},
        "tia": None,
        "wen": {"hours": 49, "words": ""},
        "gita": {"hours": 30},  # ill, as everybody hears afterwards
        "pia": {"slips": (PI,)},
        "zoe": {"slips": (PI,), "hours": 3},
    },
    "03_momentum": {
        "bo": {"hours": 4},  # Canvas says LATE and no time
        "pia": {"slips": (PLATEAU,), "words": WORDS[0][0], "gets": 4.0, "draws": True},
        "xenia": {"slips": (PLATEAU,), "words": ""},
        "ada": {"slips": (), "draws": True},
        "quin": None,
        "vito": {"form": "zip"},
        "yuki": {"form": "unchanged"},
    },
    "04_adaptive": {
        "anna1": {"hours": 11},
        "liam": {"form": "zip"},
        "karla": None,
        "le": {"form": "unchanged", "hours": 1},
        "maj": {"words": ""},
    },
}
# Handed in again when the first has been marked; what it does not say is as it was.
AGAIN: Mapping[str, Mapping[str, Does]] = {
    "01_ewma": {
        "ada": {"slips": (), "hours": 120},  # only code is new: the points by hand stay
        "chen": {"words": SECOND_THOUGHTS, "gets": 3.0, "comment": "Better.", "hours": 120},
        "mona": {"form": "notebook", "hours": 22},
        "uma": {"form": "half", "hours": 121},  # her marks are kept
        "noor": {"words": WORDS[3][0], "gets": 2.5, "hours": 122},
    },
}
AT_LAST: Mapping[str, Mapping[str, Does]] = {
    "01_ewma": {
        "uma": {"form": "notebook", "slips": (Slip("ewma", "starts at x_1", 2),), "hours": 300}
    },
}
GUESTS = {"01_ewma": ("Guest", "Auditor")}  # who hand in and are not on the roster
EXTENSIONS = {"finn": {"01_ewma": 3}}
ONCE_MORE = {student: {"01_ewma": 14} for student in ("ada", "chen", "uma", "noor")}
AFTERWARDS = {"gita": {"02_gradient_descent": 7}}  # granted when it has been marked


def hand_ins(notebook: str, people: Sequence[Person]) -> dict[str, HandIn]:
    """What each student hands in for a notebook, by id."""
    story = STORY[notebook]
    return {
        person.id: changed(usual, does)
        for person, usual in zip(people, _usual(notebook, people), strict=True)
        if (does := story.get(person.id, {})) is not None
    }


def again(
    story: Mapping[str, Mapping[str, Does]], notebook: str, before: Mapping[str, HandIn]
) -> dict[str, HandIn]:
    """What is handed in again, as a change of what was handed in before."""
    return {
        student: changed(before[student], does)
        for student, does in story.get(notebook, {}).items()
        if student in before and does is not None
    }


def changed(hand_in: HandIn, does: Mapping[str, object]) -> HandIn:
    """A hand-in with what somebody does otherwise."""
    fields = dict(does)
    if isinstance(earlier := fields.get("earlier"), Mapping):
        fields["earlier"] = changed(replace(hand_in, hours=hand_in.hours - 20), earlier)
    made = replace(hand_in, **fields)  # type: ignore[arg-type]
    nothing = not made.words or made.form == "unchanged"
    return replace(made, words="", gets=0.0) if nothing else made


def _usual(notebook: str, people: Sequence[Person]) -> Iterator[HandIn]:
    slips = SLIPS[notebook]
    for i, _ in enumerate(people):
        words, gets = WORDS[i % len(WORDS)]
        wrong = (slips[i // 2 % len(slips)],) if i % 2 else ()
        comment = "See *section 2*, where $\\beta = 0.9$." if i % 4 == 1 else ""
        yield HandIn(notebook, wrong, words, gets, comment, i % 3, -2.0 - i % 30)
