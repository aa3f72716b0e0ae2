"""The registry: every published method has a citation, a test, a benchmark and working defaults."""

from pathlib import Path

import pytest

from rowspace.errors import InputError, UnknownIdError
from rowspace.factor.grammar import Factorization, History
from rowspace.recipes import registry

ROOT = Path(__file__).parents[2]
ENTRIES = registry.entries()


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: e.name)
def test_every_entry_names_a_test_and_a_benchmark_that_exist(entry):
    assert (ROOT / entry.test).is_file()
    assert entry.benchmark is None or (ROOT / entry.benchmark).is_file()


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: e.name)
def test_every_entry_has_a_source_a_claim_and_a_summary(entry):
    assert entry.papers and entry.papers[0].year > 1900
    assert entry.claim.endswith(".") and entry.summary.endswith(".")
    assert entry.citation.startswith(entry.papers[0].authors)


@pytest.mark.parametrize("entry", registry.entries("recipe"), ids=lambda e: e.name)
def test_every_recipe_builds_with_its_defaults_and_survives_json(entry):
    factorization = registry.build(entry.name, {})
    assert isinstance(factorization, Factorization)
    assert Factorization.from_json(factorization.to_json()) == factorization


@pytest.mark.parametrize("entry", registry.entries("recipe"), ids=lambda e: e.name)
def test_every_recipe_documents_each_of_its_options(entry):
    histories = isinstance(registry.build(entry.name, {}).rows, History)
    assert ("dim" in entry.options) != histories  # those have one dimension per column
    for option in entry.options:
        assert f"{option}:" in entry.function.__doc__


def test_an_unknown_recipe_names_the_nearest():
    with pytest.raises(UnknownIdError, match=r"no recipe 'ialss'; nearest: 'ials'"):
        registry.get("ialss", "recipe")


def test_an_unknown_option_names_the_ones_there_are():
    with pytest.raises(InputError, match="svd has no option 'alpha'; its options are dim, "):
        registry.build("svd", {"alpha": 1})


def test_the_literature_lists_each_paper_once_with_the_places_that_cover_it():
    papers = registry.literature()
    titles = [p["title"] for p in papers]
    assert len(titles) == len(set(titles))
    assert papers == sorted(papers, key=lambda p: p["year"])
    hu = next(p for p in papers if p["authors"].startswith("Hu,"))
    assert hu["where"] == ["recipe ials", "explanation reasons"]
