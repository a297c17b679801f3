"""Settings, the only place that reads the environment."""

from contextvars import ContextVar
from enum import StrEnum
from pathlib import Path
from typing import Self

from pydantic import AliasChoices, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from domain.errors import SettingsError
from identity.keys.sealing import Cipher
from locales import Locale

_CHOSEN_LANG: ContextVar[Locale | None] = ContextVar("chosen_lang", default=None)


def choose_lang(lang: Locale | None) -> None:
    """Let the command line's language stand above the environment's wherever settings are read; None does not."""
    _CHOSEN_LANG.set(lang)


class Engine(StrEnum):
    """Where the graph is kept."""

    LADYBUG = "ladybug"
    NEO4J = "neo4j"


class Settings(BaseSettings):
    """Everything an installation may choose; each default is safe on one machine."""

    model_config = SettingsConfigDict(env_prefix="ZHULIAN_", extra="forbid", populate_by_name=True)

    data_dir: Path = Field(
        default=Path("var"), description="Directory of the embedded graph, keys, tokens and logs."
    )
    engine: Engine | None = Field(
        default=None, description="Graph engine; neo4j when NEO4J_URI is set, otherwise ladybug."
    )
    neo4j_uri: str | None = Field(
        default=None,
        validation_alias=AliasChoices("NEO4J_URI", "neo4j_uri"),
        description="Address of a Neo4j server, as bolt://127.0.0.1:7687.",
    )
    neo4j_user: str | None = Field(
        default=None,
        validation_alias=AliasChoices("NEO4J_USER", "neo4j_user"),
        description="Account on the Neo4j server; none for a server without authentication.",
    )
    neo4j_password: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("NEO4J_PASSWORD", "neo4j_password"),
        description="Its password.",
    )
    neo4j_database: str | None = Field(
        default=None,
        validation_alias=AliasChoices("NEO4J_DATABASE", "neo4j_database"),
        description="Database on the server; its default when left out.",
    )
    host: str = Field(default="127.0.0.1", description="Address to serve on.")
    port: int = Field(default=8000, ge=1, le=65_535, description="Port to serve on.")
    public_url: str | None = Field(
        default=None,
        description="Where people reach the service, as https://zhulian.example.cn; certificates lead there.",
    )
    issuer: str | None = Field(
        default=None,
        description="How partners' trust books name this registry: issuer of its credentials; its address without it.",
    )
    lang: Locale = Field(default=Locale.ZH_CN, description="Language of messages: zh-CN or en.")
    workers: int = Field(
        default=1,
        ge=1,
        le=1_024,
        description="Processes that solve the parts of a round; 1 is the command's own.",
    )
    cluster: str | None = Field(
        default=None,
        description="Scheduler of a Dask cluster that solves the parts instead, as tcp://10.0.0.5:8786.",
    )
    worker_memory_mb: int | None = Field(
        default=None, ge=1, description="Memory that one worker may use; larger parts stay with the command."
    )
    webhook_url: str | None = Field(
        default=None, description="Address of the gateway that notices are posted to; none posts nothing."
    )
    webhook_secret: SecretStr | None = Field(
        default=None, description="Secret shared with the gateway, under which each post is signed."
    )
    smtp_host: str | None = Field(default=None, description="Mail server; none sends no mail.")
    smtp_port: int = Field(default=587, ge=1, le=65_535, description="Its port.")
    smtp_user: str | None = Field(default=None, description="Account on the mail server.")
    smtp_password: SecretStr | None = Field(default=None, description="Its password.")
    smtp_starttls: bool = Field(
        default=True, description="Whether the connection is encrypted before anything is sent."
    )
    mail_from: str = Field(default="zhulian@localhost", description="Sender of mail.")
    cipher: Cipher = Field(
        default=Cipher.AES,
        description="What identity numbers are sealed with: A256GCM, or SM4GCM in the closed profile.",
    )
    introspection: bool = Field(
        default=True, description="Whether GraphQL clients may read the schema and GraphiQL is on."
    )

    @property
    def chosen_engine(self) -> Engine:
        """The engine, after the rule of ``engine``."""
        return self.engine or (Engine.NEO4J if self.neo4j_uri else Engine.LADYBUG)

    @property
    def address(self) -> str:
        """Where people reach the service: ``public_url``, or this machine."""
        return self.public_url or f"http://{self.host}:{self.port}"

    @property
    def graph_dir(self) -> Path:
        """Directory of the embedded graph."""
        return self.data_dir / "graph"

    @classmethod
    def load(cls, **chosen: object) -> Self:
        """
        Read the environment, with what a command line chose on top; None leaves a setting alone.

        Raises
        ------
        SettingsError
            A value is out of its range; the message names the setting.
        """
        above = {"lang": _CHOSEN_LANG.get(), **chosen}
        given = {name: value for name, value in above.items() if value is not None}
        try:
            return cls.model_validate(cls().model_dump() | given)
        except ValidationError as error:
            first = error.errors()[0]
            name = ".".join(str(part) for part in first["loc"])
            raise SettingsError(
                f"setting {name}: {first['msg']}", setting=name, reason=first["msg"]
            ) from error


class _Language(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="ZHULIAN_")

    lang: Locale = Locale.ZH_CN


def language() -> Locale:
    """Give the language of messages even where another setting is wrong: that has to be said in it."""
    chosen = _CHOSEN_LANG.get()
    if chosen is not None:
        return chosen
    try:
        return _Language().lang
    except ValidationError:
        return Locale.ZH_CN
