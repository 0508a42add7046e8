"""Notes on people (staff, authors) and selling talk: running text that is no article. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

_CREDENTIAL = (
    r"(?:M\.?D|D\.?P\.?T|P\.?T|Ph\.?D|D\.?O|D\.?C|R\.?N|R\.?M\.?T|M\.?Sc|B\.?Sc|B\.?A|M\.?A|MPH|"
    r"OCS|FAAOMPT|CSCS|MCSP|HCPC|FRCS|MRCGP|RDN?|LMT|OTR|NP|PA-C|FNP|ATC|MBBS|MBChB|L\.?Ac)"
)
_WORD = r"[A-Z][a-zà-ÿ]+(?:['’-][A-Z]?[a-z]+)*"
NAME = (
    rf"(?:(?:Dr|Prof|Professor|Mr|Mrs|Ms|Doctor)\.? )?{_WORD}(?: [A-Z]\.)?"
    rf"(?: (?:(?:de|van|von|der|la|al|bin) )?(?:Mc|Mac|O')?{_WORD}){{0,2}}(?: [A-Z]\b\.?)?"
    rf"(?:,? {_CREDENTIAL}\b\.?)*"
)
# Newspapers and clinics have names too: "The Somewhere Post has ...".
NAME = rf"(?!(?:The|This|That|These|Our|Your|My|In|At|For|With|An?) ){NAME}"
NAME_LINE = re.compile(rf"^(?:Meet |About )?({NAME})$")

_START = re.compile(
    rf"^(?:(?P<name>{NAME}),? (?:is|was|has|holds|graduated|completed|earned|received|"
    r"speciali[sz]es|works|worked|joined|became|loves|lives|writes|brings|practi[cs]es|serves|enjoys|obtained|"
    r"teaches|coaches|covers|"
    r"studied|trained|leads|founded|began|started|took|owns|runs|an?|the|who|our)\b|"
    rf"{_WORD}'s |(?:She|He|Her|His) |"
    r"I(?:'m| am|'ve been| have been) (?:an?|passionate|the)\b)"
)
_MAX_CHARS = 2000
_SIGNS = tuple(
    re.compile(sign, re.IGNORECASE)
    for sign in (
        (
            r"\b\d+\+?[ -]?(?:hour|year)s?'?\b.{0,30}\b(?:experience|training|program|course)"
            r"|\byears? (?:of )?experience|\bdecades? of\b|\bwealth of (?:experience|knowledge)"
            r"|\bfor (?:over|more than|the past|nearly|almost|the last) (?:\d+|two|ten|twenty)\b"
        ),
        (
            r"\b(?:bachelor|master of|masters?'? (?:degree|in)|doctorate|doctoral|diploma|degree|"
            r"graduat\w+|undergraduate|alumn\w+|residency|fellowship|ph\.?d|certificat\w+|"
            r"(?:studied|trained) at)\b"
        ),
        (
            r"\b(?:certified|licen[sc]ed|registered|qualified|accredited|chartered|award-winning|"
            r"skilled|experienced|avid|freelance|seasoned|dedicated)\b.{0,60}\b(?:therapist|physician|"
            r"doctor|surgeon|nurse|trainer|specialist|writer|journalist|editor|author|instructor|"
            r"teacher|practitioner|chiropractor|osteopath|physiotherapist|dietitian|coach|researcher|"
            r"professional|educator|blogger)|\bis certified in\b"
            # "who", "with": the text goes on about that person as its example
            r"|\bis an? (?:[\w'-]+ ){0,3}(?:therapist|physician|surgeon|trainer|writer|journalist|"
            r"editor|instructor|teacher|practitioner|chiropractor|osteopath|physiotherapist|"
            r"dietitian|coach|researcher)\b(?! (?:who|whose|with)\b)"
        ),
        r"\bfollow (?:him|her|them) (?:on|at)\b|(?<!\w)@\w{3,}",
        (
            r"\b(?:passionate|passion for|dedicated to|committed to|enjoys|loves|believes|strives|"
            r"takes pride|love for|desire to|speciali[sz](?:es|ing) in|special interest)\b"
        ),
        (
            r"\b(?:in (?:his|her|their) (?:spare|free) time|outside (?:of )?(?:work|the clinic)|"
            r"when (?:he|she|they|i)(?:'s|'re|'m| is| are| am)? ?n(?:o|')t|lives (?:in|with)|"
            r"spending time with|"
            r"(?:his|her|their) (?:family|wife|husband|dogs?|cats?|clients|career))\b"
        ),
        (
            r"\b(?:has )?(?:written|published) (?:[\w-]+ ){0,3}books?\b"
            r"|\b(?:founder|co-founder|author of|writer|journalist|editor|blogger|contributor|"
            r"owner of|director of|head of|professor of|lecturer|team leader|consultant)\b"
        ),
        (
            r"\b(?:(?-i:[A-Z])\w+ (?-i:University|College|Institute|Hospital)|University of|"
            r"College of|School of|Institute of)\b"
        ),
        (
            r"\b(?:his|her|their|my) (?:work|articles|writing|training|certifications|experience|"
            r"practice|background)\b|\bhas (?:appeared|been featured|been published) in\b"
        ),
    )
)
# What somebody said or found is reporting, not a note on that person.
_REPORTS = re.compile(
    r"\b(?:said|says|told|explain(?:s|ed)|add(?:s|ed)|according to|suggests?|found that|"
    r"recommend(?:s|ed)|advis(?:es|ed)|patients? (?:may|should|can))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Bio:
    """How much a paragraph reads like a note on a person.

    Attributes:
        name: The person's name where the paragraph starts with it, else "".
        starts: Whether it starts as such notes do: a name and a verb, She, He, I am a.
        signs: How many of nine kinds of sign it bears (degree, years of experience, ...).
    """

    name: str
    starts: bool
    signs: int

    def certain(self, *, amid: bool) -> bool:
        """Whether it is one. In the middle of an article, reports about people take more signs."""
        if amid:
            return self.starts and self.signs >= 3  # noqa: PLR2004
        return self.starts and (self.signs >= 2 or (" " in self.name and self.signs >= 1))  # noqa: PLR2004


def bio_of(text: str) -> Bio:
    """Judge one paragraph, by its beginning: notes on people are not long."""
    text = text[:_MAX_CHARS]
    start = _START.match(text)
    signs = sum(bool(sign.search(text)) for sign in _SIGNS)
    if _REPORTS.search(text):
        signs -= 2
    if '"' in text[1:-1]:
        signs -= 1
    return Bio((start.group("name") or "") if start else "", start is not None, max(signs, 0))


_STRONG = tuple(
    re.compile(sign, re.IGNORECASE)
    for sign in (
        r"\b(?:are you|if you're|if you are) (?:looking|searching)\b|\bready to (?:feel|get)\b",
        r"\b(?:book|schedule|request)\b.{0,30}\b(?:appointment|consultation|session|visit|online|today)",
        r"\b(?:call|contact|visit|reach out to|get in touch with) (?:us|our)\b|\bgive us a call\b",
        r"\b(?-i:[A-Z])\w+ (?-i:[A-Z])\w+(?: (?-i:[A-Z])\w+)* (?:offers?|provides?|can help)\b",
    )
)
_WEAK = tuple(
    re.compile(sign, re.IGNORECASE)
    for sign in (
        (
            r"\b(?:our|we)\b.{0,40}\b(?:clinic|team|therapists?|services|staff|experts|offer|provide|"
            r"surgeons|physicians|doctors|specialists|physios)\b"
        ),
        r"\+?\(?\d{3,4}\)?[ .-]\d{3}[ .-]?\d{3,4}\b",
        r"!(?:\s|$)",
        r"\b\w+\.(?:com|net|org|co\.uk|ca)\b",
        r"^(?:shop|buy|order|get|lose|change|discover|start|download|save|win|claim|unlock)\b",
        r"[$£€]\s?\d|\bdiscount|\bsale\b|\bdeals?\b|\b(?:special|free) offer",
    )
)


def advert_signs(text: str) -> tuple[int, int]:
    """How many strong and how many weak signs of selling a line bears, at most four and six."""
    return (
        sum(bool(sign.search(text)) for sign in _STRONG),
        sum(bool(sign.search(text)) for sign in _WEAK),
    )
