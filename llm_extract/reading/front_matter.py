"""Facts about an article that stand before its text, between two lines of three hyphens."""

from __future__ import annotations

import re

import yaml

from llm_extract.errors import InputError

_OPENING = re.compile(r"---[ \t]*\r?\n")
_CLOSING = re.compile(r"^---[ \t]*(?:\r?\n|\Z)", re.MULTILINE)
_MAX_LENGTH = 65_536
_MAX_DEPTH = 20


def split_front_matter(text: str) -> tuple[dict[str, object] | None, str]:
    """Divide ``text`` into its front matter and the text after the closing line, unchanged.

    None means that there is no front matter: no opening line, no closing line, or prose between
    the two. Every value is a string as written, a list or a mapping: nothing is turned into a
    date or a number. Raises InputError, naming the line, when the YAML between is broken.
    """
    opening = _OPENING.match(text)
    closing = opening and _CLOSING.search(text, opening.end())
    if not opening or not closing or closing.start() > _MAX_LENGTH:
        return None, text
    block = text[opening.end() : closing.start()]
    facts = _load(block)
    if facts is None:
        return None, text
    return facts, text[closing.end() :]


def _load(block: str) -> dict[str, object] | None:
    try:
        node = yaml.compose(block, Loader=_PlainLoader)
        if node is None:
            return {}
        if not isinstance(node, yaml.MappingNode):
            return None
        _refuse_repeats(node)
        return dict(yaml.load(block, Loader=_PlainLoader))
    except yaml.MarkedYAMLError as error:
        # Line 1 of the block is line 2 of the file.
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 2}" if mark else "line 2 or later"
        raise _broken(where, error.problem or "not YAML") from None
    except (yaml.YAMLError, ValueError, TypeError) as error:
        raise _broken("line 2 or later", str(error).splitlines()[0]) from None
    except RecursionError:
        raise _broken("line 2 or later", "nested too deeply") from None


def _broken(where: str, problem: str) -> InputError:
    return InputError(
        f"{where}: the front matter is not valid YAML: {problem}",
        'write one "key: value" a line, with quotation marks around a value that holds ": "; '
        'or begin the file with an empty line if "---" is part of the text',
    )


class _PlainLoader(yaml.BaseLoader):
    """Reads scalars as strings ("no" is a language, not False) and refuses aliases."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: object) -> yaml.Node | None:
        # A handful of aliases can unfold to gigabytes when the record is written.
        if self.check_event(yaml.AliasEvent):
            raise yaml.MarkedYAMLError(None, None, "aliases are not read", self.get_mark())
        if self.depth > _MAX_DEPTH:
            raise yaml.MarkedYAMLError(None, None, "nested too deeply", self.get_mark())
        self.depth += 1
        try:
            node: yaml.Node | None = super().compose_node(parent, index)  # type: ignore[arg-type]
        finally:
            self.depth -= 1
        return node


def _refuse_repeats(node: yaml.MappingNode) -> None:
    seen: set[str] = set()
    for key, _ in node.value:
        name = str(key.value)
        if name in seen:
            raise yaml.MarkedYAMLError(None, None, f"{name!r} is given twice", key.start_mark)
        seen.add(name)
