"""The clients: which program of npm in which version, and how it is started with a model on loopback."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.clients.anthropic_messages import Messages
from tests.clients.gemini_contents import Contents
from tests.clients.openai_chat import Chat
from tests.clients.openai_responses import Responses
from tests.clients.turn import Dialect

PROMPT = "Release the project."
KEY = "not-a-key"
Settings = Mapping[str, str]
"""Files of the person's home, by their path there."""


@dataclass(frozen=True, slots=True)
class Program:
    """`client` is what `sentinel install` calls it. `rereads` where it reads the list of tools again in time."""

    client: str
    package: str
    version: str
    binary: str
    dialect: Callable[[], Dialect]
    words: Callable[[str], list[str]]
    environment: Callable[[str], Mapping[str, str]]
    settings: Callable[[Path, str], Settings]
    longest_wait: int
    rereads: bool


def _nothing(_project: Path, _url: str) -> Settings:
    return {}


def _codex_settings(project: Path, url: str) -> Settings:
    """A model that Codex knows nothing of is given plain tools. The folder is trusted, as a person does it."""
    return {
        ".codex/config.toml": f"""
model = "scripted"
model_provider = "scripted"
check_for_update_on_startup = false
[analytics]
enabled = false
[model_providers.scripted]
name = "scripted"
base_url = "{url}/v1"
env_key = "OPENAI_API_KEY"
wire_api = "responses"
request_max_retries = 0
stream_max_retries = 0
[projects."{project}"]
trust_level = "trusted"
"""
    }


def _gemini_settings(_project: Path, _url: str) -> Settings:
    settings = {
        "security": {"auth": {"selectedType": "gemini-api-key"}},
        "general": {"enableAutoUpdate": False, "enableAutoUpdateNotification": False},
        "privacy": {"usageStatisticsEnabled": False},
        "telemetry": {"enabled": False},
    }
    return {".gemini/settings.json": json.dumps(settings)}


def _opencode_environment(url: str) -> Mapping[str, str]:
    """Its model has no package of its own, so that nothing is fetched."""
    provider = {
        "npm": "@ai-sdk/openai-compatible",
        "name": "scripted",
        "options": {"baseURL": f"{url}/v1", "apiKey": KEY},
        "models": {"scripted": {"name": "scripted"}},
    }
    chosen = "scripted/scripted"
    config = {"provider": {"scripted": provider}, "model": chosen, "small_model": chosen, "autoupdate": False}
    return {
        "OPENCODE_CONFIG_CONTENT": json.dumps({**config, "share": "disabled"}),
        "OPENCODE_DISABLE_AUTOUPDATE": "1",
        "OPENCODE_DISABLE_MODELS_FETCH": "1",
        "OPENCODE_DISABLE_LSP_DOWNLOAD": "1",
        "OPENCODE_DISABLE_DEFAULT_PLUGINS": "1",
    }


PROGRAMS = (
    Program(
        client="claude-code",
        package="@anthropic-ai/claude-code",
        version="2.1.332",
        binary="claude",
        dialect=Messages,
        words=lambda prompt: ["--print", prompt],
        environment=lambda url: {
            "ANTHROPIC_BASE_URL": url,
            "ANTHROPIC_API_KEY": KEY,
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "DISABLE_AUTOUPDATER": "1",
            "DISABLE_TELEMETRY": "1",
            "DISABLE_ERROR_REPORTING": "1",
        },
        settings=_nothing,
        longest_wait=50,
        rereads=False,
    ),
    Program(
        client="codex",
        package="@openai/codex",
        version="0.171.0",
        binary="codex",
        dialect=Responses,
        words=lambda prompt: ["exec", prompt],
        environment=lambda _url: {"OPENAI_API_KEY": KEY},
        settings=_codex_settings,
        longest_wait=50,
        rereads=False,
    ),
    Program(
        client="gemini",
        package="@google/gemini-cli",
        version="0.61.0",
        binary="gemini",
        dialect=Contents,
        words=lambda prompt: ["--prompt", prompt],
        environment=lambda url: {
            "GOOGLE_GEMINI_BASE_URL": url,
            "GEMINI_API_KEY": KEY,
            "GEMINI_CLI_TRUST_WORKSPACE": "true",
            "GEMINI_TELEMETRY_ENABLED": "false",
        },
        settings=_gemini_settings,
        longest_wait=540,
        rereads=False,
    ),
    Program(
        client="opencode",
        package="opencode-ai",
        version="1.18.33",
        binary="opencode",
        dialect=Chat,
        words=lambda prompt: ["run", prompt],
        environment=_opencode_environment,
        settings=_nothing,
        longest_wait=50,
        rereads=True,
    ),
)
