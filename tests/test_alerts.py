"""Alerts: what is overdue, held or failed, told once, by mail, in the deployment's language, and only if asked for."""

import json
import shutil
import smtplib
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import dagster as dg
import duckdb
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.remote_origin import (
    InProcessCodeLocationOrigin,
    RemoteInstigatorOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.scheduler.instigation import (
    InstigatorState,
    InstigatorStatus,
    SensorInstigatorData,
    TickData,
    TickStatus,
)
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from dagster_shared.error import SerializableErrorInfo

from assets.dagster.resources import HomeResource
from assets.intake.submission import receive
from pipelines.dagster import alerts, senders, settings
from pipelines.dagster.alert_sensor import alerts as alert_sensor
from schemas.words import InvalidValue, languages
from tests.services import free_port
from tests.test_held import BY, FEB, GOOD, JAN, REVISED, file_of, handed_in
from tests.test_vintages import new_home
from warehouse.gate import questions
from warehouse.home import EVENTS_FILE, Home, receipts
from warehouse.release import attention
from warehouse.release.attention import AwaitedSubmission

pytestmark = pytest.mark.slow  # for its price alone


class Postbox:
    """A mail server's memory: what it was given, and by whom."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.refuses = False

    async def handle_DATA(self, server, session, envelope) -> str:
        if self.refuses:
            return "451 try again later"
        self.letters.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 kept"


@pytest.fixture
def postbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Postbox]:
    """A mail server on this machine, and a deployment that sends its alerts there."""
    box = Postbox()
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    for name, value in {
        settings.ALERT_SENDER: "smtp",
        settings.SERVER: f"127.0.0.1:{port}",
        settings.SECURITY: "none",
        settings.FROM: "lineabase@crm.example",
        settings.TO: "datos@crm.example, guardia@crm.example",
        settings.LANGUAGE: "es",
    }.items():
        monkeypatch.setenv(name, value)
    yield box
    server.stop()


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.local_temp() as instance:
        yield instance


def failed_run(instance: dg.DagsterInstance, **refused: str) -> str:
    """A run that failed; with the gate's questions, as the build fails when they do not hold."""

    @dg.op
    def build() -> None:
        raise dg.Failure("no", metadata=refused) if refused else ValueError("no")

    @dg.job
    def refresh() -> None:
        build()

    return refresh.execute_in_process(instance=instance, raise_on_error=False).run_id


def tick(home: Home, instance: dg.DagsterInstance) -> str:
    """One look of the sensor; what its page shows."""
    context = dg.build_sensor_context(instance, resources={"home": HomeResource(root=str(home.root))})
    return str(alert_sensor(context).skip_message)


def text(letter: EmailMessage) -> str:
    return " ".join(letter.get_content().split())


@pytest.mark.operator("7", "off by default")
def test_alerts_are_off_unless_the_deployment_says_who_sends_them(
    tmp_path: Path, instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(settings.ALERT_SENDER, raising=False)
    failed_run(instance)
    assert "LINEABASE_ALERTS" in tick(Home(tmp_path), instance)
    assert not (tmp_path / "warehouse").exists()


@pytest.mark.operator("7", "alerts")
def test_a_held_file_is_told_once(tmp_path: Path, instance, postbox: Postbox) -> None:
    home = new_home(tmp_path / "home")
    handed_in(home, JAN, GOOD)
    assert "Nada nuevo" in tick(home, instance)
    held = handed_in(home, FEB, REVISED)
    assert held.id in tick(home, instance)
    [letter] = postbox.letters
    assert letter["To"] == "datos@crm.example, guardia@crm.example"
    assert letter["Subject"] == "lineabase: 1 aviso"
    assert f"Envío retenido: {held.id}." in text(letter)
    assert "lineabase confirm" in text(letter)
    assert "Nada nuevo" in tick(home, instance)
    receipts.confirm(home, held, FEB, **BY)
    assert "Nada nuevo" in tick(home, instance)
    assert len(postbox.letters) == 1


def months_of(home: Home, *months: tuple[str, float, str | None]) -> None:
    """A release of one monthly series: first day, value, since when it has an alert."""
    home.warehouse.mkdir(parents=True, exist_ok=True)
    home.current.unlink(missing_ok=True)
    rows = ", ".join(
        f"('X/c', 'm', 'CRI', '_T', '_Z', '_T', DATE '{day}', {value}, {value}, 'event', "
        f"{'NULL' if since is None else repr('growth')}, NULL::DATE, {'NULL' if since is None else f'DATE {since!r}'}, "
        f"'Desde {since}: {value}.', 'Since {since}: {value}.')"
        for day, value, since in months
    )
    with duckdb.connect(home.current) as db:
        db.execute("CREATE SCHEMA analysis")
        db.execute(
            f"CREATE TABLE analysis.monthly AS SELECT * FROM (VALUES {rows}) AS v (collection, measure, "
            "reporting_country, origin_class, class_level, citizenship, period_start, value_low, value_high, count_unit, "
            "alert, surge_from, growth_from, sentence_es, sentence_en)"
        )


def test_a_month_that_stands_out_is_told_once_while_its_alert_lasts(
    tmp_path: Path, instance, postbox: Postbox
) -> None:
    """The mail has the release's own sentence; an alert that ended is not sent, one that begins anew is."""
    home = Home(tmp_path)
    calm = ("2025-01-01", 100, None)
    rises = [("2025-02-01", 300, None), ("2025-03-01", 320, "2025-02-01"), ("2025-04-01", 310, "2025-02-01")]
    months_of(home, calm, *rises[:2])
    assert "Un mes sobresale. Desde 2025-02-01: 320." in tick(home, instance)
    assert "Desde 2025-02-01: 320." in text(postbox.letters[0])
    months_of(home, calm, *rises)  # the same alert goes on
    assert "Nada nuevo" in tick(home, instance)
    ended = [*rises, ("2025-05-01", 90, None)]
    months_of(home, calm, *ended)
    assert "Nada nuevo" in tick(home, instance)
    months_of(home, calm, *ended, ("2025-06-01", 900, None), ("2025-07-01", 950, "2025-06-01"))
    assert "Desde 2025-06-01: 950." in tick(home, instance)
    assert len(postbox.letters) == 2


def test_a_release_without_months_or_a_damaged_one_silences_no_other_alert(
    tmp_path: Path, instance, postbox: Postbox
) -> None:
    home, run = Home(tmp_path), failed_run(instance)
    home.warehouse.mkdir()
    home.current.write_bytes(b"no database")
    assert run in tick(home, instance)
    with_other_tables = Home(tmp_path / "older")
    with_other_tables.warehouse.mkdir(parents=True)
    duckdb.connect(with_other_tables.current).close()
    assert run in tick(with_other_tables, instance)


@pytest.mark.operator("7", "alerts")
def test_a_run_that_failed_is_told_and_one_that_the_gate_refused_with_its_questions(
    tmp_path: Path, instance, postbox: Postbox
) -> None:
    question = next(q for q in questions() if q.id == "bounds_in_order")
    run = failed_run(instance)
    refused = failed_run(instance, bounds_in_order="value_low=9, value_high=3")
    tick(Home(tmp_path), instance)
    [letter] = postbox.letters
    assert letter["Subject"] == "lineabase: 2 avisos"
    assert "Falló una ejecución: refresh" in text(letter)
    assert run in text(letter)
    assert refused in text(letter)
    assert question.words.render("es") in text(letter)
    assert "value_low" not in text(letter)  # rows stay on the page
    again = failed_run(instance)
    tick(Home(tmp_path), instance)
    assert len(postbox.letters) == 2
    assert again in text(postbox.letters[1])
    assert run not in text(postbox.letters[1])


def test_what_could_not_be_sent_is_sent_later_and_once(tmp_path: Path, instance, postbox: Postbox) -> None:
    run = failed_run(instance)
    postbox.refuses = True
    for _ in range(2):
        with pytest.raises(smtplib.SMTPException):
            tick(Home(tmp_path), instance)
    postbox.refuses = False
    assert run in tick(Home(tmp_path), instance)
    assert "Nada nuevo" in tick(Home(tmp_path), instance)
    assert len(postbox.letters) == 1


def test_a_note_cut_by_a_kill_is_no_note_and_those_before_it_stand(
    tmp_path: Path, instance, postbox: Postbox
) -> None:
    home, run = Home(tmp_path), failed_run(instance)
    tick(home, instance)
    notes = home.warehouse / alerts.SENT_ALERTS_FILE
    whole = notes.read_bytes()
    assert json.loads(whole)["alert"] == f"failed {run}"
    notes.write_bytes(whole + b'{"alert": "failed ot')
    other = failed_run(instance)
    tick(home, instance)
    assert [json.loads(line)["alert"] for line in notes.read_bytes().splitlines()] == [
        f"failed {run}",
        f"failed {other}",
    ]
    first = alerts.compose_message([alerts.Alert("a", alerts.Sentence("alert.none"))], "es")
    assert first[2] == alerts.compose_message([alerts.Alert("a", alerts.Sentence("alert.none"))], "en")[2]


def test_of_old_alerts_those_that_stand_are_noted_and_not_sent_again(
    tmp_path: Path, instance, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = [AwaitedSubmission("X/c", date(2024, 12, 31), date(2026, 6, 29))]
    monkeypatch.setattr(attention, "list_overdue_collections", lambda *_: late)
    home = Home(tmp_path)
    home.warehouse.mkdir()
    notes = home.warehouse / alerts.SENT_ALERTS_FILE
    stands, gone = (
        {"alert": key, "on": "2020-01-01T00:00:00+00:00"} for key in ("overdue X/c 2026-06-29", "held")
    )
    notes.write_text(f"{json.dumps(stands)}\n{json.dumps(gone)}\n", encoding="utf-8")
    run = failed_run(instance)
    tick(home, instance)
    assert [json.loads(line)["alert"] for line in notes.read_text(encoding="utf-8").splitlines()] == [
        stands["alert"],
        f"failed {run}",
    ]
    [letter] = postbox.letters
    assert "X/c" not in text(letter)


@pytest.mark.operator("7", "alerts")
def test_overdue_is_told_for_each_date_once(
    tmp_path: Path, instance, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = [AwaitedSubmission("X/c", date(2024, 12, 31), date(2026, 6, 29))]
    monkeypatch.setattr(attention, "list_overdue_collections", lambda *_: late)
    home = Home(tmp_path)
    tick(home, instance)
    tick(home, instance)
    late[:] = [AwaitedSubmission("X/c", date(2025, 12, 31), date(2027, 6, 29))]
    tick(home, instance)
    said = "Envío vencido: X/c. Lo vigente llega hasta {}; lo siguiente vencía el {}."
    assert [said.format(*dates) in text(letter) for letter, dates in zip(
        postbox.letters, [("2024-12-31", "2026-06-29"), ("2025-12-31", "2027-06-29")], strict=True
    )] == [True, True]  # fmt: skip


@pytest.mark.operator("7", "alerts")
def test_a_sensor_that_fails_is_told_until_it_has_worked_again(tmp_path: Path, postbox: Postbox) -> None:
    home = Home(tmp_path)
    with dg.DagsterInstance.local_temp() as instance:
        state = _inbox_state()
        instance.add_instigator_state(state)

        def looked(at: float, status: TickStatus) -> None:
            error = SerializableErrorInfo("no", [], None) if status is TickStatus.FAILURE else None
            facts = {"run_ids": ["r"] if status is TickStatus.SUCCESS else [], "error": error}
            of = (state.instigator_origin_id, "inbox", state.instigator_type, status, at)
            instance.create_tick(TickData(*of, **facts, selector_id=state.selector_id))

        looked(1_000.0, TickStatus.SUCCESS)
        looked(2_000.0, TickStatus.FAILURE)
        looked(3_000.0, TickStatus.FAILURE)
        assert "«inbox»" in tick(home, instance)
        looked(4_000.0, TickStatus.FAILURE)
        assert "Nada nuevo" in tick(home, instance)
        looked(5_000.0, TickStatus.SKIPPED)
        assert "Nada nuevo" in tick(home, instance)
        looked(6_000.0, TickStatus.FAILURE)
        assert "«inbox»" in tick(home, instance)
    assert len(postbox.letters) == 2


def _inbox_state() -> InstigatorState:
    target = LoadableTargetOrigin(module_name="pipelines.dagster.definitions")
    repository = RemoteRepositoryOrigin(InProcessCodeLocationOrigin(target), "__repository__")
    origin = RemoteInstigatorOrigin(repository, "inbox")
    return InstigatorState(origin, InstigatorType.SENSOR, InstigatorStatus.RUNNING, SensorInstigatorData())


@pytest.mark.parametrize("lang", languages())
def test_it_is_said_in_the_deployment_s_language(
    lang: str, tmp_path: Path, instance, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(settings.LANGUAGE, lang)
    failed_run(instance)
    tick(Home(tmp_path), instance)
    said = {"es": "Falló una ejecución", "en": "A run failed"}
    assert said[lang] in text(postbox.letters[0])


@pytest.mark.operator("7", "mail")
def test_a_server_that_asks_who_we_are_is_told(
    tmp_path: Path, instance, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = []

    def known(server, session, envelope, mechanism, auth) -> AuthResult:
        given.append((auth.login, auth.password))
        return AuthResult(success=auth.password == b"secreto")

    server = Controller(
        postbox, hostname="127.0.0.1", port=0 or free_port(), auth_required=True, auth_require_tls=False, authenticator=known
    )  # fmt: skip
    server.start()
    (tmp_path / "password").write_text("secreto\n", encoding="utf-8")
    monkeypatch.setenv(settings.SERVER, f"127.0.0.1:{server.port}")
    monkeypatch.setenv(settings.USER, "lineabase")
    monkeypatch.setenv(settings.PASSWORD_FILE, str(tmp_path / "password"))
    failed_run(instance)
    try:
        tick(Home(tmp_path), instance)
        assert (given, len(postbox.letters)) == ([(b"lineabase", b"secreto")], 1)
        monkeypatch.delenv(settings.USER)
        failed_run(instance)
        with pytest.raises(smtplib.SMTPException):
            tick(Home(tmp_path), instance)
    finally:
        server.stop()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        (settings.ALERT_SENDER, "pigeon", "«pigeon»"),
        (settings.SERVER, "mail.example.org", "mail.example.org:587"),
        (settings.SERVER, "mail.example.org:99999", "mail.example.org:587"),
        (settings.SECURITY, "ssl3", "starttls, tls, none"),
        (settings.TO, "", "Falta LINEABASE_ALERTS_TO"),
        (settings.FROM, " ", "Falta LINEABASE_ALERTS_FROM"),
    ],
)
def test_a_setting_that_cannot_be_is_said(
    name: str, value: str, said: str, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(InvalidValue) as wrong:
        senders.configured_sender()
    assert said in wrong.value.render("es")


@pytest.mark.operator("7", "off by default")
def test_another_sender_is_a_line_more(tmp_path: Path, instance, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = []

    class Pigeon:
        def send(self, subject: str, text: str, name: str) -> None:
            sent.append(subject)

    monkeypatch.setitem(senders.SENDERS, "pigeon", Pigeon)
    monkeypatch.setenv(settings.ALERT_SENDER, "pigeon")
    failed_run(instance)
    tick(Home(tmp_path), instance)
    assert len(sent) == 1


def test_overdue_is_what_the_card_s_days_say(tmp_path: Path) -> None:
    """Worked out by hand: the period after the last one ends, and so many days later more was due."""
    home = Home(tmp_path)
    home.warehouse.mkdir()
    with duckdb.connect(home.current) as db:
        db.execute("CREATE SCHEMA registry; CREATE SCHEMA core")
        db.execute(
            "CREATE TABLE registry.collections AS FROM (VALUES ('X/a', 'A', 180, NULL::DATE), ('X/q', 'Q', 45, NULL), "
            "('X/m', 'M', 10, NULL), ('X/ended', 'A', 0, DATE '2020-12-31'), ('X/never', 'A', 0, NULL)) "
            "AS t(collection, frequency, due_days, ended)"
        )
        db.execute(
            "CREATE TABLE core.current AS FROM (VALUES ('X/a', DATE '2023-12-31'), ('X/a', DATE '2024-12-31'), "
            "('X/q', DATE '2025-06-30'), ('X/m', DATE '2025-01-31'), ('X/ended', DATE '2020-12-31')) AS t(collection, period_end)"
        )
    due = {"X/a": date(2026, 6, 29), "X/q": date(2025, 11, 14), "X/m": date(2025, 3, 10)}
    assert {o.collection: o.due_on for o in attention.list_overdue_collections(home, date(2027, 1, 1))} == due
    assert [o.collection for o in attention.list_overdue_collections(home, date(2026, 6, 29))] == [
        "X/m",
        "X/q",
    ]  # not on the day itself
    assert attention.list_overdue_collections(home, date(2025, 3, 10)) == []
    assert attention.list_overdue_collections(Home(tmp_path / "empty"), date(2027, 1, 1)) == []


# ---- over an encrypted line ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of `localhost` that its own maker signed, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    plain = serialization.NoEncryption()
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    signed = made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    path.write_bytes(signed + key.private_bytes(*form))
    return path


@pytest.mark.parametrize("security", ["tls", "starttls"])
@pytest.mark.operator("7", "mail")
def test_mail_and_password_go_over_an_encrypted_line_to_a_server_that_is_trusted(
    security: str,
    certificate: Path,
    tmp_path: Path,
    instance,
    postbox: Postbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The server takes no password and no mail before the line is encrypted."""
    given = []

    def known(server, session, envelope, mechanism, auth) -> AuthResult:
        given.append((server.transport.get_extra_info("cipher") is not None, auth.login, auth.password))
        return AuthResult(success=auth.password == b"secreto")

    trusted = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trusted.load_cert_chain(certificate)
    encrypted = (
        {"ssl_context": trusted, "auth_require_tls": False}  # the library asks for STARTTLS alone
        if security == "tls"
        else {"tls_context": trusted, "require_starttls": True, "auth_require_tls": True}
    )
    server = Controller(
        postbox, hostname="localhost", port=free_port(), auth_required=True, authenticator=known, **encrypted
    )
    server.start()
    (tmp_path / "password").write_text("secreto\n", encoding="utf-8")
    for name, value in {
        settings.SERVER: f"localhost:{server.port}",
        settings.SECURITY: security,
        settings.USER: "lineabase",
        settings.PASSWORD_FILE: str(tmp_path / "password"),
    }.items():
        monkeypatch.setenv(name, value)
    run = failed_run(instance)
    try:
        with pytest.raises(ssl.SSLCertVerificationError):
            tick(Home(tmp_path), instance)
        assert (given, postbox.letters) == ([], [])
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert run in tick(Home(tmp_path), instance)
    finally:
        server.stop()
    assert given == [(True, b"lineabase", b"secreto")]
    assert [run in text(letter) for letter in postbox.letters] == [True]


# ---- what cannot be read ------------------------------------------------------------------------------


@pytest.mark.operator("7", "nothing silenced")
def test_what_cannot_be_read_is_told_and_silences_nothing_else(
    tmp_path: Path, instance, postbox: Postbox
) -> None:
    home = new_home(tmp_path / "home")
    shutil.copytree(home.raw / "X" / "c", home.raw / "X" / "d")
    shutil.copytree(home.raw / "X" / "c", home.raw / "X" / "e")
    damaged = receive(home, file_of(home, GOOD), "X/d", JAN)
    handed_in(home, JAN, GOOD)
    held = handed_in(home, FEB, REVISED)
    path = damaged.folder / EVENTS_FILE
    path.write_bytes(b"no line\n" + path.read_bytes())
    (home.raw / "X" / "e" / "format.toml").write_text("[")
    home.warehouse.mkdir(exist_ok=True)
    home.internal.write_bytes(b"no database")
    tick(home, instance)
    [letter] = postbox.letters
    said = text(letter)
    assert letter["Subject"] == "lineabase: 4 avisos"
    assert [str(path) in said, "X/e/format.toml" in said, str(home.internal) in said] == [True] * 3
    assert f"Envío retenido: {held.id}." in said
    assert "Nada nuevo" in tick(home, instance)


def test_what_a_damaged_database_cannot_answer_the_released_one_does(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.warehouse.mkdir()
    with duckdb.connect(home.current) as db:
        db.execute(
            "CREATE SCHEMA registry; CREATE TABLE registry.release (release VARCHAR, built_on VARCHAR)"
        )
        db.execute("INSERT INTO registry.release VALUES ('2024-Q1.r1', '2024-04-01T00:00:00+00:00')")
        db.execute("CREATE SCHEMA core; CREATE TABLE core.current AS SELECT 's' AS submission")
        db.execute("CREATE TABLE registry.submissions AS SELECT 's' AS submission, 3 AS rows_quarantined")
    home.internal.write_bytes(b"no database")
    assert attention.count_rows_in_quarantine(home) == 3
    assert attention.read_release_in_force(home) == ("2024-Q1.r1", datetime(2024, 4, 1, tzinfo=UTC))
    home.current.write_bytes(b"no database")
    assert (attention.count_rows_in_quarantine(home), attention.read_release_in_force(home)) == (0, None)
    assert attention.list_damaged_databases(home) == [home.internal, home.current]
