# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets are masked by name, by look, and by being known; everything else stays as it is."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.vcf.lifecycle.plugins.module_utils.redaction import MASK, MAX_DEPTH, Redactor, TooDeep

SECRET = "hunter2-hunter2"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZG1pbiJ9.c2lnbmF0dXJl"
PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0BAQEF\n-----END RSA PRIVATE KEY-----"


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "oldPassword",
        "newPassword",
        "admin_passwd",
        "passphrase",
        "clientSecret",
        "privateKey",
        "private_key",
        "apiKey",
        "credentialValue",
        "Authorization",
        "accessToken",
        "access_token",
        "refreshToken",
        "csp-auth-token".replace("-", "_"),
        "token",
        "pwd",
        "sessionId",
        "session_id",
    ],
)
@pytest.mark.parametrize("value", [SECRET, 12345, [SECRET], {"value": SECRET}])
def test_by_name(name: str, value: Any) -> None:
    assert Redactor().body({"a": [{name: value}]}) == {"a": [{name: MASK}]}


@pytest.mark.parametrize(
    "name",
    [
        "referenceToken",
        "passwordPolicy",
        "passwordExpiry",
        "passwordStatus",
        "passwordRequired",
        "secretName",
        "tokenType",
        "token_type",
        "apiKeyId",
        "credentialType",
        "accessTokenExpiresAt",
        "tokens",
        "name",
        "id",
    ],
)
def test_harmless_names(name: str) -> None:
    assert Redactor().body({name: "a value"}) == {name: "a value"}


@pytest.mark.parametrize("value", [None, "", True, False])
def test_what_holds_nothing_needs_no_mask(value: Any) -> None:
    assert Redactor().body({"password": value}) == {"password": value}


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (f"Authorization: Bearer {JWT}", f"Authorization: Bearer {MASK}"),
        (f"the token {JWT} has expired", f"the token {MASK} has expired"),
        ("curl -H 'Authorization: Basic YWRtaW46cGFzc3dvcmQx'", f"curl -H 'Authorization: Basic {MASK}"),
        ("login with password=Secret1! failed", f"login with password={MASK} failed"),
        ("password: 'Secret1!', user: 'admin'", f"password: '{MASK}', user: 'admin'"),
        ('said {"password": "Secret1!"}', f'said {{"password": "{MASK}"}}'),
        ('said {\\"passwd\\": \\"Secret1!\\"}', f'said {{\\"passwd\\": \\"{MASK}"}}'),
        ("https://admin:Secret1!@depot.example.com/x", f"https://{MASK}@depot.example.com/x"),
        # Where a secret ends nobody can tell but its quotes: rather too much than too little.
        ("api_key=abcdef&x=1 and more", f"api_key={MASK} and more"),
        ("password=Ab;cd&ef, it said", f"password={MASK} it said"),
        ('password="two words" failed', f'password="{MASK}" failed'),
        ("password='two words' failed", f"password='{MASK}' failed"),
        ('{"a": 1} password: "two words"', f'{{"a": 1}} password: "{MASK}"'),
        (f"is {PEM} it?", f"is {MASK} it?"),
        (PEM.replace("\n", "\\n"), MASK),
        (f"cut off: {PEM[:60]}", f"cut off: {MASK}"),
    ],
)
def test_by_look(text: str, masked: str) -> None:
    assert Redactor().text(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "The password of sddc-manager.example.com was rotated",
        "Password rotate for credential type FTP",
        "basic authentication is switched off",
        "bearer certificates expired",
        "mail admin@example.com",
        "see https://docs.example.com/tokens",
        "Reference token: ABC123".replace("Reference token", "Reference"),
        "",
        "plain",
        "{",
        "[not JSON]",
        '{"a": 1,   "b":"x"}',
    ],
)
def test_harmless_texts_stay_to_the_letter(text: str) -> None:
    assert Redactor().text(text) == text


@pytest.mark.parametrize("title", ["password", "adminPassword", "api_key", "clientSecret"])
@pytest.mark.parametrize("key", ["key", "name"])
@pytest.mark.parametrize("value", [SECRET, 12345, [SECRET], {"is": SECRET}])
def test_by_a_name_that_stands_beside(key: str, title: str, value: Any) -> None:
    body = {"properties": [{key: title, "value": value, "id": 1}, {key: "host", "value": "a"}]}
    masked = {"properties": [{key: title, "value": MASK, "id": 1}, {key: "host", "value": "a"}]}
    assert Redactor().body(body) == masked


@pytest.mark.parametrize("value", [None, "", True])
def test_a_name_beside_nothing_needs_no_mask(value: Any) -> None:
    assert Redactor().body({"key": "password", "value": value}) == {"key": "password", "value": value}


def test_a_body_is_masked_in_place_and_its_fields_stay_in_order() -> None:
    inner = {"a": 1, "password": SECRET, "b": [SECRET]}
    body = {"x": [inner], "y": 2}
    assert Redactor([SECRET]).body(body) is body
    assert body["x"][0] is inner
    assert json.dumps(body) == json.dumps({"x": [{"a": 1, "password": MASK, "b": [MASK]}], "y": 2})


@pytest.mark.parametrize(
    "text",
    [
        "eyJ-" * 20_000,
        "eyJ" + "a" * 80_000,
        "eyJaaaaaaaa." * 7_000,
        "password" * 10_000,
        "password=" * 9_000,
        "password " + " " * 80_000,
        "bearer " * 11_000,
        "bearer" + " " * 80_000,
        "://a:" * 16_000,
        "token" + "\\" * 80_000,
        "-----BEGIN PRIVATE KEY-----" * 3_000,
        "-----BEGIN " * 7_000,
    ],
    ids=lambda text: text[:12],
)
def test_no_text_takes_long(text: str) -> None:
    begun = time.process_time()
    Redactor().text(text)
    assert time.process_time() - begun < 1.0


def test_by_knowing() -> None:
    redactor = Redactor([SECRET, None])
    redactor.learn("learned-later")
    assert redactor.text(f"{SECRET} and learned-later") == f"{MASK} and {MASK}"
    assert redactor.body({"note": [f"x{SECRET}y"]}) == {"note": [f"x{MASK}y"]}


def test_a_secret_that_contains_another_is_masked_whole() -> None:
    assert Redactor(["hunter2-", "hunter2-hunter2"]).text("hunter2-hunter2") == MASK


def test_a_secret_is_a_text_not_a_pattern() -> None:
    assert Redactor(["a.c+(d)[e"]).text("abc a.c+(d)[e") == f"abc {MASK}"


def test_short_secrets_are_not_looked_for_in_texts() -> None:
    assert Redactor(["admin"]).text("user admin") == "user admin"


@pytest.mark.parametrize("blank", ["", " ", "\n\t"])
def test_json_inside_a_text(blank: str) -> None:
    inner = {"user": "admin", "deep": [{"password": [SECRET]}]}
    masked = Redactor().text(blank + json.dumps(inner))
    assert json.loads(masked) == {"user": "admin", "deep": [{"password": MASK}]}


def test_json_inside_json_inside_a_text() -> None:
    inner = json.dumps({"body": json.dumps({"newPassword": SECRET})})
    assert SECRET not in Redactor().text(inner)


class Thorough(Redactor):
    """Looks closely at every text."""

    def _is_harmless(self, value: str) -> bool:
        return False


# Pieces of what is masked and of what is not, so that texts near to a secret come up often.
NEAR = [
    "password",
    "Passphrase",
    "SECRET",
    "\u017fecret",
    "api key",
    "API\u212aey",
    "token",
    "Bearer ",
    "basic ",
    "://u:p@h",
]
FAR = ["=", ": ", " ", '"', "'", "{", "[", "}", "abcdef123456", "\u00e4\u00df", "\ud83d", "x"]
PIECES = st.sampled_from([*NEAR, *FAR, SECRET, SECRET.upper(), JWT])
PARTS = st.lists(PIECES | st.text(max_size=3), max_size=6).map("".join)


@settings(max_examples=300, deadline=None)
@given(first=PARTS, second=PARTS)
def test_a_glance_spares_only_what_a_close_look_would_leave(first: str, second: str) -> None:
    quick, thorough = Redactor([SECRET]), Thorough([SECRET])
    masked = {"a": thorough.text(first), "b": [thorough.text(second)], "c": thorough.text(second)}
    assert quick.text(first) == masked["a"]
    assert quick.body({"a": first, "b": [second], "c": second}) == masked


def test_each_text_of_an_object_is_looked_at_where_one_may_hold_a_secret() -> None:
    body = {"a": "plain", "b": "password=Secret1!", "c": f"x{SECRET}", "d": 5, "e": "", "f": '{"pwd": "x"}'}
    masked = {"a": "plain", "b": f"password={MASK}", "c": f"x{MASK}", "d": 5, "e": "", "f": json.dumps({"pwd": MASK})}
    assert Redactor([SECRET]).body(body) == masked


def test_what_was_learned_counts_at_once_for_texts_that_were_harmless_before() -> None:
    redactor = Redactor()
    assert redactor.body({"a": SECRET}) == {"a": SECRET}
    redactor.learn(SECRET)
    assert redactor.body({"a": SECRET}) == {"a": MASK}


def test_objects_of_one_shape_are_judged_by_what_each_holds() -> None:
    body = [{"user": "a", "password": None}, {"user": "b", "password": SECRET}, {"user": "c", "password": [SECRET]}]
    assert [element["password"] for element in Redactor().body(body)] == [None, MASK, MASK]


def test_depth_has_a_limit() -> None:
    def nested(levels: int) -> Any:
        value: Any = "x"
        for _level in range(levels):
            value = [value]
        return value

    assert Redactor().body(nested(MAX_DEPTH)) == nested(MAX_DEPTH)
    with pytest.raises(TooDeep):
        Redactor().body(nested(MAX_DEPTH + 1))
    with pytest.raises(TooDeep):
        Redactor().body({"a": nested(MAX_DEPTH)})


def test_json_inside_a_text_that_is_too_deep_is_a_text() -> None:
    text = "[" * 5000 + '{"password": "Secret1!"}' + "]" * 5000
    assert Redactor().text(text) == text.replace("Secret1!", MASK)


@pytest.mark.parametrize("half", ["\ud83d", "a\udc00b"])
def test_half_characters_can_not_be_printed(half: str) -> None:
    json.dumps(Redactor().body({half: [half, {half: half}]}), ensure_ascii=False).encode("utf-8")


def test_whole_characters_stay() -> None:
    assert Redactor().body({"ä": "Größe 😀"}) == {"ä": "Größe 😀"}


def test_half_characters_in_a_name_do_not_hide_what_it_holds() -> None:
    assert Redactor().body({"password\ud83d": SECRET}) == {"password?": MASK}


@pytest.mark.parametrize("value", [None, True, 5, 1.5])
def test_other_values_stay(value: Any) -> None:
    assert Redactor([SECRET]).body(value) is value
