"""Which programs check a project, and of what kind a check is. Data, and look-ups in it."""

import re
from collections.abc import Sequence

from honk.verify.owners.step import Group

_ALWAYS: dict[Group, str] = {
    "test": "pytest py.test nose2 nosetests trial stestr ward behave green jest vitest mocha ava tap tape uvu "
    "jasmine karma "
    "rspec minitest phpunit simple-phpunit pest paratest behat ctest gotestsum ginkgo bats prove busted japa lab "
    "cucumber cucumber-js robot web-test-runner wtr",
    "lint": "flake8 pylint pycodestyle pydocstyle bandit vulture codespell typos lint-imports interrogate doc8 "
    "rstcheck "
    "yamllint shellcheck markdownlint markdownlint-cli2 djlint check-manifest pyroma deptry validate-pyproject semgrep "
    "ansible-lint hadolint actionlint zizmor reuse slotscheck refurb check-jsonschema cython-lint eslint oxlint "
    "stylelint "
    "tslint standard xo knip publint attw cspell depcheck madge remark lockfile-lint ec editorconfig-checker "
    "staticcheck "
    "revive errcheck gosec cppcheck cpplint clang-tidy rubocop standardrb reek brakeman erblint erb_lint haml-lint "
    "slim-lint phpcs phpmd deptrac parallel-lint psalm phpstan tflint luacheck hlint swiftlint ktlint detekt "
    "golangci-lint solhint sherif fasterer mdl",
    "types": "mypy dmypy pyright basedpyright pytype pyre pyrefly tsc vue-tsc tsgo svelte-check flow",
    "format": "black isort yapf autopep8 docformatter usort ufmt blue mdformat pyproject-fmt pyupgrade prettier oxfmt "
    "clang-format php-cs-fixer pint ecs ormolu fourmolu stylua shfmt swiftformat gersemi cmake-format",
    "build": "sphinx-build webpack rollup tsup unbuild tsdown rspack gulp grunt ninja mkdocs bundlesize size-limit",
}
_BY_ARGUMENTS: dict[str, tuple[tuple[str, Group], ...]] = {
    "unittest": ((r"", "test"),),
    "doctest": ((r"", "test"),),
    "compileall": ((r"", "build"),),
    "ruff": ((r"format\b", "format"), (r"(?!rule|config|linter|clean|version)", "lint")),
    "ty": ((r"check\b", "types"),),
    "manage.py": ((r"test\b", "test"), (r"check\b|makemigrations .*--check", "lint")),
    "setup.py": ((r"(test|nosetests|pytest)\b", "test"),),
    "biome": ((r"format\b", "format"), (r"(ci|check|lint)\b", "lint")),
    "astro": ((r"check\b", "types"), (r"build\b", "build")),
    "next": ((r"lint\b", "lint"), (r"build\b", "build")),
    "vite": ((r"build\b", "build"),),
    "nuxt": ((r"(build|generate)\b", "build"),),
    "ng": ((r"test\b", "test"), (r"lint\b", "lint"), (r"build\b", "build")),
    "react-scripts": ((r"test\b", "test"), (r"build\b", "build")),
    "vue-cli-service": ((r"test\S*", "test"), (r"lint\b", "lint"), (r"build\b", "build")),
    "esbuild": ((r"(?!.*--watch)", "build"),),
    "node": ((r".*--test\b|(\./)?(tests?|spec)([./]\S*)?( |$)", "test"),),
    "tsx": ((r".*--test\b|(\./)?(tests?)/", "test"),),
    "dprint": ((r"check\b", "format"), (r"fmt\b", "format")),
    "deno": (
        (r"test\b", "test"),
        (r"lint\b", "lint"),
        (r"fmt\b", "format"),
        (r"check\b", "types"),
        (r"task test", "test"),
        (r"task lint", "lint"),
    ),
    "go": ((r"test\b", "test"), (r"vet\b", "lint"), (r"(build|install) (?!\S+@)", "build"), (r"fmt\b", "format")),
    "cargo": (
        (r"(test|t|nextest r\w*|insta test|llvm-cov|tarpaulin|miri test|careful test)\b", "test"),
        (r"(clippy|machete|sort|shear|spellcheck|semver-checks)\b", "lint"),
        (r"fmt\b", "format"),
        (r"hack .*\bclippy\b", "lint"),
        (r"hack .*\btest\b", "test"),
        (r"(check|c|build|b|doc|rustdoc|rustc|hack|bench .*--no-run|xtask (check|build))\b", "build"),
        (r"xtask (test|ci)\b", "test"),
        (r"xtask (lint|fmt|clippy|format)\b", "lint"),
    ),
    "rustfmt": ((r".*--check", "format"),),
    "cmake": ((r"--build\b.*(--target|-t) (test|check)\b", "test"), (r"--build\b", "build"), (r"--workflow\b", "test")),
    "meson": ((r"test\b", "test"), (r"compile\b", "build")),
    "bazel": ((r"(test|coverage)\b", "test"), (r"build\b", "build")),
    "scons": ((r".*\b(test|check)\b", "test"), (r"", "build")),
    "rake": ((r".*\b(rubocop|lint|standard)\b", "lint"), (r"(?!.*(release|publish|compile|db:|assets))", "test")),
    "rails": ((r"(\S+ )*(test|spec)\b", "test"), (r"zeitwerk:check", "lint")),
    "ruby": ((r"(-I\S+ |-w )*\S*(tests?|spec)/", "test"),),
    "srb": ((r"", "types"),),
    "steep": ((r"check\b", "types"),),
    "artisan": ((r"test\b", "test"),),
    "codecept": ((r"run\b", "test"),),
    "phpspec": ((r"run\b", "test"),),
    "rector": ((r".*", "lint"),),
    "composer": ((r"validate\b", "lint"), (r"normalize\b", "lint")),
    "dotnet": (
        (r"test\b|run .*[Tt]ests?", "test"),
        (r"(build|msbuild)\b", "build"),
        (r"format\b", "format"),
        (r"csharpier\b", "format"),
    ),
    "mix": (
        (r"(test|coveralls\S*|espec)\b", "test"),
        (r"format\b", "format"),
        (r"(credo|sobelow|xref|deps\.unlock .*--check-unused|doctor|lint)\b", "lint"),
        (r"dialyzer\b", "types"),
        (r"(compile|docs)\b", "build"),
    ),
    "rebar3": ((r".*\b(eunit|ct|proper)\b", "test"), (r"dialyzer|xref|lint", "lint"), (r"compile", "build"),
               (r"fmt", "format")),
    "swift": (
        (r"test\b", "test"),
        (r"build\b", "build"),
        (r"format lint\b|format .*--lint", "format"),
        (r"package .*(lint|swiftlint)", "lint"),
    ),
    "zig": ((r"build test\b|test\b", "test"), (r"fmt\b", "format"), (r"build\b", "build")),
    "stack": ((r"test\b", "test"), (r"build\b", "build")),
    "cabal": ((r"(v2-)?test\b", "test"), (r"(v2-)?build\b", "build")),
    "dune": ((r"(test|runtest)\b|build @?(runtest|test)", "test"), (r"build @fmt", "format"), (r"build\b", "build")),
    "dart": ((r"(run )?test\b", "test"), (r"analyze\b", "lint"), (r"format\b", "format")),
    "flutter": ((r"test\b", "test"), (r"analyze\b", "lint"), (r"build\b", "build")),
    "crystal": ((r"spec\b", "test"), (r"tool format", "format"), (r"build\b", "build")),
    "gleam": ((r"test\b", "test"), (r"format\b", "format"), (r"build\b", "build")),
    "forge": ((r"test\b", "test"), (r"fmt\b", "format"), (r"build\b", "build")),
    "terraform": ((r"fmt\b", "format"), (r"validate\b", "lint")),
    "helm": ((r"lint\b", "lint"),),
    "buf": ((r"lint\b|breaking\b", "lint"), (r"format\b", "format")),
    "sqlfluff": ((r"lint\b", "lint"),),
    "taplo": ((r"(fmt|format)\b", "format"), (r"(lint|check)\b", "lint")),
    "tofu": ((r"fmt\b", "format"), (r"validate\b", "lint")),
    "lein": ((r".*\btest\b", "test"), (r"(eastwood|kibit)\b", "lint")),
    "sbt": ((r".*(scalafmtCheck)\S*", "format"), (r".*\b\w*[tT]est\b", "test"), (r".*compile", "build")),
    "mill": ((r".*\btest\b", "test"), (r".*compile", "build")),
    "turbo": ((r".*\btest\b", "test"), (r".*\blint\b", "lint"), (r".*\b(type-?check|check-types)\b", "types"),
              (r".*\bbuild\b", "build")),
    "nx": ((r".*\btest\b", "test"), (r".*\blint\b", "lint"), (r".*\btypecheck\b", "types"), (r".*\bbuild\b", "build")),
    "lerna": ((r"run .*\btest\b", "test"), (r"run .*\blint\b", "lint"), (r"run .*\bbuild\b", "build")),
    "bun": ((r"test\b", "test"), (r"build\b", "build")),
    "mvn": (
        (r".*\b(spotless|fmt|formatter|spring-javaformat|sortpom|impsort)\S*:(check|validate|apply)", "format"),
        (r".*\b(checkstyle|pmd|spotbugs|license|detekt|ktlint|error-?prone|rat)\S*:\S*check", "lint"),
        (r"(?=.*\b(test|verify|package|install|integration-test)\b)(?!.*(skipTests"
            r"|maven\.test\.skip)\b(?!=false))", "test"),
        (r".*\b(compile|test-compile|package|install|verify|javadoc:\S+)\b", "build"),
    ),
    "gradle": (
        (r".*\b(spotless\w*|ktlintCheck|googleJavaFormat\w*|verifyGoogleJavaFormat|ktfmtCheck\w*)\b", "format"),
        (r"(?=.*(?:^|[ :])(\w*[tT]est(Debug|Release)?\w*|check|build|allTests)( |$))(?!.*(-x|--exclude-task) "
            r":?test\b)", "test"),
        (r".*\b(checkstyle\w*|pmd\w*|spotbugs\w*|detekt\w*|lint\w*|apiCheck|rat|license\w*)\b", "lint"),
        (r".*\b(assemble\w*|classes|testClasses|compile\w*|jar|build|shadowJar|javadoc)\b", "build"),
    ),
    "R": ((r"CMD check", "test"),),
    "xcodebuild": ((r".*\btest\b", "test"), (r"", "build")),
    "playwright": ((r"test\b", "test"),),
    "cypress": ((r"run\b", "test"),),
}  # fmt: skip
_SAME = {
    "mvnw": "mvn",
    "mvnd": "mvn",
    "py.test": "pytest",
    "gradlew": "gradle",
    "bazelisk": "bazel",
    "golangci-lint-v2": "golangci-lint",
    "ts-node": "tsx",
    "erb-lint": "erb_lint",
    "pre-commit": "pre-commit",
    "prek": "pre-commit",
    "gmake": "make",
    "standardjs": "standard",
    "eslint_d": "eslint",
    "trial3": "trial",
    "pyflakes": "flake8",
    "import-linter": "lint-imports",
}
_GROUP_OF = {program: group for group, programs in _ALWAYS.items() for program in programs.split()}
_PRINTS_ONLY = re.compile(r"(?:^|\s)(?:--version|-V|--help|-h|version|help|--init|--print-config|--showConfig)(?:\s|$)")
_LEFT_OUT = (
    (r"(pip-audit|safety|snyk|trivy|osv-scanner|govulncheck|bundle-audit|bundler-audit|grype|gitleaks|trufflehog)\b",
     "asks a database of vulnerabilities on the internet"),
    (r"(npm|pnpm|yarn|bun|cargo|composer|hex|mix hex\.|importmap|uv) ?(npm )?(audit|deny|outdated|vet)\b",
     "asks a database of vulnerabilities on the internet"),
    (r"(playwright test|cypress run|cypress-io|wdio|testcafe|nightwatch|protractor|puppeteer)\b", "needs a browser"),
    (r"(docker|docker-compose|podman|kubectl|helm install|act|kind|minikube)\b", "needs Docker or a cluster"),
    (r"(xcodebuild|pod|fastlane)\b", "needs Xcode"),
    (r"(lychee|linkchecker|linkinator|markdown-link-check|muffet|htmltest|awesome_bot)\b", "follows links on "
        "the internet"),
    (r"(python3? -m build|build$|twine check|poetry build|uv build|hatch build|flit build|check-wheel-contents"
        r"|cibuildwheel"
     r"|npm pack|pnpm pack|cargo package|cargo publish|gem build|dotnet pack|vsce package)",
     "makes a package for publishing"),
    (r"(codecov|coveralls|sonar\S*|codacy\S*|reviewdog|danger)\b", "reports to a service"),
    (r"(cargo bench|asv|hyperfine|pytest-benchmark|k6|locust|codspeed)\b", "measures speed"),
    (r"(infection|mutmut|stryker|cargo mutants)\b", "changes the program to test the tests"),
    (r"(cargo fuzz|clusterfuzz|go-fuzz|oss-fuzz)\b", "searches for inputs without an end"),
)  # fmt: skip


def base_name(word: str) -> str:
    """The program that a word of a command calls: `./vendor/bin/phpunit` is phpunit."""
    name = word.rsplit("/", 1)[-1]
    for ending in (".exe", ".bat", ".cmd", ".phar"):
        name = name.removesuffix(ending)
    return _SAME.get(name, name)


def group_of(words: Sequence[str]) -> Group | None:
    """The kind of check that a command is; None where it is no check that Honk knows."""
    program = base_name(words[0])
    rest = " ".join(words[1:])
    if _PRINTS_ONLY.match(rest) or re.search(r"\s--(?:version|help)$", f" {rest}"):
        return None
    if program == "cargo":
        rest = re.sub(r"^\+\S+ ", "", rest)
    if program == "mkdocs" and not rest.startswith("build"):
        return None
    for pattern, group in _BY_ARGUMENTS.get(program, ()):
        if re.match(pattern, rest):
            return group
    return None if program in _BY_ARGUMENTS else _GROUP_OF.get(program)


def left_out(words: Sequence[str]) -> str:
    """Why a known checking program is not run here, empty for all others."""
    text = " ".join((base_name(words[0]), *words[1:]))
    return next((reason for pattern, reason in _LEFT_OUT if re.match(pattern, text)), "")


_NAMES: tuple[tuple[Group | None, str], ...] = (
    (None, r"(.*[:_-])?(watch|dev|start|serve|fix|write|update|publish|deploy|release|clean|install|bench\w*|fuzz\w*"
           r"|audit|docker\S*|e2e|smoke|ui|open|debug)([:_-].*)?"),
    ("format", r"(check[:_-]?)?(format|fmt|prettier|black|style|formatting)([:_-]?(check|ci|test|verify))?"
        r"|(check|verify|lint)"
               r"[:_-](format|fmt|style|prettier|formatting)|isort"),
    ("types", r"(check[:_-]?)?(type|types|typing|typings|tsc|mypy|pyright|ty|vue-tsc)([:_-]?(check|checks|test"
        r"|ci|src))?|typecheck"
              r"(:\S+)?|(check|test|lint)[:_-]?(types?|typing|tsc|ts)"),
    ("lint", r"(.*[:_-])?(lint|linter|linters|linting|eslint|ruff|flake8|pylint|rubocop|clippy|vet|static"
        r"|analy[sz]e|quality|qa|phpstan"
             r"|phpcs|cs|pre-?commit|stylelint|biome|oxlint|codestyle|golangci|shellcheck|codespell|credo)([:_-].*)?"),
    ("test", r"(.*[:_-])?(tests?|unit|units|unittests?|specs?|cov|coverage|pytest|jest|vitest|mocha|integration|phpunit"
             r"|py\d*|pypy\d*|doctests?|rspec|check)([:_-].*)?|py\d+.*"),
    ("build", r"(.*[:_-])?(build|compile|bundle|docs?)([:_-].*)?"),
)  # fmt: skip


def group_by_name(name: str) -> Group | None:
    """The kind of check that a script or target of this name is, None where the name does not say."""
    return next((group for group, pattern in _NAMES if re.fullmatch(pattern, name)), None)


def is_known(program: str) -> bool:
    """Whether the program is one of those that check projects."""
    return program in _GROUP_OF or program in _BY_ARGUMENTS
