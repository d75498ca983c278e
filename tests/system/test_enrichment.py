"""What the enrichment service knows of instruments, on a real PostgreSQL and Redis: rows before rules, tenants apart, changes heard."""
import pytest

from serving_stand import ADMIN, Stand
from services_lab import wait_until


@pytest.fixture(scope="module")
def stand():
    stand = Stand()
    yield stand
    stand.down()


@pytest.fixture(scope="module")
def service(stand, tmp_path_factory):
    return stand.start("enrichment", 20400, tmp_path_factory.mktemp("enrichment"))


def taxonomy(stand, service, instrument, key=ADMIN, query=""):
    answer = stand.call(service, "GET", f"/taxonomy/{instrument}{query}", key)
    assert answer.status == 200, answer.body
    return answer.json


def test_rules_say_what_an_instrument_is_and_which_version_they_have(stand, service):
    found = taxonomy(stand, service, "NG_HH_BALMO")
    assert (found["commodity"], found["region"], found["product_tier"], found["method"]) == ("natural_gas", "gulf", "premium", "rules")
    assert found["rules_version"].startswith("builtin-2+")
    assert taxonomy(stand, service, "X_WEST", query="?market=ERCOT")["region"] == "texas"


def test_a_row_goes_before_the_rules_and_a_change_of_it_is_heard(stand, service):
    stand.psql("INSERT INTO taxonomy_instruments (tenant_id, instrument_id, commodity, region, unit, contract_size) "
               "VALUES ('acme', 'GOLD.1', 'gold', 'moon', 'oz', 100)")
    found = stand.call(service, "POST", "/enrich", ADMIN, {"instrument_id": "GOLD.1"}).json
    assert found["enriched"] and found["taxonomy"]["commodity"] == "gold" and found["taxonomy"]["method"] == "database"
    assert found["metadata"] == {"unit": "oz", "contract_size": 100}
    assert "gold" in stand.lab.redis("GET", "metadata:acme:GOLD.1")
    stand.psql("UPDATE taxonomy_instruments SET commodity = 'silver' WHERE instrument_id = 'GOLD.1'")
    wait_until(lambda: taxonomy(stand, service, "GOLD.1")["commodity"] == "silver", 3, "the change is heard")
    stand.psql("UPDATE taxonomy_instruments SET active = false WHERE instrument_id = 'GOLD.1'")
    wait_until(lambda: taxonomy(stand, service, "GOLD.1")["method"] != "database", 3, "the row is not used any more")


def test_a_row_of_another_tenant_is_not_seen(stand, service):
    stand.psql("INSERT INTO taxonomy_instruments (tenant_id, instrument_id, commodity) VALUES ('other', 'SHARED.1', 'secret')")
    assert taxonomy(stand, service, "SHARED.1")["commodity"] == "unknown"
    assert stand.call(service, "GET", "/taxonomy/SHARED.1?tenant_id=other", ADMIN).status == 403


def test_a_tenants_rule_goes_before_a_global_one_and_new_rules_are_heard(stand, service):
    before = taxonomy(stand, service, "QQ_1")
    assert before["commodity"] == "unknown"
    stand.psql("INSERT INTO taxonomy_commodity_rules (tenant_id, token, commodity) VALUES ('', 'QQ', 'everyones'), ('acme', 'qq', 'own')")
    wait_until(lambda: taxonomy(stand, service, "QQ_1")["commodity"] == "own", 5, "the rule is heard")
    after = taxonomy(stand, service, "QQ_1")
    assert after["rules_version"] != before["rules_version"]


def test_the_cache_says_how_it_does_and_permissions_are_kept(stand, service):
    status = stand.call(service, "GET", "/cache/status", ADMIN).json
    assert status["hears_changes"] and status["rules"] > 60
    assert stand.call(service, "GET", "/cache/status").status == 401
    assert stand.call(service, "POST", "/enrich", ADMIN, {}).status == 400
    assert stand.call(service, "POST", "/cache/refresh", ADMIN).status == 202
    document = stand.call(service, "GET", "/openapi.json").json
    assert {"/enrich", "/taxonomy/{instrument_id}", "/cache/status", "/cache/refresh"} <= set(document["paths"])


def test_a_change_of_many_rows_empties_the_cache_instead_of_naming_them(stand, service):
    stand.psql("INSERT INTO taxonomy_instruments (tenant_id, instrument_id, commodity) SELECT 'acme', 'MANY.' || i, 'one' FROM generate_series(1, 500) i")
    assert taxonomy(stand, service, "MANY.7")["commodity"] == "one"
    stand.psql("UPDATE taxonomy_instruments SET commodity = 'two' WHERE instrument_id LIKE 'MANY.%'")
    wait_until(lambda: taxonomy(stand, service, "MANY.7")["commodity"] == "two", 3, "the change is heard")
