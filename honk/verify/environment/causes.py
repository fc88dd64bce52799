"""Failures that come from what a sandbox has not (Docker, a display, a service, the internet): a sentence each."""

import re

_LEAVE_OUT = "Name a command without these tests in honk.toml, section [verify]."
_CAUSES = (
    (
        r"Cannot connect to the Docker daemon|valid Docker environment|docker\.errors\.DockerException"
        r"|docker: (?:command )?not found|docker\.sock",
        f"It needs Docker, which is not in the sandbox. {_LEAVE_OUT}",
    ),
    (
        r"[Cc]annot open display|no display name and no \$DISPLAY|could not connect to display|Missing X server",
        f"It needs a display: run it by `xvfb-run`. {_LEAVE_OUT}",
    ),
    (r"No CUDA GPUs|no NVIDIA driver|CUDA driver version|nvidia-smi: (?:command )?not found",
     f"It needs a GPU, which is not in the sandbox. {_LEAVE_OUT}"),
    (r"Executable doesn't exist at \S*ms-playwright|Failed to launch the browser|cannot find Chrome binary"
        r"|Cypress binary is missing",
     f"It needs a browser that set-up does not install. {_LEAVE_OUT}"),
    (r"(?s)(?:refused|could not connect|OperationalError|ECONNREFUSED).{0,200}\b5432\b"
        r"|\b5432\b.{0,200}(?:refused|ECONNREFUSED)",
     f"It needs PostgreSQL, which does not run in the sandbox. {_LEAVE_OUT}"),
    (r"(?s)(?:refused|Can't connect|ECONNREFUSED).{0,200}\b3306\b|\b3306\b.{0,200}(?:refused|ECONNREFUSED)",
     f"It needs MySQL, which does not run in the sandbox. {_LEAVE_OUT}"),
    (r"(?s)(?:refused|ECONNREFUSED|Error 111).{0,200}\b6379\b|\b6379\b.{0,200}(?:refused|ECONNREFUSED)",
     f"It needs Redis, which does not run in the sandbox. {_LEAVE_OUT}"),
    (r"(?:refused|ECONNREFUSED|ServerSelectionTimeout).{0,200}\b27017\b|\b27017\b.{0,200}(?:refused|ECONNREFUSED)",
     f"It needs MongoDB, which does not run in the sandbox. {_LEAVE_OUT}"),
    (r"Temporary failure in name resolution|Could not resolve host|getaddrinfo (?:ENOTFOUND|EAI_AGAIN)|Network "
        r"is unreachable"
     r"|Failed to resolve '|Name or service not known|Could not transfer artifact|failed to download from",
     f"It needs the internet, which checks do not have. {_LEAVE_OUT}"),
)  # fmt: skip


def cause(output: str) -> str:
    """What the run lacked, with the remedy; empty where its output names nothing of the kind."""
    end = output[-60_000:]
    return next((sentence for pattern, sentence in _CAUSES if re.search(pattern, end)), "")
