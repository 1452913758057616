from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import venv
import zipfile
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
DIST_INFO = f"llm_extract-{PROJECT['project']['version']}.dist-info"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build an sdist, and a wheel from it, of a copy of this tree; return where they are."""
    copy = tmp_path_factory.mktemp("build") / "tree"
    unwanted = shutil.ignore_patterns(
        ".*", "__pycache__", "*.egg-info", "build", "dist", "demo", "seeds", "cassettes"
    )
    shutil.copytree(ROOT, copy, ignore=unwanted)
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", "dist", cwd=copy)
    return copy / "dist"


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel into a fresh environment; return the directory of its commands.

    The environment sees the packages of this one, but not what is installed here as editable:
    of a directory named in a .pth file the .pth files are not read.
    """
    home = tmp_path_factory.mktemp("fresh")
    builder = venv.EnvBuilder(with_pip=False)
    builder.create(home)
    fresh = builder.ensure_directories(home)
    asked = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = Path(run(fresh.env_exe, "-c", asked, cwd=home).strip())
    (packages / "others.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    (wheel,) = built.glob("*.whl")
    pip = [sys.executable, "-m", "pip", "--quiet", "--python", fresh.env_exe]
    run(*pip, "install", "--no-deps", "--no-index", str(wheel), cwd=home)
    return Path(fresh.bin_path)


def run(*command: str, cwd: Path) -> str:
    """Run outside of this checkout's reach; return stdout."""
    mine = ("PYTHONPATH", "PYTHONHOME", "PYTHONSAFEPATH")
    environment = {
        k: v for k, v in os.environ.items() if k not in mine and not k.startswith("LLM_EXTRACT_")
    }
    done = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, encoding="utf-8"
    )
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


def packaged() -> Iterator[str]:
    """Yield what the wheel must hold, as the tree has it."""
    for path in (ROOT / "llm_extract").rglob("*.py"):
        yield path.relative_to(ROOT).as_posix()
    yield from ("llm_extract/prices.toml", "llm_extract/py.typed")
    yield "llm_extract/runs/experience.json"
    for path in (ROOT / "llm_extract" / "scoring" / "page").iterdir():
        yield path.relative_to(ROOT).as_posix()
    yield from (f"llm_extract/schemas/{path.name}" for path in (ROOT / "schemas").glob("*.py"))
    yield from (f"llm_extract/prompts/{path.name}" for path in (ROOT / "prompts").glob("*.j2"))


def test_the_wheel_holds_the_package_its_schemas_and_prompts_and_nothing_else(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    about = ("METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE", "top_level.txt")
    with zipfile.ZipFile(wheel) as opened:
        held = {name for name in opened.namelist() if not name.endswith("/")}
    assert held == {*packaged(), *(f"{DIST_INFO}/{name}" for name in about)}


def test_the_sdist_holds_what_the_wheel_is_built_from_and_no_tests(built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as opened:
        held = {m.name.partition("/")[2] for m in opened.getmembers() if m.isfile()}
    needed = {re.sub("^llm_extract/(schemas|prompts)/", r"\1/", path) for path in packaged()}
    assert held >= {*needed, "README.md", "LICENSE", "pyproject.toml"}
    assert {name.partition("/")[0] for name in held} == {
        *("llm_extract", "schemas", "prompts", "llm_extract.egg-info"),
        *("README.md", "LICENSE", "MANIFEST.in", "pyproject.toml", "PKG-INFO", "setup.cfg"),
    }


def test_the_installed_package_is_found_without_the_checkout(
    installed: Path, tmp_path: Path
) -> None:
    asked = (
        "import llm_extract.schemas.incident as i, llm_extract as l, sys;"
        "print(l.__file__); print(i.__file__); print(*l.__path__); print(*sys.path)"
    )
    told = run(str(installed / "python"), "-c", asked, cwd=tmp_path)
    own = str(installed.parent)
    package, schema, path, _ = told.splitlines()
    assert package.startswith(own)
    assert schema.startswith(own)
    assert path == str(Path(package).parent)
    assert str(ROOT) not in told.replace(sysconfig.get_path("purelib"), "")


def test_the_installed_command_lists_the_types_from_another_directory(
    installed: Path, tmp_path: Path
) -> None:
    told = run(str(installed / "llm-extract"), "types", cwd=tmp_path)
    stems = {path.stem for path in (ROOT / "schemas").glob("[!_]*.py")}
    names = {stem for stem in stems if not stem.endswith("_rules")}
    assert {line.split()[0] for line in told.splitlines()} == names


def test_the_installed_command_renders_a_prompt_from_another_directory(
    installed: Path, tmp_path: Path
) -> None:
    text = "On Monday, air raids killed 12 civilians in the region, officials said.\n"
    (tmp_path / "article.txt").write_text(text, encoding="utf-8")
    command = (str(installed / "llm-extract"), "prompt", "article.txt", "-t", "incident")
    told = run(*command, "--published", "2019-08-27", cwd=tmp_path)
    assert "[1] On Monday, air raids killed 12 civilians in the region, officials said." in told


def test_the_version_is_that_of_the_project(installed: Path, tmp_path: Path) -> None:
    told = run(str(installed / "llm-extract"), "--version", cwd=tmp_path)
    assert told.strip() == f"llm-extract {PROJECT['project']['version']}"


def sources() -> list[Path]:
    return [*(ROOT / "llm_extract").rglob("*.py"), *(ROOT / "schemas").glob("*.py")]


def imported(path: Path) -> set[str]:
    """Return the full names of the modules that a source file imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def test_every_package_that_is_imported_is_declared() -> None:
    declared = {
        re.split(r"[<>=~!\[; ]", line)[0].lower().replace("_", "-")
        for line in PROJECT["project"]["dependencies"]
    }
    owners = packages_distributions()
    names = {name.partition(".")[0] for path in sources() for name in imported(path)}
    others = names - sys.stdlib_module_names - {"llm_extract", "msvcrt", "fcntl"}
    owned = {n: {o.lower().replace("_", "-") for o in owners.get(n, ())} for n in others}
    # pydantic names its core as part of itself; openai brings httpx2, whose transport we bound.
    brought = {"pydantic_core", "httpx2"}
    missing = {name for name, own in owned.items() if name not in brought and not own & declared}
    assert missing == set()


def test_the_engine_imports_no_schema_by_name() -> None:
    guilty = {
        path.name
        for path in (ROOT / "llm_extract").rglob("*.py")
        for name in imported(path)
        if name.startswith("llm_extract.schemas")
    }
    assert guilty == set()


def test_every_package_directory_is_named_in_the_project() -> None:
    directories = {
        ".".join(path.parent.relative_to(ROOT).parts)
        for path in (ROOT / "llm_extract").rglob("__init__.py")
    }
    named = set(PROJECT["tool"]["setuptools"]["packages"])
    assert named == {*directories, "llm_extract.schemas", "llm_extract.prompts"}
