"""Which files, and which settings of shared files, configure checks."""

import re

from honk.core import path_patterns

FILES = path_patterns.listed(
    """
    pyproject.toml setup.cfg tox.ini pytest.ini .pytest.ini .coveragerc mypy.ini .mypy.ini ruff.toml .ruff.toml .flake8
    .pylintrc pylintrc pyrightconfig.json .eslintrc .eslintrc.* eslint.config.* .eslintignore .prettierignore
    .prettierrc* biome.json*
    tsconfig*.json jest.config.* vitest.config.* vite.config.* .mocharc* .nycrc* .c8rc* karma.conf.* cypress.config.*
    playwright.config.*
    .golangci.y*ml clippy.toml .clippy.toml Cargo.toml .rubocop*.yml .rspec .simplecov phpunit.xml* phpstan.neon*
    psalm.xml checkstyle*.xml detekt*.yml
    codecov.yml .codecov.yml sonar-project.properties package.json .editorconfig .swiftlint.yml .stylelintrc*
    tslint.json .oxlintrc.json
    .*lintrc* *lintrc.json *lint.json *lint.y*ml *lint.toml CMakeLists.txt *.cmake meson.build meson_options.txt
    CMakePresets.json
    .clang-tidy phpcs.xml* .php-cs-fixer* infection.json* codeception.yml behat.yml spec_helper.rb
    rails_helper.rb
    test_helper.rb .simplecov .shellcheckrc
    *.gradle *.gradle.kts detekt.yml .scalafix.conf tasks.py dodo.py .nycrc .perlcriticrc
    .sqlfluff .hadolint.y*ml .ansible-lint .flake8 ty.toml pytest.toml .pytest.toml .cargo/config.toml .cargo/config
    nextest.toml .config/nextest.toml deny.toml tarpaulin.toml .tarpaulin.toml renovate.json .snyk .trivyignore
    .secrets.baseline .gitleaks.toml .semgrep.yml knip.json .dependency-cruiser.* stryker.conf.* commitlint.config.*
    wdio.conf.* rstest.config.* web-test-runner.config.* tap.config.* docker-compose.test.y*ml
    deno.json* nx.json turbo.json lerna.json .lintstagedrc* lefthook.yml .bandit bandit.yaml .yamllint* .markdownlint*
    .semgrepignore .stylelintignore
    pom.xml build.gradle* *.csproj Directory.Build.props .runsettings *.ruleset .coveralls.yml .testmondata
    jasmine.json babel.config.* Pipfile
    bunfig.toml mutmut_config.py .importlinter noxfile.py conftest.ini coverage.xml.dist .luacheckrc
    .credo.exs sbt.conf
    """
)
IGNORE_FILES = (".eslintignore", ".prettierignore", ".stylelintignore", ".semgrepignore", ".trivyignore")


def is_about_checks(path: str, key: str) -> bool:
    """Shared files hold other things as well: only the parts that configure checks count."""
    plain = key.lower()
    if path.endswith("pyproject.toml"):
        return plain.startswith("tool.") and not re.match(
            r"tool\.(?:poetry|setuptools|hatch\.(?:build|version|metadata)|pdm\.build|flit|uv\.|towncrier"
            r"|bumpver|commitizen)",
            plain,
        )
    if path.endswith("package.json"):
        return bool(
            re.match(
                r"(?:scripts|jest|nyc|c8|eslintconfig|mocha|ava|xo|standard|lint-staged|prettier|stylelint|vitest"
                r"|husky|tap|babel|wireit|pre-commit|simple-git-hooks)\b",
                plain,
            )
        )
    if path.endswith("setup.cfg"):
        return not re.match(r"(?:metadata|options|bumpversion|bdist)", plain)
    if path.endswith("Cargo.toml"):
        return bool(
            re.search(
                r"lints|^test\.|^(?:lib|bin)\.(?:test|doctest)|autotests|^profile\.(?:test|dev)\.|overflow-checks|debug-assertions",
                plain,
            )
        )
    if path.endswith(("pom.xml", ".csproj", ".props")):
        return not re.search(
            r"depend|reference|version$|group-?id$|artifact-?id$|repositor|distribution|scm|licen|developer|parent|module"
            r"|packaging|(?:name|url|description|release|source|target|encoding|framework)s?$|main-?class|transformer",
            plain,
        ) or bool(re.search(r"minimum|skip", plain))
    if path.endswith(("vite.config.ts", "vite.config.js", "vite.config.mts")):
        return ".test" in plain or "alias" in plain
    return True
