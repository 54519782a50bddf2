"""The files that install the book agree with each other and with what the library imports."""

import ast
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from importlib.metadata import packages_distributions
from itertools import chain
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCK = (ROOT / "requirements.lock").read_text()
FORBIDDEN = ("torchvision", "lpips", "torch-fidelity", "nvidia-", "triton", "lightning")


def pins(text: str) -> set[str]:
    """The lines that name a package, without hashes: ``name==version`` with its marker, if any."""
    return {line.removesuffix("\\").strip() for line in text.splitlines() if re.match(r"[a-z0-9]", line)}


def names(lines: set[str]) -> set[str]:
    return {canonicalize_name(Requirement(line).name) for line in lines}


CONSTRAINTS = pins((ROOT / "constraints.txt").read_text())


def declared(*extras: str) -> set[str]:
    """Names of the packages that pyproject asks for, with these extras; ``ganbook[...]`` resolved."""
    found: set[str] = set()
    for text in PROJECT["dependencies"] + [
        line for extra in extras for line in PROJECT["optional-dependencies"][extra]
    ]:
        requirement = Requirement(text)
        found |= (
            declared(*requirement.extras) if requirement.name == "ganbook" else {canonicalize_name(requirement.name)}
        )
    return found


def test_lock_and_constraints_name_the_same_versions():
    torch = {pin for pin in CONSTRAINTS if pin.startswith("torch==")}
    assert len(torch) == 1
    assert CONSTRAINTS - torch == pins(LOCK)


def test_every_pin_is_exact_and_every_locked_one_has_hashes():
    assert [pin for pin in CONSTRAINTS if [s.operator for s in Requirement(pin).specifier] != ["=="]] == []
    blocks = re.split(r"\n(?=[a-z0-9])", LOCK)
    assert [
        block.split()[0] for block in blocks if re.match(r"[a-z0-9]", block) and "--hash=sha256:" not in block
    ] == []


def test_everything_declared_is_pinned():
    assert declared("data", "book", "test", "dev") - names(CONSTRAINTS) == set()


@pytest.mark.parametrize("text", [*chain(PROJECT["dependencies"], *PROJECT["optional-dependencies"].values())])
def test_pinned_version_is_one_that_pyproject_allows(text):
    requirement = Requirement(text)
    for pin in map(Requirement, CONSTRAINTS):
        if canonicalize_name(pin.name) == canonicalize_name(requirement.name):
            assert requirement.specifier.contains(Version(str(pin.specifier).removeprefix("==")))


@pytest.mark.parametrize("start", FORBIDDEN)
def test_packages_that_break_the_cpu_install_are_nowhere(start):
    everywhere = names(CONSTRAINTS) | names(pins(LOCK)) | declared("data", "book", "test", "dev")
    assert [name for name in everywhere if name == start or (start.endswith("-") and name.startswith(start))] == []


def test_training_needs_only_what_a_gpu_machine_may_offer():
    core = "torch numpy lightning-fabric einops safetensors scikit-image tqdm jaxtyping typer pydantic filelock"
    comes_with_scikit_image = "imageio pillow scipy"
    assert declared() == {*core.split(), *comes_with_scikit_image.split()}


def test_conda_route_installs_the_same_pins():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    *conda, pip = environment["dependencies"]
    assert environment["name"] == PROJECT["name"]
    python = next(line.split("=")[1] for line in conda if line.startswith("python="))
    assert Requirement(f"python{PROJECT['requires-python']}").specifier.contains(f"{python}.0")
    assert pip == {"pip": ["--constraint constraints.txt", "--editable .[test]"]}


def test_library_imports_only_what_is_declared():
    known = packages_distributions()
    undeclared = {}
    for path in (ROOT / "lib").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            modules += [node.module] if isinstance(node, ast.ImportFrom) and node.module and not node.level else []
            for module in {name.split(".")[0] for name in modules} - sys.stdlib_module_names - {"ganbook", "lightning"}:
                if not {canonicalize_name(name) for name in known.get(module, [module])} & declared("book", "parsing"):
                    undeclared.setdefault(module, path.name)
    assert undeclared == {}


def test_training_comes_up_without_what_only_the_book_needs():
    """Widgets, plots and notebook tools are imported lazily. Here they are as good as not installed."""
    absent = [
        "matplotlib",
        "seaborn",
        "anywidget",
        "ipywidgets",
        "IPython",
        "jupytext",
        "papermill",
        "sklearn",
        "pooch",
        "torchmetrics",
        "yaml",
    ]
    slugs = [path.parent.name for path in (ROOT / "lib" / "ganbook").glob("*/train.py")]
    code = [
        f"import sys\nfor name in {absent}: sys.modules[name] = None",
        *(f"import ganbook.{slug}.train" for slug in slugs),
    ]
    result = subprocess.run([sys.executable, "-c", "\n".join(code)], capture_output=True, text=True)
    assert slugs and result.returncode == 0, result.stderr


def test_ci_runs_the_test_command_of_the_readme_on_its_own(tmp_path):
    """`.ci/run` with a stand-in for make: the README's command, CI=true, nothing to read from, its exit code kept."""
    assert "\nmake test " in (ROOT / "README.md").read_text()
    stand_in = tmp_path / "make"
    stand_in.write_text('#!/bin/sh\necho "make $* in $PWD, CI=$CI"\ncat\nexit 7\n')
    stand_in.chmod(0o755)
    environment = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    command = ["bash", ROOT / ".ci" / "run"]
    result = subprocess.run(command, cwd=tmp_path, env=environment, input="typed", capture_output=True, text=True)
    assert result.returncode == 7
    assert result.stdout == f"make test in {ROOT}, CI=true\n"


def make(*arguments: str) -> str:
    command = ["make", "--no-print-directory", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def test_make_alone_lists_every_command_of_the_readme():
    listed = set(re.findall(r"^  make ([a-z]+) ", make(), re.MULTILINE))
    assert {"book", "lab", "test", "check", "train", "help"} <= listed
    assert set(re.findall(r"make ([a-z]+)", (ROOT / "README.md").read_text())) <= listed


def test_make_train_hands_its_settings_on():
    told = make("--dry-run", "train", "CHAPTER=some_chapter", "PROFILE=paper", "MINUTES=7", "ARGS=--seed 3")
    assert told.splitlines()[-1] == ".venv/bin/ganbook train some_chapter --profile paper --minutes 7 --seed 3"


@pytest.mark.parametrize(
    ("uv", "expected"), [("/opt/some/uv", "'/opt/some/uv' pip install --python"), ("", "python -m pip install")]
)
def test_make_installs_with_uv_if_present_and_with_pip_else(uv, expected):
    told = make("--dry-run", "--always-make", "install", f"UV={uv}", "TORCH_ARGS=--pre")
    locked = next(line for line in told.splitlines() if "requirements.lock" in line and "echo" not in line)
    assert expected in locked and "--require-hashes --no-deps" in locked
    torch = next(line for line in told.splitlines() if "-c constraints.txt torch==" in line and "--pre" in line)
    assert expected in torch


def test_torch_fits_the_machine_unless_told_otherwise():
    """Asked of PyTorch's index with the build that the driver wants;
    the package index is the way out when that fails.
    """
    told = make("--dry-run", "--always-make", "install", "FIND_LINKS=", "TORCH_ARGS=", "UV=")
    automatic, way_out = next(line for line in told.splitlines() if "--torch-backend=auto" in line).split("||")
    assert "-c constraints.txt torch==" in automatic and "-c constraints.txt torch==" in told[told.index(way_out) :]
    assert "--torch-backend" not in make("--dry-run", "--always-make", "install", "TORCH_ARGS=--pre")


def test_make_test_installs_what_tests_need_of_the_system():
    everything = make("--dry-run", "system", "CHROMIUM=/nowhere", "MISSING=chromium bubblewrap")
    assert "apt-get -q install -y --no-install-recommends chromium bubblewrap;" in everything
    assert (
        "chromium" in make("--dry-run", "system", "CHROMIUM=/nowhere")
        and "system" in re.search(r"^test:(.*?)##", (ROOT / "Makefile").read_text(), re.MULTILINE)[1]
    )


def test_lab_opens_chapters_as_notebooks_and_asks_nothing():
    settings = json.loads((ROOT / "book" / "jupyterlab" / "overrides.json").read_text())
    assert settings["@jupyterlab/docmanager-extension:plugin"]["defaultViewers"]["markdown"] == "Jupytext Notebook"
    assert settings["@jupyterlab/apputils-extension:notification"]["fetchNews"] == "false"


def installed_elsewhere(folder: Path, *told: str, **programs: str) -> subprocess.CompletedProcess[str]:
    """make in a folder where all is installed but these stand-ins for programs in ``.venv/bin``,
    with other work's settings around it.
    """
    (folder / ".venv" / "bin").mkdir(parents=True)
    for name in ("Makefile", "constraints.txt", "requirements.lock", "pyproject.toml", "book"):
        (folder / name).symlink_to(ROOT / name)
    for name in ("venv", "packages", "torch", "ganbook", "lab"):
        (folder / ".venv" / f".made-{name}").touch()
    for name, text in programs.items():
        (folder / ".venv" / "bin" / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / ".venv" / "bin" / name).chmod(0o755)
    others = dict.fromkeys(
        ("JUPYTER_PATH", "JUPYTER_CONFIG_DIR", "PYTHONSTARTUP", "PIP_TARGET", "PIP_CONSTRAINT", "UV_CONSTRAINT"),
        "/other",
    )
    environment = os.environ | others | {"PIP_USER": "1"}
    return subprocess.run(
        ["make", "--no-print-directory", *told], cwd=folder, env=environment, capture_output=True, text=True
    )


@pytest.mark.parametrize("name", ["it's", 'a "b"', "with space", "$HOME", "試験", "a`b`;c"])
def test_lab_starts_in_a_folder_of_any_name(tmp_path, name):
    done = installed_elsewhere(tmp_path / name, "lab", jupyter='printf "%s\\n" "$@"; env')
    said, folder = done.stdout.splitlines(), tmp_path / name
    assert done.returncode == 0, done.stderr
    assert said[:3] == ["lab", f"--ServerApp.root_dir={folder}", f"--FileContentsManager.preferred_dir={folder}/book"]
    assert {f"JUPYTER_CONFIG_DIR={folder}/.venv/jupyter", f"IPYTHONDIR={folder}/.venv/ipython"} <= set(said)
    assert [line for line in said if line.endswith("=/other") and line.startswith(("JUPYTER", "PYTHON"))] == []


@pytest.mark.parametrize("uv", ["", "/opt/it's/uv"])
def test_packages_are_installed_here_wherever_other_work_wants_its_own(tmp_path, uv):
    """pip's `user` (here, and in its file: what the environment says counts more),
    `target` and `constraint`, and uv's.
    """
    report = 'echo "$* PIP_USER=$PIP_USER"; env | grep /other'
    (tmp_path / "it's").mkdir()
    (tmp_path / "it's" / "uv").write_text(f"#!/bin/sh\n{report}\n")
    (tmp_path / "it's" / "uv").chmod(0o755)
    uv = uv and str(tmp_path / "it's" / "uv")
    done = installed_elsewhere(
        tmp_path / "book", "--always-make", ".venv/.made-packages", f"UV={uv}", "PYTHON=/bin/true", python=report
    )
    assert "-r requirements.lock PIP_USER=0" in done.stdout and "Unterminated" not in done.stderr
    assert [line for line in done.stdout.splitlines() if line.startswith(("PIP_", "UV_"))] == []


@pytest.fixture(scope="module")
def bare_book(tmp_path_factory) -> Path:
    """A folder with the Makefile and a new environment, whose one locked package lies beside it as a wheel."""
    folder = tmp_path_factory.mktemp("bare") / "a book"
    folder.mkdir()
    file = folder.parent / "toy-1-py3-none-any.whl"
    parts = {"toy.py": "", "toy-1.dist-info/METADATA": "Metadata-Version: 2.1\nName: toy\nVersion: 1\n"}
    parts |= {
        "toy-1.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    }
    parts |= {"toy-1.dist-info/RECORD": "".join(f"{name},,\n" for name in [*parts, "toy-1.dist-info/RECORD"])}
    with zipfile.ZipFile(file, "w") as wheel:
        for name, text in parts.items():
            wheel.writestr(name, text)
    checksum = hashlib.sha256(file.read_bytes()).hexdigest()
    (folder / "requirements.lock").write_text(f"toy==1 --hash=sha256:{checksum}\n")
    (folder / "constraints.txt").touch()
    (folder / "Makefile").symlink_to(ROOT / "Makefile")
    venv.create(folder / ".venv", with_pip=True)
    (folder / ".venv" / ".made-venv").touch()
    return folder


@pytest.mark.parametrize("section", ["global", "install"])
@pytest.mark.parametrize("setting", ["target", "prefix", "root", "user", "constraint", "requirement"])
def test_packages_are_installed_here_whatever_pips_files_say(bare_book, tmp_path, section, setting):
    """With pip itself, since only it tells which of its settings wins."""
    (tmp_path / "other.txt").write_text("toy==2\n")
    value = {"user": "true", "constraint": tmp_path / "other.txt", "requirement": tmp_path / "other.txt"}.get(
        setting, tmp_path / "other"
    )
    (tmp_path / "pip.conf").write_text(
        "[global]\nno-index = true\n"
        f"find-links = {bare_book.parent}\n{'' if section == 'global' else '[install]'}\n{setting} = {value}\n"
    )
    environment = {name: text for name, text in os.environ.items() if not name.startswith(("PIP_", "UV_"))} | {
        "PIP_CONFIG_FILE": str(tmp_path / "pip.conf")
    }
    toy = Path(sysconfig.get_path("purelib", "venv", {"base": str(bare_book / ".venv")})) / "toy.py"
    toy.unlink(missing_ok=True)
    for info in toy.parent.glob("toy-*"):
        shutil.rmtree(info)
    (bare_book / ".venv" / ".made-packages").unlink(missing_ok=True)
    done = subprocess.run(
        ["make", ".venv/.made-packages", "UV="], cwd=bare_book, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert toy.is_file() and not (tmp_path / "other").exists()
