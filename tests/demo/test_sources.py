from textwrap import dedent

from rowspace.demo.sources import Source, read_source


def read(text: str, name: str = "pack.mod", is_package: bool = False) -> Source:
    source = read_source(name, dedent(text), is_package)
    assert source is not None
    return source


def test_functions_classes_and_documented_methods_have_documents():
    source = read(
        '''
        """About it."""
        def top(first_arg, *, flag=False):
            "Do it."
            return helper_call(first_arg)  # a remark
        class Thing(Base):
            def __init__(self, size): self._size = size
            def said(self):
                "Say."
            def unsaid(self): return hidden_word
        '''
    )
    assert source.about.summary == "About it."
    assert [d.id for ds in source.definitions.values() for d in ds] == [
        "top",
        "Thing",
        "Thing.said",
    ]
    assert source.definitions["top"][0].summary == "Do it."
    for words in ("first arg", "flag", "helper call", "a remark"):
        assert words in source.definitions["top"][0].text
    thing = source.definitions["Thing"][0]
    assert thing.summary == "class Thing(size)"
    assert "hidden word" in thing.text
    assert "Say." in thing.text


def test_private_names_and_properties_have_no_document():
    source = read(
        """
        def _hidden(): "Doc."
        class A:
            "Doc."
            @property
            def size(self): "Doc."
            def _inner(self): "Doc."
        """
    )
    assert {k: [d.id for d in ds] for k, ds in source.definitions.items()} == {"A": ["A"]}


def test_definitions_below_if_and_try_are_found_and_the_first_one_counts():
    source = read(
        """
        try:
            def a(): "First."
        except ImportError:
            def b(): "B."
        else:
            def c(): "C."
        if True:
            def a(): "Second."
        """
    )
    assert {k: ds[0].summary for k, ds in source.definitions.items()} == {
        "a": "First.",
        "b": "B.",
        "c": "C.",
    }


def test_what_all_leaves_out_is_hidden_unless_it_is_documented():
    text = "__all__ = ['a']\n__all__ += ['b']\n__all__.extend(['c'])\n"
    source = read(text + "def a(): pass\ndef x(): pass\ndef y(): 'Documented.'")
    assert source.offered == {"a", "b", "c"}
    assert list(source.definitions) == ["a", "y"]


def test_a_computed_all_is_not_guessed():
    assert read("__all__ = ['a']\n__all__ += other.__all__").offered is None


def test_relative_imports_are_resolved():
    text = "from . import a\nfrom .b import c\nfrom ..d import *"
    assert read(text, "p.q.m").imports == (("p.q", ("a",)), ("p.q.b", ("c",)), ("p.d", ("*",)))
    assert read(text, "p.q", is_package=True).imports == (
        ("p.q", ("a",)),
        ("p.q.b", ("c",)),
        ("p.d", ("*",)),
    )


def test_only_packages_count_the_imports_inside_functions():
    text = "def f():\n    from .b import c"
    assert read(text, "p", is_package=True).imports == (("p.b", ("c",)),)
    assert read(text, "p").imports == ()


def test_what_is_not_python_is_left_out():
    assert read_source("m", "def broken(:", False) is None
    assert read_source("m", "x = '\0'", False) is None


def test_an_empty_module_is_a_document_without_definitions():
    source = read("")
    assert (source.about.summary, source.definitions) == ("", {})
