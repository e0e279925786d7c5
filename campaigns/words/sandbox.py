"""Where templates are compiled: a sandbox that cannot change or reach anything, each with its parts drawn in.

A text is put together once, when it is compiled, and not again for every message: what it includes becomes part of
it, with names of its own as an include has them.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, cast

from jinja2 import Environment, StrictUndefined, TemplateSyntaxError, meta, nodes
from jinja2.bccache import Bucket, BytecodeCache
from jinja2.loaders import BaseLoader
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from campaigns.words.pages import FILTERS

ALLOWED_FILTERS = ("capitalize", "first", "join", "length", "lower", "trim", "upper")


class Ready(dict[str, Any]):
    """Values that were cleaned when they were made. A template can ask for what is in it and for nothing else."""

    __slots__ = ()


class Sandbox(ImmutableSandboxedEnvironment):
    """Strict about what is missing, with a few filters and nothing global.

    ``is_html``: what is filled in is escaped. Otherwise the text is plain, and each channel escapes for itself.
    """

    def __init__(self, loader: BaseLoader, *, is_html: bool = False) -> None:
        super().__init__(
            loader=loader,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            autoescape=is_html,
            auto_reload=False,  # whoever changes the words starts the program again
            bytecode_cache=COMPILED,
        )
        self.texts = loader
        self.filters = {name: self.filters[name] for name in ALLOWED_FILTERS}
        self.globals.clear()

    def getattr(self, obj: Any, attribute: str) -> Any:
        """What ``obj`` has by that name, as the sandbox allows. Of our own values that is known without looking."""
        if type(obj) is Ready:
            return obj[attribute] if attribute in obj else self.undefined(obj=obj, name=attribute)
        return super().getattr(obj, attribute)

    def source(self, name: str) -> str:
        """A template's text. Raises TemplateNotFound."""
        return self.texts.get_source(self, name)[0]

    def _generate(
        self, source: nodes.Template, name: str | None, filename: str | None, defer_init: bool = False
    ) -> str:
        whole = _DrawnIn(self, (name,) if name else ()).visit(source)
        return super()._generate(whole, name, filename, defer_init=defer_init)


class _DrawnIn(NodeTransformer):
    """Puts what is included in the place of the include."""

    def __init__(self, sandbox: Sandbox, within: tuple[str, ...]) -> None:
        self.sandbox, self.within = sandbox, within

    def visit_Include(self, node: nodes.Include) -> nodes.Node:  # noqa: N802 - jinja2's visitor calls it so
        name = node.template.value if isinstance(node.template, nodes.Const) else None
        if not isinstance(name, str) or node.ignore_missing or not node.with_context:
            return node
        if name in self.within:
            raise TemplateSyntaxError(f"{name} includes itself", node.lineno, self.within[-1])
        part = self.sandbox.parse(self.sandbox.source(name), name)
        drawn = _DrawnIn(self.sandbox, (*self.within, name)).visit(part)
        return nodes.Scope(drawn.body, lineno=node.lineno)


class Compiled(BytecodeCache):
    """Texts compiled in this process, by their content: the next composer need not compile them again."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], bytes] = {}

    def get_bucket(self, environment: Environment, name: str, filename: str | None, source: str) -> Bucket:
        """The content of a text is also that of the parts drawn into it."""
        whole = "\x1f".join([source, *_parts(cast("Sandbox", environment), source, name)])
        return super().get_bucket(environment, name, filename, whole)

    def load_bytecode(self, bucket: Bucket) -> None:
        known = self.kept.get((bucket.key, bucket.checksum))
        if known is not None:
            bucket.bytecode_from_string(known)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


COMPILED = Compiled()


def _parts(sandbox: Sandbox, source: str, name: str) -> Iterator[str]:
    """The texts of all that a text includes, and what these include, each once. Raises as ``names`` does."""
    wanted, seen = list(names(source, name)[1]), set[str]()
    while wanted:
        part = wanted.pop()
        if part not in seen:
            seen.add(part)
            text = sandbox.source(part)
            wanted.extend(names(text, part)[1])
            yield text


@lru_cache(maxsize=1_024)
def names(source: str, name: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """What a template's text asks for, and which others it includes.

    Raises TemplateSyntaxError, and TemplateNotFound where one of those is not there.
    """
    reader = Environment(autoescape=False)  # noqa: S701 - read for its names, never rendered
    reader.filters |= FILTERS
    tree = reader.parse(source, name)
    included = tuple(found for found in meta.find_referenced_templates(tree) if found)
    return frozenset(meta.find_undeclared_variables(tree)), included
