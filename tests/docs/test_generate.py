"""The generated reference: nothing is missing and nothing is out of date."""

import importlib.util
import inspect
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer

import rowspace
from rowspace.cli.app import app
from rowspace.recipes import registry

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def generate():
    spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def page(name):
    return (DOCS / name).read_text(encoding="utf-8")


def commands(path, command):
    """Yield every command below `command` with its path."""
    yield path, command
    for name, below in getattr(command, "commands", {}).items():
        yield from commands(f"{path} {name}", below)


COMMANDS = dict(commands("rowspace", typer.main.get_command(app)))


def test_the_pages_are_what_the_package_says_now():
    done = subprocess.run(
        [sys.executable, DOCS / "generate.py", "--check"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_check_names_a_page_that_is_out_of_date(generate, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(generate, "FOLDER", tmp_path)
    assert generate.main([]) == 0 and generate.main(["--check"]) == 0
    (tmp_path / "cli.md").write_text("old", encoding="utf-8")
    assert generate.main(["--check"]) == 1
    assert "docs/cli.md: out of date" in capsys.readouterr().err


@pytest.mark.parametrize("path", COMMANDS)
def test_every_command_and_option_is_documented_and_has_help(path):
    part = page("cli.md").partition(f"# `{path}`\n")[2].partition("\n## ")[0].partition("\n### ")[0]
    assert part, f"{path} is missing"
    assert COMMANDS[path].help
    for parameter in COMMANDS[path].params:
        assert parameter.help, f"{path} {parameter.name} has no help"
        names = [*parameter.opts, *parameter.secondary_opts]
        for name in names if parameter.param_type_name == "option" else [parameter.metavar]:
            assert name in part, f"{path} {name} is missing"
        if parameter.param_type_name == "option" and not parameter.is_flag:
            assert parameter.metavar, f"{path} {parameter.name} has no metavar"


def test_every_published_method_is_documented_with_sources_options_and_axes():
    pages = {True: page("recipes.md"), False: page("measures.md")}
    for entry in registry.entries():
        text = pages[entry.kind == "recipe"]
        part = text.partition(f"\n## `{entry.name}`")[2].partition("\n## ")[0]
        assert entry.claim in part
        assert all(str(paper) in part for paper in entry.papers)
        assert all(option in part for option in entry.options)
        if entry.kind == "recipe":
            assert str(entry.function()) in part


def test_every_public_name_is_documented(generate):
    text = page("api.md")
    for module in generate.public_modules():
        part = text.partition(f"\n## `{module.__name__}`\n")[2].partition("\n## ")[0]
        for name in module.__all__:
            assert name.startswith("__") or f"### `{name}`" in part


def test_every_public_function_and_method_has_a_docstring():
    for info in pkgutil.walk_packages(rowspace.__path__, "rowspace."):
        if info.name == "rowspace.__main__":
            continue
        module = importlib.import_module(info.name)
        for name, value in vars(module).items():
            if name.startswith("_") or getattr(value, "__module__", "") != info.name:
                continue
            if inspect.isfunction(value) or inspect.isclass(value):
                assert inspect.getdoc(value), f"{info.name}.{name}"
            for member, attribute in vars(value).items() if inspect.isclass(value) else ():
                if inspect.isfunction(attribute) and not member.startswith("_"):
                    assert inspect.getdoc(attribute), f"{info.name}.{name}.{member}"


def test_links_between_the_pages_lead_somewhere():
    for file in DOCS.glob("*.md"):
        for target in re.findall(r"\]\(([^)#]+)", file.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (DOCS / target).exists(), f"{file.name} links to {target}"
