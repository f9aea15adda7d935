"""The environment says where the ledger is, and is told when it cannot be."""

from pathlib import Path

import platformdirs
import pytest

from infra.settings import Settings, SettingsError


def test_an_empty_environment_means_the_embedded_server_in_the_users_data_directory() -> None:
    settings = Settings.from_environment({})

    assert settings == Settings(platformdirs.user_data_path("tallystick"), None, "ledger")


def test_every_variable_is_read() -> None:
    settings = Settings.from_environment(
        {"TALLY_HOME": "/srv/tally", "TALLY_DATABASE_URL": "postgresql://tally@db/contracts", "TALLY_LEDGER": "branch_2"}
    )

    assert settings == Settings(Path("/srv/tally"), "postgresql://tally@db/contracts", "branch_2")


def test_a_variable_that_is_set_to_nothing_counts_as_absent() -> None:
    assert Settings.from_environment({"TALLY_HOME": "", "TALLY_DATABASE_URL": " ", "TALLY_LEDGER": ""}) == Settings.from_environment({})


def test_a_relative_home_does_not_move_with_the_working_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings.from_environment({"TALLY_HOME": "ledgers"})
    monkeypatch.chdir("/")

    assert settings.home == tmp_path / "ledgers"


def test_a_tilde_in_home_is_the_users_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/wang")

    assert Settings.from_environment({"TALLY_HOME": "~/tally"}).home == Path("/home/wang/tally")


def test_the_tilde_of_an_unknown_user_is_refused() -> None:
    with pytest.raises(SettingsError, match="no such user"):
        Settings.from_environment({"TALLY_HOME": "~nobody-of-this-name/tally"})


def test_a_connection_string_of_keywords_is_taken_as_it_is() -> None:
    assert Settings.from_environment({"TALLY_DATABASE_URL": "host=db dbname=contracts"}).database_url == "host=db dbname=contracts"


def test_another_kind_of_database_is_refused() -> None:
    with pytest.raises(SettingsError, match="begins with mysql://, but Tallystick keeps its ledger in PostgreSQL"):
        Settings.from_environment({"TALLY_DATABASE_URL": "mysql://db/contracts"})


def test_the_password_of_the_database_is_never_printed() -> None:
    address = "postgresql://tally:opensesame@db/contracts"

    assert "opensesame" not in repr(Settings.from_environment({"TALLY_DATABASE_URL": address}))
    with pytest.raises(SettingsError) as refused:
        Settings.from_environment({"TALLY_DATABASE_URL": address.replace("postgresql", "http")})
    assert "opensesame" not in str(refused.value)


@pytest.mark.parametrize("name", ["a", "ledger", "l2", "branch_2", "a" * 40])
def test_a_plain_name_can_name_a_ledger(name: str) -> None:
    assert Settings.from_environment({"TALLY_LEDGER": name}).ledger == name


@pytest.mark.parametrize("name", ["Ledger", "2nd", "_x", "a-b", "a b", "合同", 'x"; drop schema y', "a\nb", "a" * 41])
def test_a_name_that_would_need_quoting_is_refused_and_the_rule_told(name: str) -> None:
    with pytest.raises(SettingsError, match="Use 1 to 40 characters: lower-case letters"):
        Settings.from_environment({"TALLY_LEDGER": name})


@pytest.mark.parametrize("name", ["pg_catalog", "pg_mine", "information_schema"])
def test_a_schema_name_that_postgresql_keeps_for_itself_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match="PostgreSQL keeps for itself"):
        Settings.from_environment({"TALLY_LEDGER": name})


def test_the_size_of_documents_is_a_whole_number_of_bytes(tmp_path: Path) -> None:
    settings = Settings.from_environment({"TALLY_HOME": str(tmp_path), "TALLY_MAX_DOCUMENT_BYTES": "5000000"})

    assert (settings.max_document_bytes, settings.documents) == (5_000_000, tmp_path / "documents" / "ledger")
    for wrong in ("0", "5 MB", "-1", "1e9"):
        with pytest.raises(SettingsError, match="TALLY_MAX_DOCUMENT_BYTES"):
            Settings.from_environment({"TALLY_MAX_DOCUMENT_BYTES": wrong})
