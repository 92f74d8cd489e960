"""Run the service: ``ionm serve``."""

from __future__ import annotations

import argparse

import uvicorn

from api.main import create_app
from api.setting_commands import chosen_by
from kg_engine.console import ANSWERED


def serve(options: argparse.Namespace) -> int:
    """Serve until told to stop. Raises SettingsRefused and KnowledgeRefused."""
    settings = chosen_by(options).settings
    uvicorn.run(create_app(settings), host=settings.host, port=settings.port, access_log=False)
    return ANSWERED
