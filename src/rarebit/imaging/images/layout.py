"""Which folder names the class of an image, and which the part of the data it belongs to.

Classes may lie in folders for training, validation and test, or have such folders inside. Anything
that could make a part of the data pass for a class is refused.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import PurePath

from rarebit._common.wording import count, first_few, listed
from rarebit.exceptions import InputError

SPLITS = ("train", "val", "test")

# Class and split of an image; None if it is left out.
Place = tuple[str, str | None] | None

_PART = "train(?:ing)?|val(?:id(?:ation)?)?|test(?:ing)?"
_NEUTRAL = "data|dataset|dir|files?|folder|fold|images?|imgs?|part|samples?|scans?|set|split|subset"
_PART_NAME = re.compile(f"(?:{_NEUTRAL})*({_PART})(?:{_NEUTRAL})*")


def find_parts(folders: Iterable[str]) -> dict[str, str]:
    """Find the folders that are named as parts of the data, and the split that each stands for.

    >>> find_parts(["1_Train", "test set", "ill", "test_positive"])
    {'1_Train': 'train', 'test set': 'test'}
    >>> find_parts(["seg_train", "seg_test", "seg_pred"])
    {'seg_train': 'train', 'seg_test': 'test'}
    """
    named = {folder: part for folder in folders if (part := _part(folder))}
    splits = defaultdict(set)
    for split, more in named.values():
        splits[more].add(split)
    # With a further word in it, a name counts if another one differs in the part alone.
    return {
        folder: split
        for folder, (split, more) in named.items()
        if not more or ("train" in splits[more] and len(splits[more]) > 1)
    }


def arrange(paths: Sequence[PurePath]) -> tuple[list[Place], list[str]]:
    """Class and split of each image by its path below the folder, and notes on what was left out.

    >>> arrange([PurePath("train/ill/a.png"), PurePath("test/ill/b.png")])
    ([('ill', 'train'), ('ill', 'test')], [])
    """
    tops = sorted({path.parts[0] for path in paths if len(path.parts) > 1})
    inner = {folder for path in paths for folder in path.parts[1:-1]}
    if parts := find_parts(tops):
        places, notes = _classes_in_parts(paths, parts)
    elif len(tops) == 1 and inner:
        raise InputError(
            f"All images are in one folder, {tops[0]}: if the class folders are inside it, give "
            "that folder."
        )
    elif parts := find_parts(inner):
        places, notes = _parts_in_classes(paths, parts), []
    else:
        places = [(path.parts[0], None) if len(path.parts) > 1 else None for path in paths]
        notes = _same_inside(paths, tops)
    _refuse_parts_as_classes(places)
    loose = [p for p, place in zip(paths, places, strict=True) if not place and _is_loose(p, parts)]
    if loose:
        notes.append(f"{count(len(loose), 'image')} outside the class folders left out.")
    if parts and not any(place and place[1] == "train" for place in places):
        raise InputError(
            f"{_named(parts)}, but no training part has images in class folders: give one, such as "
            "train/, or rename what is a class."
        )
    if odd := {name: split for name, split in parts.items() if name.casefold() != split}:
        read = listed(f"{name} ({split})" for name, split in odd.items())
        notes.append(f"Folders read as parts of the data: {read}.")
    return places, notes


def _classes_in_parts(
    paths: Sequence[PurePath], parts: dict[str, str]
) -> tuple[list[Place], list[str]]:
    """Class folders in folders for the parts: ``train/ill/0.png``."""
    places: list[Place] = []
    beside: Counter[str] = Counter()
    for path in paths:
        part, *inside = path.parts
        known = part in parts and len(inside) > 1
        places.append((inside[0], parts[part]) if known else None)
        beside.update([part] if inside and part not in parts else [])
    if not any(places):
        raise InputError(
            f"{_named(parts)}, but hold images without class folders: put the images of each class "
            "into a subfolder of each part, or rename what is a class."
        )
    if both := sorted(beside.keys() & {place[0] for place in places if place}):
        raise InputError(
            f"There are folders named {first_few(both)} both inside {listed(parts)} and beside "
            "them: move one or the other away."
        )
    if not beside:
        return places, []
    names = first_few(f"{name} ({count(n, 'image')})" for name, n in beside.items())
    return places, [f"Folders beside {listed(parts)} left out: {names}."]


def _parts_in_classes(paths: Sequence[PurePath], parts: dict[str, str]) -> list[Place]:
    """Folders for the parts in class folders: ``ill/train/0.png``."""
    places: list[Place] = []
    below: dict[str, set[str]] = defaultdict(set)
    for path in paths:
        folders = path.parts[:-1]
        depth = next((i for i, name in enumerate(folders) if i and name in parts), None)
        if folders and depth is None:
            raise InputError(
                f"{_named(parts)} and lie inside the class folders, but {path.as_posix()} is in "
                "none of them: put every image into one of the parts, or rename the folders."
            )
        places.append((folders[0], parts[folders[depth]]) if depth else None)
        if depth:
            below[folders[0]].update(folders[depth + 1 :])
    repeated = [name for name, n in Counter(n for s in below.values() for n in s).items() if n > 1]
    if repeated:
        raise InputError(
            f"{_named(parts)}, with the same folders inside ({first_few(sorted(repeated))}) and "
            f"several outside ({first_few(below)}): either could be the classes. Put the parts "
            "into one folder, with the class folders inside."
        )
    return places


def _is_loose(path: PurePath, parts: dict[str, str]) -> bool:
    """Return whether an image lies where class folders are expected."""
    return len(path.parts) == 1 or path.parts[0] in parts


def _same_inside(paths: Sequence[PurePath], tops: Sequence[str]) -> list[str]:
    """Note the same subfolders in all class folders: perhaps those are the classes."""
    inside = [{p.parts[1] for p in paths if len(p.parts) > 2 and p.parts[0] == t} for t in tops]
    same = sorted(set.intersection(*inside)) if len(inside) > 1 else []
    if len(same) < 2:
        return []
    return [
        f"The classes are {first_few(tops)}, each with the same subfolders ({first_few(same)}): if "
        "those are the classes, make them the outer folders."
    ]


def _refuse_parts_as_classes(places: Iterable[Place]) -> None:
    """Refuse classes that are named as parts of the data."""
    if parts := find_parts(sorted({place[0] for place in places if place})):
        raise InputError(
            f"{_named(parts)}, but stand where class folders are expected: move them up, or rename "
            "what is a class."
        )


def _part(name: str) -> tuple[str, str] | None:
    """The split that a folder's name stands for and the other words in it, or None."""
    words = re.findall(r"[^\W\d_]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name))
    words = [word.casefold() for word in words]
    if found := _PART_NAME.fullmatch("".join(words)):
        return _split(found[1]), ""
    named = [word for word in words if re.fullmatch(_PART, word)]
    if len(named) != 1:
        return None
    return _split(named[0]), " ".join(word for word in words if word != named[0])


def _split(word: str) -> str:
    return next(split for split in SPLITS if word.startswith(split))


def _named(parts: Iterable[str]) -> str:
    names = list(parts)
    return f"{listed(names)} {'is' if len(names) == 1 else 'are'} named like parts of the data"
