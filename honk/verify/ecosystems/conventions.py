"""Languages whose tool is the convention: one row each."""

import re
from dataclasses import dataclass

from honk.verify.base import Ecosystem, Kind, Listing, Needs, Verifier


@dataclass(frozen=True)
class _Row:
    """`marks` are shell patterns of the files by which the project is known; `wrapper` is a script that is preferred to
    `program`. Each of `checks` is a kind, a command (`{}`: the program, `{mark}`: the file), and a pattern: a path that
    must be there, or after `text:` what the mark file must hold.
    """

    name: str
    marks: tuple[str, ...]
    locks: tuple[str, ...]
    program: str
    wrapper: str
    checks: tuple[tuple[Kind, str, str], ...]
    setup: str


_CMAKE = "cmake -S . -B .honk/build && cmake --build .honk/build"
_MESON = "{ test -d .honk/build || meson setup .honk/build; } && meson compile -C .honk/build"
_AUTOTOOLS = "{ test -x configure || autoreconf -fi; } && { test -f Makefile || ./configure; } && make"
_ROWS = (
    _Row(
        "Go",
        ("go.mod",),
        ("go.sum", "go.work"),
        "go",
        "",
        (
            ("format", 'test -z "$(gofmt -l . | tee /dev/stderr)"', ""),
            ("lint", "{} vet ./...", ""),
            ("test", "{} test ./...", ""),
        ),
        "{} mod download",
    ),
    _Row(
        "Rust",
        ("Cargo.toml",),
        ("Cargo.lock", "rust-toolchain.toml", "rust-toolchain"),
        "cargo",
        "",
        (
            ("build", "{} check -q --all-targets --offline", ""),
            ("test", "{} test -q --offline --no-fail-fast", ""),
        ),
        "{} fetch",
    ),
    _Row(
        "Java",
        ("pom.xml",),
        (),
        "mvn",
        "mvnw",
        (("test", "{} -q -B -o -fae test", ""),),
        "{} -q -B test-compile -DskipTests && {} -q -B dependency:go-offline",
    ),
    _Row(
        "Java",
        ("build.gradle", "build.gradle.kts"),
        ("settings.gradle", "settings.gradle.kts", "gradle.lockfile", "libs.versions.toml"),
        "gradle",
        "gradlew",
        (("test", "{} -q --offline --no-daemon --continue test", ""),),
        "{} -q --no-daemon testClasses",
    ),
    _Row(
        "Ruby",
        ("Gemfile",),
        ("Gemfile.lock", "*.gemspec", ".ruby-version"),
        "bundle exec",
        "",
        (
            ("lint", "{} standardrb", r"\.standard\.yml"),
            ("lint", "{} rubocop", r"\.rubocop\.yml"),
            ("test", "bin/rails test", r"bin/rails"),
            ("test", "{} rspec", r"\.rspec|spec/.*_spec\.rb"),
            ("test", "{} rake test", r"Rakefile"),
        ),
        "bundle install",
    ),
    _Row(
        "PHP",
        ("composer.json",),
        ("composer.lock",),
        "vendor/bin",
        "",
        (
            ("format", "{}/php-cs-fixer fix --dry-run --diff", r"\.php-cs-fixer(\.dist)?\.php"),
            ("format", "{}/pint --test", r"pint\.json"),
            ("lint", "{}/phpstan analyse --no-progress", r"phpstan\.neon(\.dist)?"),
            ("lint", "{}/psalm", r"psalm\.xml(\.dist)?"),
            ("lint", "{}/phpcs", r"\.?phpcs\.xml(\.dist)?"),
            ("test", "php artisan test", r"artisan"),
            ("test", "{}/pest", r"tests/Pest\.php"),
            ("test", "{}/phpunit", r"phpunit\.xml(\.dist)?"),
        ),
        "composer install --no-interaction --no-progress",
    ),
    _Row(
        ".NET",
        ("*.sln", "*.slnx", "*.csproj", "*.fsproj"),
        ("packages.lock.json", "global.json", "Directory.Packages.props", "Directory.Build.props"),
        "dotnet",
        "",
        (
            ("build", "{} build --no-restore", ""),
            ("test", "{} test --no-restore", r"(?i).*tests?[^/]*\.(cs|fs)proj"),
        ),
        "{} restore",
    ),
    _Row(
        "Elixir",
        ("mix.exs",),
        ("mix.lock", ".tool-versions"),
        "mix",
        "",
        (
            ("format", "{} format --check-formatted", r"\.formatter\.exs"),
            ("lint", "{} credo", r"\.credo\.exs"),
            ("build", "{} compile --warnings-as-errors", ""),
            ("test", "{} test", r"test/.*_test\.exs"),
        ),
        "{} local.hex --force --if-missing && {} local.rebar --force --if-missing && {} deps.get",
    ),
    _Row(
        "Swift",
        ("Package.swift",),
        ("Package.resolved",),
        "swift",
        "",
        (("build", "{} build", ""), ("test", "{} test", r"Tests/.*\.swift")),
        "{} package resolve",
    ),
    _Row(
        "Dart",
        ("pubspec.yaml",),
        ("pubspec.lock",),
        "dart",
        "",
        (("lint", "{} analyze", ""), ("test", "{} test", r"test/.*_test\.dart")),
        "{} pub get",
    ),
    _Row(
        "C",
        ("CMakeLists.txt",),
        ("conanfile.txt", "conanfile.py", "vcpkg.json", "CMakePresets.json"),
        "cmake",
        "",
        (
            ("build", _CMAKE, ""),
            ("test", f"{_CMAKE} && ctest --test-dir .honk/build --output-on-failure",
             r"text:(?i)enable_testing|include *\( *ctest|add_test|catch_discover|gtest"),
        ),
        "",
    ),
    _Row("C", ("meson.build",), ("meson.options",), "meson", "", (
        ("build", _MESON, ""),
        ("test", f"{_MESON} && meson test -C .honk/build --print-errorlogs", r"text:\btest *\(|subdir *\( *'tests?"),
    ), ""),
    _Row("C", ("configure.ac", "configure"), ("Makefile.am",), "make", "", (
        ("build", _AUTOTOOLS, ""),
        ("test", f"{_AUTOTOOLS} && make check", r"Makefile\.am|Makefile\.in"),
    ), ""),
    _Row("Bazel", ("MODULE.bazel", "WORKSPACE", "WORKSPACE.bazel"), (), "bazel", "", (
        ("build", "{} build //...", ""),
        ("test", "{} test //...", ""),
    ), "{} fetch //..."),
)  # fmt: skip


def _ecosystem(row: _Row) -> Ecosystem:
    marks = [re.compile("[^/]*".join(map(re.escape, mark.split("*")))) for mark in row.marks]

    def mark_of(listing: Listing) -> str:
        if name := listing.first(mark for mark in row.marks if "*" not in mark):
            return name
        globs = [mark for mark, name in zip(marks, row.marks, strict=True) if "*" in name]
        found = (path for path in listing.paths if any(glob.fullmatch(path) for glob in globs)) if globs else ()
        return min(found, default="")

    def program(listing: Listing) -> str:
        return f"sh ./{row.wrapper}" if row.wrapper in listing.paths else row.program

    def holds(listing: Listing, condition: str, mark: str) -> bool:
        if condition.startswith("text:"):
            return bool(re.search(condition.removeprefix("text:"), listing.text(mark)))
        wanted = re.compile(condition)
        return not condition or any(wanted.fullmatch(path) for path in listing.paths)

    def verifiers(listing: Listing) -> tuple[Verifier, ...]:
        mark = mark_of(listing)
        found: dict[tuple[str, str], Verifier] = {}
        for kind, command, condition in row.checks if mark else ():
            key = (kind, "" if kind in ("test", "build") else command)
            if key not in found and holds(listing, condition, mark):
                found[key] = Verifier(kind, command.replace("{}", program(listing)), mark, kind)
        return tuple(found.values())

    def setup(listing: Listing, needs: Needs) -> tuple[str, ...]:
        return (row.setup.replace("{}", program(listing)),) if row.setup and mark_of(listing) else ()

    return Ecosystem(row.name, (*row.marks, *row.locks), verifiers, setup)


OTHERS = tuple(_ecosystem(row) for row in _ROWS)
