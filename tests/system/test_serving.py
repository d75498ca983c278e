"""The API of the projection service on real ClickHouse, PostgreSQL and Redis: what is served and from where, keys, limits, tenants and
WebSockets."""
import json
import random
import time

import pytest
from openapi_spec_validator import validate

from serving_stand import ADMIN, Stand
from services_lab import wait_until

READ = ["prices:read", "curves:read", "projections:read"]
LATEST = "/projections/latest_price?instrument_id="


@pytest.fixture(scope="module")
def stand():
    stand = Stand()
    yield stand
    stand.down()


@pytest.fixture(scope="module")
def api(stand, tmp_path_factory):
    return stand.start("projection", 20200, tmp_path_factory.mktemp("api"))


@pytest.fixture(scope="module")
def replica(stand, tmp_path_factory):
    return stand.start("projection", 20300, tmp_path_factory.mktemp("replica"))


@pytest.fixture(scope="module")
def reader(stand, api):
    return stand.new_key(api, READ)["api_key"]


def test_a_price_comes_from_clickhouse_once_and_from_memory_then(stand, api, reader):
    stand.price("acme", "N.FIRST", "21.5")
    first = stand.call(api, "GET", LATEST + "N.FIRST", reader)
    assert first.status == 200 and first.json["source"] == "clickhouse" and first.json["data"]["price"] == 21.5
    assert stand.call(api, "GET", LATEST + "N.FIRST", reader).json["source"] == "memory"
    assert int(stand.lab.redis("TTL", "served:latest_price:acme:N.FIRST")) > 3000


def test_a_value_that_ran_out_of_its_time_in_redis_is_no_404(stand, api, replica, reader):
    stand.price("acme", "N.GONE", "1")
    assert stand.call(api, "GET", LATEST + "N.GONE", reader).status == 200
    stand.lab.redis("DEL", "served:latest_price:acme:N.GONE")
    assert stand.call(replica, "GET", LATEST + "N.GONE", reader).json["source"] == "clickhouse"


def test_an_update_of_another_replica_is_served_at_once_and_an_older_one_never(stand, api, reader):
    stand.price("acme", "N.MOVES", "1", 0)
    stand.call(api, "GET", LATEST + "N.MOVES", reader)
    stand.publish("acme", "N.MOVES", 2, 300)
    wait_until(lambda: stand.call(api, "GET", LATEST + "N.MOVES", reader).json["data"]["price"] == 2, 5, "the new price is served")
    stand.publish("acme", "N.MOVES", 1.5, 100)
    stand.publish("acme", "N.MOVES", 3, 400)
    seen = wait_until(lambda: (lambda p: p if p == 3 else None)(stand.call(api, "GET", LATEST + "N.MOVES", reader).json["data"]["price"]), 5, "3")
    assert seen == 3


def test_many_who_ask_for_a_price_together_cost_one_way_to_the_stores(stand, api, reader):
    stand.price("acme", "N.CROWD", "5")
    misses = lambda: api.metric("data_proc_cache_requests_total", 'cache="redis",result="miss"')  # noqa: E731
    before = misses()
    answers = stand.crowd(api, LATEST + "N.CROWD", reader, 24)
    assert {json.loads(body)["data"]["price"] for body in answers} == {5}
    assert misses() - before == 1


def test_answers_carry_request_id_trace_process_time_and_the_limit(stand, api, reader):
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    answer = stand.call(api, "GET", LATEST + "N.FIRST", reader, headers={"X-Request-Id": "mine-7", "traceparent": parent})
    assert answer.headers["x-request-id"] == "mine-7" and answer.headers["traceparent"] == parent
    assert float(answer.headers["x-process-time"]) < 5
    assert answer.headers["x-ratelimit-limit"] == "1000000" and int(answer.headers["x-ratelimit-remaining"]) > 0
    assert stand.call(api, "GET", "/no/such", reader).headers["x-request-id"] != "mine-7"


@pytest.mark.parametrize("path,status", [
    (LATEST, 400), ("/projections/latest_price", 400), (LATEST + "NO.SUCH", 404), ("/projections/curve_snapshot?instrument_id=A", 400),
    ("/projections/custom?instrument_id=A", 400), ("/projections/custom?instrument_id=A&projection_type=spread", 404),
    ("/prices/latest?limit=0", 400), ("/prices/latest?limit=x", 400), ("/bars", 400), ("/bars?instrument_id=A&interval=7m", 400),
    ("/bars?instrument_id=A&from=never", 400), ("/curves/NONE", 404), ("/nothing", 404)])
def test_an_error_tells_error_message_details_and_timestamp(stand, api, reader, path, status):
    answer = stand.call(api, "GET", path, reader)
    assert answer.status == status
    assert set(answer.json) == {"error", "message", "details", "timestamp"}


def test_a_known_path_with_another_method_is_405_and_says_which(stand, api, reader):
    answer = stand.call(api, "DELETE", "/prices/latest", reader)
    assert answer.status == 405 and answer.headers["allow"] == "GET"


def test_bars_curves_and_statistics_are_served(stand, api, reader):
    d = stand.database
    stand.lab.clickhouse(
        f"INSERT INTO {d}.bars_5m (tenant_id, instrument_id, market, product, interval_start, interval_end, open, high, low, close, twap, tick_count) "
        f"SELECT 'acme', 'N.BARS', 'NYISO', 'RT5M', toDateTime64(1767225600 + 300 * number, 6), toDateTime64(1767225900 + 300 * number, 6), "
        "number, number + 1, number - 1, number, number, 1 FROM numbers(12)")
    bars = stand.call(api, "GET", "/bars?instrument_id=N.BARS&from=2026-01-01T00:10:00Z&limit=3", reader).json
    assert [b["open"] for b in bars["bars"]] == [9, 10, 11] and bars["bars"][0]["interval_start"] == "2026-01-01T00:45:00Z"
    for name, window, kind, payload in [("1y", "", "curve_snapshot", '{"points":[1,2]}'), ("mean", "10", "rolling_stat", '{"v":10}'),
                                        ("mean", "50", "rolling_stat", '{"v":"a\\\\tb\\\\\\\\c"}')]:
        stand.lab.clickhouse(
            f"INSERT INTO {d}.served_projections (tenant_id, projection_type, instrument_id, name, window, data, event_time, revision, snapshot_at) "
            f"VALUES ('acme', '{kind}', 'HH', '{name}', '{window}', '{payload}', toDateTime64(1767225600, 6), 0, now64(6))")
    curve = stand.call(api, "GET", "/projections/curve_snapshot?instrument_id=HH&horizon=1Y", reader)
    assert curve.status == 200 and curve.json["data"] == {"points": [1, 2]} and curve.json["last_updated"].startswith("2026-01-01T00:00:00")
    assert stand.call(api, "GET", "/curves/HH", reader).json["curves"] == [{"points": [1, 2]}]
    assert stand.call(api, "GET", "/curves/snapshots?horizon=1y", reader).json["count"] == 1
    custom = "/projections/custom?instrument_id=HH&projection_type=rolling_stat&name=mean&window="
    assert stand.call(api, "GET", custom + "10", reader).json["data"] == {"v": 10}
    assert stand.call(api, "GET", custom + "50", reader).json["data"] == {"v": "a\tb\\c"}


def test_a_tenants_cache_can_be_emptied_on_every_replica(stand, api, replica, reader):
    stand.price("acme", "N.EMPTIED", "1")
    writer = stand.new_key(api, ["cache:write"])["api_key"]
    for service in (api, replica):
        stand.call(service, "GET", LATEST + "N.EMPTIED", reader)
        assert stand.call(service, "GET", LATEST + "N.EMPTIED", reader).json["source"] == "memory"
    assert stand.call(api, "POST", "/cache/invalidate", reader, {"all": True}).status == 403
    assert stand.call(api, "POST", "/cache/invalidate", writer, {}).status == 400
    assert stand.call(api, "POST", "/cache/invalidate", writer, {"instrument_id": "N.EMPTIED"}).json["removed"] == 1
    wait_until(lambda: stand.call(replica, "GET", LATEST + "N.EMPTIED", reader).json["source"] != "memory", 3, "the replica has forgotten it too")


def test_a_key_is_shown_once_and_only_its_hash_is_stored(stand, api):
    made = stand.new_key(api, ["prices:read"], name="once")
    assert len(made["api_key"]) == 43
    stored = stand.psql(f"SELECT row_to_json(k) FROM api_keys k WHERE key_id = '{made['key_id']}'")
    assert made["api_key"] not in stored
    shown = stand.call(api, "GET", f"/api/keys/{made['key_id']}", ADMIN).body + stand.call(api, "GET", "/api/keys", ADMIN).body
    assert made["key_id"] in shown and made["api_key"] not in shown and json.loads(stored)["key_hash"] not in shown


def test_nobody_grants_what_he_does_not_have(stand, api, reader):
    assert stand.call(api, "POST", "/api/keys", reader, {"name": "x", "permissions": ["prices:read"]}).status == 403
    assert stand.call(api, "POST", "/api/keys", ADMIN, {"name": "x", "permissions": ["tenants:any"]}).status == 403
    assert stand.call(api, "POST", "/api/keys", ADMIN, {"name": "x", "permissions": ["no:such"]}).status == 400
    assert stand.call(api, "POST", "/api/keys?tenant_id=other", ADMIN, {"name": "x", "permissions": ["prices:read"]}).status == 403


def test_a_revoked_key_is_refused_by_every_replica_within_a_second(stand, api, replica):
    made = stand.new_key(api, READ)
    for service in (api, replica):
        assert stand.call(service, "GET", "/prices/latest", made["api_key"]).status == 200
    assert stand.call(api, "DELETE", f"/api/keys/{made['key_id']}", ADMIN).status == 200
    begin = time.monotonic()
    for service in (api, replica):
        wait_until(lambda s=service: stand.call(s, "GET", "/prices/latest", made["api_key"]).status == 401, 1.5, "the key is refused")
    assert time.monotonic() - begin < 1.5


def test_a_key_that_expires_is_refused_although_it_is_remembered(stand, api):
    made = stand.new_key(api, READ, expires_in_seconds=2)
    assert stand.call(api, "GET", "/prices/latest", made["api_key"]).status == 200
    wait_until(lambda: stand.call(api, "GET", "/prices/latest", made["api_key"]).status == 401, 5, "the key has expired")


def test_the_use_of_a_key_is_noted_once_a_minute(stand, api):
    made = stand.new_key(api, READ)
    stand.call(api, "GET", "/prices/latest", made["api_key"])
    first = stand.psql(f"SELECT last_used_at FROM api_keys WHERE key_id = '{made['key_id']}'")
    for _ in range(5):
        stand.call(api, "GET", "/prices/latest", made["api_key"])
    assert first and stand.psql(f"SELECT last_used_at FROM api_keys WHERE key_id = '{made['key_id']}'") == first


def test_a_limit_is_kept_across_replicas_and_says_when_to_come_again(stand, api, replica):
    key = stand.new_key(api, READ, rate_limit_per_minute=30)["api_key"]  # a bucket of three
    answers = [stand.call(service, "GET", "/prices/latest?limit=1", key) for _ in range(3) for service in (api, replica)]
    assert sorted(a.status for a in answers) == [200, 200, 200, 429, 429, 429]
    refused = next(a for a in answers if a.status == 429)
    assert refused.json["error"] == "rate_limited" and 1 <= int(refused.headers["retry-after"]) <= 2
    left = stand.call(api, "GET", "/api/rate-limit", stand.new_key(api, READ, rate_limit_per_minute=600)["api_key"]).json
    assert left["limit_per_minute"] == 600 and 50 <= left["remaining"] <= 60
    wait_until(lambda: stand.call(api, "GET", "/prices/latest?limit=1", key).status == 200, 5, "a token has come")


def test_a_key_that_never_expires_is_remembered_and_not_asked_for_again(stand, api):
    made = stand.new_key(api, ["prices:read"])
    path = "/prices/latest?limit=1"
    assert stand.call(api, "GET", path, made["api_key"]).status == 200
    stand.lab.psql("BEGIN; ALTER TABLE api_keys DISABLE TRIGGER USER; "
                   f"DELETE FROM api_keys WHERE key_id = '{made['key_id']}'; ALTER TABLE api_keys ENABLE TRIGGER USER; COMMIT", stand.database)
    assert stand.call(api, "GET", path, made["api_key"]).status == 200  # nobody told


def test_no_key_is_401_and_a_wrong_one_too(stand, api):
    for headers in ({}, {"X-API-Key": "wrong"}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic eDp5"}):
        answer = stand.call(api, "GET", "/prices/latest", headers=headers)
        assert answer.status == 401 and answer.headers["www-authenticate"] == "Bearer"
    assert stand.call(api, "GET", "/prices/latest", headers={"Authorization": f"bearer {ADMIN}"}).status == 200


def test_the_openapi_document_is_valid_and_names_every_route_that_is_served(stand, api, reader):
    document = stand.call(api, "GET", "/openapi.json").json
    validate(document)
    for path, item in document["paths"].items():
        names = set(part[1:-1] for part in path.split("/") if part.startswith("{"))
        for method, operation in item.items():
            declared = {p["name"] for p in operation["parameters"] if p["in"] == "path"}
            assert declared == names, path
            assert operation["responses"]
            probe = path.replace("{", "").replace("}", "")
            assert stand.call(api, method.upper(), probe).status != 405, path
            status = stand.call(api, method.upper(), probe).status
            assert status == (200 if operation["security"] == [] else 401 if path != "/ws/prices" else 426), (path, status)
    identifiers = [o["operationId"] for item in document["paths"].values() for o in item.values()]
    assert len(set(identifiers)) == len(identifiers)


# Tenants.

def test_no_route_shows_a_tenant_anything_of_another(stand, api, replica):
    """Random requests with a key of one tenant; whatever they are, no answer holds a word that belongs to the other."""
    secret = "zzsecret"
    stand.price("victim", f"N.{secret}", "666.25")
    stand.price("acme", "N.OWN", "1")
    victim = stand.new_key(api, [*READ, "cache:write"], tenant="victim")
    attacker = stand.new_key(api, [*READ, "cache:write", "keys:admin"])["api_key"]
    stand.psql(f"UPDATE api_keys SET name = '{secret}-key' WHERE key_id = '{victim['key_id']}'")
    # The victim's value is in the memory of both replicas and in Redis.
    for service in (api, replica):
        assert "666.25" in stand.call(service, "GET", LATEST + f"N.{secret}", victim["api_key"]).body
    document = stand.call(api, "GET", "/openapi.json").json
    routes = [(method.upper(), path, operation) for path, item in document["paths"].items() for method, operation in item.items()]
    values = ["victim", "acme", f"N.{secret}", "victim:N." + secret, "*", "", "%2e%2e", "N.OWN", "latest_price", "curve_snapshot", "1y",
              "victim%3AN." + secret, victim["key_id"], "victim' OR '1'='1", "victim&tenant_id=acme", "1", "%00"]
    rng = random.Random(20260101)
    for _ in range(400):
        method, path, operation = rng.choice(routes)
        query = []
        for parameter in operation["parameters"]:
            value = rng.choice(values)
            if parameter["in"] == "path":
                path = path.replace("{" + parameter["name"] + "}", value.replace("/", "%2F").replace(" ", "%20").replace("'", "%27") or "x")
            elif rng.random() < 0.7:
                query.append(parameter["name"] + "=" + value.replace(" ", "%20").replace("'", "%27"))
        headers = {"X-Tenant-Id": rng.choice(["victim", "acme", "acme,victim"])} if rng.random() < 0.3 else {}
        body = rng.choice([None, {"instrument_id": f"N.{secret}"}, {"all": True}, {"api_key": victim["api_key"]},
                           {"name": "x", "permissions": ["prices:read"], "tenant_id": "victim"}]) if method == "POST" else None
        target = path + ("?" + "&".join(query) if query else "")
        answer = stand.call(rng.choice([api, replica]), method, target, attacker, body, headers)
        # What the attacker said himself may come back; what the victim's data say may not.
        assert "666.25" not in answer.body and secret + "-key" not in answer.body, target
        assert '"tenant_id":"victim"' not in answer.body, target
        assert answer.status in (200, 201, 400, 401, 403, 404, 426, 429), (target, answer.status, answer.body)
    # The victim's key, row and cached value are where they were.
    assert stand.call(api, "GET", LATEST + f"N.{secret}", victim["api_key"]).json["source"] == "memory"
    assert stand.lab.redis("EXISTS", f"served:latest_price:victim:N.{secret}") == "1"
    assert stand.psql(f"SELECT status FROM api_keys WHERE key_id = '{victim['key_id']}'") == "active"
    metrics = stand.call(api, "GET", "/metrics").body
    assert "victim" not in metrics and "acme" not in metrics and secret not in metrics


def test_tenants_whose_names_are_parts_of_keys_do_not_meet(stand, api):
    stand.price("a:b", "c", "1")
    stand.price("a", "b:c", "2")
    inner, outer = (stand.new_key(api, READ, tenant=t)["api_key"] for t in ("a:b", "a"))
    for _ in range(2):
        assert stand.call(api, "GET", LATEST + "c", inner).json["data"]["price"] == 1
        assert stand.call(api, "GET", LATEST + "b:c", outer).json["data"]["price"] == 2
        assert stand.call(api, "GET", LATEST + "c", outer).status == 404


def test_labels_of_metrics_are_routes_never_paths(stand, api, reader):
    for i in range(20):
        stand.call(api, "GET", f"/curves/C{i}", reader)
        stand.call(api, "GET", f"/random/{i}", reader)
    text = stand.call(api, "GET", "/metrics").body
    assert 'endpoint="/curves/{curve_id}"' in text and 'endpoint="unmatched"' in text
    assert "/curves/C1" not in text and "/random" not in text


# WebSockets.

def test_prices_are_told_as_they_change_to_those_who_asked_and_to_their_tenant_only(stand, api, reader):
    other = stand.new_key(api, READ, tenant="other")["api_key"]
    mine, theirs = stand.websocket(api, "/ws/prices", reader), stand.websocket(api, "/ws/prices", other)
    assert mine.status == 101 and theirs.status == 101
    mine.send({"action": "subscribe", "instruments": ["W.*", "X.ONE"]})
    assert mine.receive() == {"type": "subscribed", "subscriptions": 2}
    theirs.send({"action": "subscribe", "instruments": ["*"]})
    assert theirs.receive()["subscriptions"] == 1
    for instrument in ("W.A", "X.TWO", "X.ONE"):
        stand.publish("acme", instrument, 7, 0)
    assert [mine.receive()["data"]["instrument_id"] for _ in range(2)] == ["W.A", "X.ONE"]
    assert theirs.silent(0.5)
    mine.send({"action": "unsubscribe", "instruments": ["W.*"]})
    assert mine.receive()["subscriptions"] == 1
    stand.publish("acme", "W.A", 8, 1)
    assert mine.silent(0.5)
    mine.send({"action": "nonsense"})
    assert mine.receive()["type"] == "error"


def test_a_websocket_wants_a_key_and_another_tenant_is_refused(stand, api, reader):
    assert stand.websocket(api, "/ws/prices").status == 401
    assert stand.websocket(api, "/ws/prices?tenant_id=other", reader).status == 403
    assert stand.call(api, "GET", "/ws/prices", reader).status == 426


def test_a_revoked_key_ends_its_websocket(stand, api):
    made = stand.new_key(api, READ)
    stream = stand.websocket(api, "/ws/prices", made["api_key"])
    assert stream.status == 101
    stand.call(api, "DELETE", f"/api/keys/{made['key_id']}", ADMIN)
    assert stream.receive(3) == ("close", 1008, "the API key is not valid any more")


def test_a_peer_that_reads_too_slowly_is_dropped_with_a_word_and_the_others_are_not(stand, api, reader):
    slow, quick = stand.websocket(api, "/ws/prices", reader, room=4096), stand.websocket(api, "/ws/prices", reader)
    for peer in (slow, quick):
        peer.send({"action": "subscribe", "instruments": ["S.*"]})
        peer.receive()
    filler = "x" * 6000
    key = "served:latest_price:acme:S.A"
    script = ("for i = ARGV[3], ARGV[3] + 99 do redis.call('PUBLISH', 'served:updates', ARGV[1] .. '\\n' .. math.floor(i) .. ' 2 0\\n' .. ARGV[2]) "
              "end return 1")
    message = json.dumps({"filler": filler})
    for turn in range(16):
        stand.lab.redis("EVAL", script, "0", key, message, str(1 + 100 * turn))
        assert all(quick.receive()["type"] == "price" for _ in range(100))
    wait_until(lambda: api.metric("data_proc_websocket_dropped_total") >= 1, 10, "the slow peer is dropped")
    while isinstance(last := slow.receive(), dict):
        pass
    assert last[:2] == ("close", 1013) and last[2].startswith("too slow")
