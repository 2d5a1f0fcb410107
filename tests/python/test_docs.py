"""docs/python.md, tried line by line; and the docstrings."""

import doctest
import inspect
from pathlib import Path

import ikevet

DOCS = Path(__file__).parents[2] / "docs" / "python.md"


def test_the_tutorial():
    result = doctest.testfile(str(DOCS), module_relative=False)
    assert result.attempted >= 15 and not result.failed


def test_everything_public_explains_itself():
    bare = []
    for name in ikevet.__all__:
        thing = getattr(ikevet, name)
        if not (inspect.isclass(thing) or inspect.isroutine(thing)):
            continue  # a module, a constant, a name for several types
        if not inspect.getdoc(thing):
            bare.append(name)
        if inspect.isclass(thing) and thing.__module__.startswith("ikevet") and not hasattr(thing, "_member_map_"):
            bare += [
                f"{name}.{member}"
                for member, value in vars(thing).items()
                if not member.startswith("_")
                and (callable(value) or isinstance(value, property))
                and not (inspect.getdoc(value) or "").strip()
            ]
    assert not bare, bare
