"""A bare FastAPI that answers the bytes of a file: what any answer of it costs, beside which ours are put.

python -m benchmarks.bare_answer FILE PORT
"""

from __future__ import annotations

import sys
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Response


def main() -> None:
    """Serve until stopped."""
    content, app = Path(sys.argv[1]).read_bytes(), FastAPI()

    @app.get("/bare")
    def bare() -> Response:
        return Response(content, media_type="application/json")

    @app.get("/healthz")
    def alive() -> str:
        return "ok"

    uvicorn.run(app, port=int(sys.argv[2]), log_level="warning", access_log=False, server_header=False)


if __name__ == "__main__":
    main()
