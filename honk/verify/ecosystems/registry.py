"""All ecosystems, in the order in which their verifiers and set-up commands are listed."""

from honk.verify.base import Ecosystem
from honk.verify.ecosystems.conventions import OTHERS
from honk.verify.ecosystems.node import NODE
from honk.verify.ecosystems.python import PYTHON

ECOSYSTEMS: tuple[Ecosystem, ...] = (PYTHON, NODE, *OTHERS)
