"""Languages whose tool is the convention: one row each."""

from dataclasses import dataclass

from honk.verify.base import Ecosystem, Kind, Listing, Verifier


@dataclass(frozen=True)
class _Row:
    """`mark` is the file by which the project is known; `wrapper` a script that is preferred to `program`."""

    name: str
    marks: tuple[str, ...]
    locks: tuple[str, ...]
    program: str
    wrapper: str
    checks: tuple[tuple[Kind, str], ...]
    setup: str


_ROWS = (
    _Row(
        "Go",
        ("go.mod",),
        ("go.sum", "go.work"),
        "go",
        "",
        (("format", 'test -z "$(gofmt -l . | tee /dev/stderr)"'), ("lint", "{} vet ./..."), ("test", "{} test ./...")),
        "{} mod download",
    ),
    _Row(
        "Rust",
        ("Cargo.toml",),
        ("Cargo.lock", "rust-toolchain.toml"),
        "cargo",
        "",
        (("build", "{} check -q --all-targets --offline"), ("test", "{} test -q --offline --no-fail-fast")),
        "{} fetch",
    ),
    _Row(
        "Maven",
        ("pom.xml",),
        (),
        "mvn",
        "mvnw",
        (("test", "{} -q -B -o -fae test"),),
        "{} -q -B test-compile -DskipTests && {} -q -B dependency:go-offline",
    ),
    _Row(
        "Gradle",
        ("build.gradle", "build.gradle.kts"),
        ("settings.gradle", "settings.gradle.kts", "gradle.lockfile", "libs.versions.toml"),
        "gradle",
        "gradlew",
        (("test", "{} -q --offline --no-daemon --continue test"),),
        "{} -q --no-daemon testClasses",
    ),
)


def _ecosystem(row: _Row) -> Ecosystem:
    def program(listing: Listing) -> str:
        return f"sh ./{row.wrapper}" if row.wrapper in listing.paths else row.program

    def verifiers(listing: Listing) -> tuple[Verifier, ...]:
        source = listing.first(row.marks)
        if not source:
            return ()
        return tuple(
            Verifier(kind, command.replace("{}", program(listing)), source, kind) for kind, command in row.checks
        )

    def setup(listing: Listing) -> tuple[str, ...]:
        return (row.setup.replace("{}", program(listing)),) if listing.first(row.marks) else ()

    return Ecosystem(row.name, (*row.marks, *row.locks), verifiers, setup)


OTHERS = tuple(_ecosystem(row) for row in _ROWS)
