"""Answers of the API as the bytes that are sent, made once, with the mark by which a program knows them again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import Response
from pydantic import BaseModel

__all__ = ["KeptBytes"]


@dataclass(frozen=True)
class KeptBytes:
    """JSON and its entity tag."""

    content: bytes
    etag: str

    @classmethod
    def of(cls, answer: BaseModel) -> KeptBytes:
        """Return an answer as it is sent: it is one of our own models, so nothing of it is checked again."""
        content = answer.__pydantic_serializer__.to_json(answer)
        return cls(content, f'"{hashlib.sha256(content).hexdigest()[:32]}"')

    def answer(self, request: Request) -> Response:
        """Return the answer; 304 without it to whoever has it already."""
        headers = {"etag": self.etag}
        if request.headers.get("if-none-match") == self.etag:
            return Response(status_code=304, headers=headers)
        return Response(self.content, media_type="application/json", headers=headers)
