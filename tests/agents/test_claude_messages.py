import pytest

from honk.agents import claude_messages as messages


@pytest.mark.parametrize(
    ("inputs", "shown"),
    [
        ({"file_path": "/workspace/src/a.py", "old_string": "x"}, "src/a.py"),
        ({"command": "\n  pytest -q /workspace/tests\necho done"}, "pytest -q tests"),
        ({"pattern": "def main", "path": "/workspace"}, "/workspace"),
        ({"description": "Look around", "prompt": "long"}, "Look around"),
        ({"command": "x" * 500}, "x" * 159 + "…"),
        ({"command": 7, "todos": []}, ""),
        ({}, ""),
    ],
)
def test_a_tool_call_in_a_few_words(inputs: dict[str, object], shown: str) -> None:
    assert messages.main_argument(inputs) == shown


def test_last_words_are_one_clean_line_without_keys() -> None:
    said = "\x1b[31mError:\x1b[0m bad key sk-ant-api03-abcdefghijk\n\n  at x\x07\n"
    assert messages.last_line(said) == "Error: bad key sk-… at x"


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (403, "refused the key"),
        (429, "rate limit"),
        (500, "service failed (500)"),
        (400, "refused the request (400): odd"),
    ],
)
def test_every_status_has_its_sentence(status: int, said: str) -> None:
    assert said in messages.model_failed(status, "odd")
