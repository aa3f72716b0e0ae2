import os

from rowspace.demo.homes import Homes, is_internal, public_name
from rowspace.demo.sources import Source, read_source


def homes(files: dict[str, str], compiled: dict[str, list[str]] | None = None) -> Homes:
    sources: dict[str, Source] = {}
    for name, text in files.items():
        is_package = any(other.startswith(f"{name}.") for other in files)
        source = read_source(name, text, is_package)
        assert source is not None
        sources[name] = source
    return Homes(sources, compiled or {})


def test_a_name_lives_where_it_is_defined():
    assert homes({"m": "def f(): pass"}).home("m", "f") == "m"


def test_names_of_internal_modules_live_where_they_are_offered():
    found = homes({"csv": "from _csv import reader"}, {"_csv": ["reader", "other"]})
    assert found.home("_csv", "reader") == "csv"
    assert found.home("_csv", "other") is None


def test_a_star_brings_all_public_names():
    found = homes({"m": "from _m import *"}, {"_m": ["f"]})
    assert found.home("_m", "f") == "m"
    found = homes({"m": "from _m import *", "_m": "__all__ = ['f']\ndef f(): pass\ndef g(): pass"})
    assert found.home("_m", "f") == "m"
    assert found.home("_m", "g") is None


def test_names_of_submodules_live_in_the_package_that_offers_them():
    found = homes({"p": "from .tasks import gather", "p.tasks": "def gather(): pass\ndef own(): 0"})
    assert found.home("p.tasks", "gather") == "p"
    assert found.home("p.tasks", "own") == "p.tasks"


def test_chains_of_stars_are_followed_to_their_end():
    files = {"p": "from .api import *", "p.api": "from _p import *"}
    assert homes(files, {"_p": ["connect"]}).home("_p", "connect") == "p"


def test_who_lists_a_name_is_preferred_to_who_only_uses_it():
    files = {"a": "from _impl import f", "longer": "from _impl import f\n__all__ = ['f']"}
    assert homes(files, {"_impl": ["f"]}).home("_impl", "f") == "longer"


def test_modules_that_import_each_other_are_no_trap():
    files = {"p": "from .a import *", "p.a": "from .b import *", "p.b": "from .a import *"}
    assert homes(files).home("p.a", "f") == "p.a"


def test_abstract_collections_are_documented_in_collections_abc():
    found = homes({"os": "from _collections_abc import Mapping"})
    assert found.home("_collections_abc", "Mapping") == "collections.abc"


def test_os_path_and_os_are_known_by_their_documented_names():
    assert public_name(os.path.__name__) == "os.path"
    assert is_internal("posix")
    assert is_internal("genericpath")
    assert not is_internal("os")
