"""Messages leave the house at least once, under one id, by a real HTTP server and a real SMTP server."""

import hashlib
import hmac
import json
import socket
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from aiosmtpd.controller import Controller
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import ConflictError
from domain.notices import Channel, NewNotice, NoticeCode, OutboxState
from graph import lease
from graph.notices import ContactPreference, count_messages
from graph.unit_of_work import UnitOfWork
from tests.builders import CITY, NOW, World, volunteer, worker
from tests.workflows.claims.lives import life
from workflows.claims.policy import engagement_on, span
from workflows.notices.inbox import set_contact_preference
from workflows.notices.mail import MailCourier, MailServer
from workflows.notices.quiet import after_quiet, is_quiet
from workflows.notices.sending import UndeliverableError, send_due, wait_after
from workflows.notices.telling import notify
from workflows.notices.webhook import SIGNATURE_HEADER, WebhookCourier

SECRET = b"shared with the gateway"
DELIVERY = engagement_on(NOW.date()).delivery


class Gateway:
    """A real HTTP server that answers as it is told and keeps what came."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.came: list[tuple[dict[str, str], bytes]] = []
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                gateway.came.append(({k.lower(): v for k, v in self.headers.items()}, body))
                self.send_response(gateway.answers.pop(0) if gateway.answers else 204)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/notices"


class Letterbox:
    """A real SMTP server that keeps what came, and refuses one address."""

    def __init__(self) -> None:
        self.letters: list[bytes] = []

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:
        if address.startswith("gone@"):
            return "550 no such mailbox"
        if address.startswith("full@"):
            return "452 mailbox full"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope) -> str:
        self.letters.append(envelope.content)
        return "250 OK"


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    made = Gateway()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def post() -> Iterator[tuple[Letterbox, MailCourier]]:
    box = Letterbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    server = MailServer(host="127.0.0.1", port=port, sender="zhulian@example.org", starttls=False)
    yield box, MailCourier(server)
    controller.stop()


async def _town(store, *channels: Channel, **preference: object):
    world = World()
    world.volunteer("a")
    town = await life(store, world)
    town.now = NOW + timedelta(hours=1)
    wanted = ContactPreference(channels=channels, locale="en", **preference)
    await set_contact_preference(town.ws, volunteer("a"), wanted, expected_version=0)
    return town


async def _tell(town, *, fails: bool = False):
    notice = NewNotice(
        recipient_id="a",
        code=NoticeCode.CLAIM_TO_CONFIRM,
        subject_id="c",
        region_path=CITY,
        parameters={"start": "2026-03-05T02:00:00+00:00"},
    )

    async def work(tx):
        await notify(town.ws, tx, notice)
        tx.record("test.tell", "a")
        if fails:
            raise LookupError

    await UnitOfWork(town.ws.store, town.ws.clock).run(worker(), work)


async def _states(town):
    return await town.ws.store.read(count_messages)


def _webhook(town, gateway) -> WebhookCourier:
    return WebhookCourier(gateway.url, SECRET, town.ws.clock)


async def test_a_message_is_signed_and_carries_its_id_and_words(store, gateway):
    town = await _town(store, Channel.WEBHOOK)
    await _tell(town)
    report = await send_due(town.ws, [_webhook(town, gateway)], holder="test")
    assert report.figures() == {"sent": 1, "postponed": 0, "dead": 0}
    ((headers, body),) = gateway.came
    seconds, digest = (part.partition("=")[2] for part in headers[SIGNATURE_HEADER.lower()].split(","))
    expected = hmac.new(SECRET, f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    assert (int(seconds), digest) == (int(town.now.timestamp()), expected)
    told = json.loads(body)
    assert told["id"] == headers["idempotency-key"]
    assert (told["code"], told["recipientId"], told["locale"]) == ("CLAIM_TO_CONFIRM", "a", "en")
    assert "2026-03-05 10:00" in told["body"]
    again = await send_due(town.ws, [_webhook(town, gateway)], holder="test")
    assert again.sent == 0
    assert await _states(town) == {OutboxState.SENT: 1}


async def test_what_is_rolled_back_is_neither_told_nor_sent(store, gateway):
    town = await _town(store, Channel.WEBHOOK)
    with pytest.raises(LookupError):
        await _tell(town, fails=True)
    assert await town.notices() == []
    assert (await send_due(town.ws, [_webhook(town, gateway)], holder="test")).sent == 0
    assert gateway.came == []


async def test_a_message_that_is_not_taken_is_tried_again_later_under_the_same_id(store, gateway):
    town = await _town(store, Channel.WEBHOOK)
    await _tell(town)
    gateway.answers = [503, 429]
    first = await send_due(town.ws, [_webhook(town, gateway)], holder="test")
    assert (first.postponed, len(gateway.came)) == (1, 1)
    assert (await send_due(town.ws, [_webhook(town, gateway)], holder="test")).figures() == {
        "sent": 0,
        "postponed": 0,
        "dead": 0,
    }
    town.wait(seconds=30)
    await send_due(town.ws, [_webhook(town, gateway)], holder="test")
    town.wait(seconds=60)
    assert (await send_due(town.ws, [_webhook(town, gateway)], holder="test")).sent == 1
    assert len({headers["idempotency-key"] for headers, _ in gateway.came}) == 1
    assert len(gateway.came) == 3


async def test_after_the_most_tries_a_message_is_dead_and_kept(store, gateway):
    town = await _town(store, Channel.WEBHOOK)
    await _tell(town)
    most = DELIVERY.attempts_most.value
    gateway.answers = [500] * (most + 1)
    for _ in range(most + 2):
        await send_due(town.ws, [_webhook(town, gateway)], holder="test")
        town.wait(seconds=DELIVERY.longest_wait.value)
    assert len(gateway.came) == most
    assert await _states(town) == {OutboxState.DEAD: 1}


async def test_what_the_gateway_refuses_for_good_is_not_tried_again(store, gateway):
    town = await _town(store, Channel.WEBHOOK)
    await _tell(town)
    gateway.answers = [400]
    assert (await send_due(town.ws, [_webhook(town, gateway)], holder="test")).dead == 1


async def test_a_gateway_that_does_not_answer_is_tried_again(store):
    town = await _town(store, Channel.WEBHOOK)
    await _tell(town)
    silent = WebhookCourier("http://127.0.0.1:9/", SECRET, town.ws.clock)
    assert (await send_due(town.ws, [silent], holder="test")).postponed == 1


async def test_a_sender_that_dies_after_delivering_delivers_again_under_the_same_id(store, gateway):
    town = await _town(store, Channel.WEBHOOK)
    await _tell(town)
    courier = _webhook(town, gateway)

    class Dies:
        channel = Channel.WEBHOOK

        async def deliver(self, message) -> None:
            await courier.deliver(message)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await send_due(town.ws, [Dies()], holder="first")
    assert (await send_due(town.ws, [courier], holder="second")).sent == 1
    assert [headers["idempotency-key"] for headers, _ in gateway.came] == [
        gateway.came[0][0]["idempotency-key"]
    ] * 2


async def test_two_senders_do_not_work_at_once(store, gateway):
    town = await _town(store, Channel.WEBHOOK)
    hour = timedelta(hours=1)
    await lease.take(town.ws.store, "notices", holder="other", now=town.now, duration=hour)
    with pytest.raises(ConflictError):
        await send_due(town.ws, [_webhook(town, gateway)], holder="test")


async def test_a_letter_is_handed_in_with_one_id(store, post):
    box, courier = post
    town = await _town(store, Channel.MAIL, mail_address="a@example.org")
    await _tell(town)
    assert (await send_due(town.ws, [courier], holder="test")).sent == 1
    (letter,) = box.letters
    assert b"Subject: Will you come?" in letter
    assert b"Message-ID: <new-000001.MAIL@example.org>" in letter
    assert b"To: a@example.org" in letter


@pytest.mark.parametrize(("address", "dead"), [("gone@example.org", 1), ("full@example.org", 0)])
async def test_an_address_refused_for_good_is_dead_and_a_full_box_is_tried_again(store, post, address, dead):
    _, courier = post
    town = await _town(store, Channel.MAIL, mail_address=address)
    await _tell(town)
    report = await send_due(town.ws, [courier], holder="test")
    assert (report.dead, report.postponed) == (dead, 1 - dead)


async def test_a_mail_server_that_is_not_there_is_tried_again(store):
    town = await _town(store, Channel.MAIL, mail_address="a@example.org")
    await _tell(town)
    nobody = MailCourier(MailServer(host="127.0.0.1", port=9, sender="zhulian@example.org", starttls=False))
    assert (await send_due(town.ws, [nobody], holder="test")).postponed == 1


async def test_a_password_is_not_sent_over_a_line_that_is_not_encrypted(post):
    _, courier = post
    server = courier._server
    strict = MailCourier(MailServer(host=server.host, port=server.port, sender=server.sender, starttls=True))
    with pytest.raises(UndeliverableError):
        await strict.deliver(_any_message())


def _any_message():
    from locales import Locale
    from workflows.notices.sending import Message

    return Message(
        id="m", recipient_id="a", mail_address="a@example.org", locale=Locale.EN, code="X", subject_id="s",
        created_at=NOW, title="t", body="b",
    )  # fmt: skip


async def test_nothing_leaves_in_quiet_hours(store, gateway):
    town = await _town(store, Channel.WEBHOOK, quiet_start_min=540, quiet_end_min=660)  # 9 to 11 civil time
    await _tell(town)
    assert await town.notices() == [("a", "CLAIM_TO_CONFIRM")]
    assert (await send_due(town.ws, [_webhook(town, gateway)], holder="test")).sent == 0
    town.wait(hours=1)
    assert (await send_due(town.ws, [_webhook(town, gateway)], holder="test")).sent == 1


@given(
    minutes=st.integers(0, 3_000),
    start=st.integers(0, 1439),
    end=st.integers(0, 1439),
    seconds=st.integers(0, 59),
)
def test_after_quiet_hours_it_is_never_quiet_and_never_earlier(minutes, start, end, seconds):
    now = NOW + timedelta(minutes=minutes, seconds=seconds)
    due = after_quiet(now, start, end)
    assert now <= due <= now + timedelta(days=1)
    assert not is_quiet(due, start, end)


@given(attempts=st.integers(1, 200))
def test_each_wait_is_twice_the_last_up_to_the_longest(attempts):
    this, following = wait_after(attempts, DELIVERY), wait_after(attempts + 1, DELIVERY)
    assert following == min(2 * this, span(DELIVERY.longest_wait))
