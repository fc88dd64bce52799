"""`python3 -m app --port 8000`; HOST and PORT of the environment are the defaults."""

import argparse
import os

from app import catalogue, server


def main() -> None:
    parser = argparse.ArgumentParser(prog="python3 -m app", description="Serve Wavelength.")
    parser.add_argument("--host", default=os.environ.get("HOST", "127.0.0.1"))
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))
    options = parser.parse_args()
    server.serve(catalogue.load(), options.host, options.port)


if __name__ == "__main__":
    main()
