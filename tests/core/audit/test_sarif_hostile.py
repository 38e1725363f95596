"""Files that are no SARIF, and SARIF whose parts are of the wrong kind."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.core.audit import sarif
from sentinel.core.values.printable import printable
from sentinel.errors import SentinelError
from sentinel.errors.history import NotSarifError
from tests.core.sarif_logs import findings_from_sarif, log, result

NO_JSON: dict[str, bytes | str] = {
    "nothing": b"",
    "words": "high",
    "half of it": '{"version": "2.1.0", "runs": [',
    "bytes that are no text": b"\xff\xfe\xff",
    "arrays without end": "[" * 100_000,
    "a number without end": f'{{"version": {"9" * 5000}}}',
    "XML": "<sarif/>",
}
NO_SARIF: dict[str, object] = {
    "a list": [],
    "a number": 7,
    "null": None,
    "an empty table": {},
    "no runs": {"version": "2.1.0"},
    "runs that are none": {"version": "2.1.0", "runs": {"tool": {}}},
    "another version": {"version": "2.0.0", "runs": []},
    "a version that is a number": {"version": 2.1, "runs": []},
}


@pytest.mark.parametrize("document", NO_JSON.values(), ids=NO_JSON)
def test_what_is_no_json_is_refused(document: bytes | str) -> None:
    with pytest.raises(NotSarifError, match=r"^The file is not SARIF 2\.1\.0: it is not JSON\."):
        findings_from_sarif(document)


@pytest.mark.parametrize("document", NO_SARIF.values(), ids=NO_SARIF)
def test_json_that_is_no_sarif_is_refused(document: object) -> None:
    with pytest.raises(NotSarifError, match=r'it has no "version": "2\.1\.0" with "runs"'):
        findings_from_sarif(json.dumps(document))


def test_what_is_too_large_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    document = json.dumps(log())
    monkeypatch.setattr(sarif, "SIZE_LIMIT", len(document))
    assert findings_from_sarif(document) == ()
    with pytest.raises(NotSarifError, match="it is larger than "):
        findings_from_sarif(document + " ")


@pytest.mark.parametrize("encode", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_any_encoding_of_json_is_read_with_or_without_a_byte_order_mark(encode: str) -> None:
    document = json.dumps(log(result(ruleId="é")), ensure_ascii=False)
    (found,) = findings_from_sarif(document.encode(encode))
    assert found.rule == "é"
    assert findings_from_sarif("\ufeff" + document) == (found,)


DEEP = "[" * 900 + "]" * 900


@pytest.mark.parametrize(
    "parts",
    [
        f'"ruleId": {DEEP}',
        f'"rule": {DEEP}',
        f'"message": {{"text": {DEEP}}}',
        f'"partialFingerprints": {{"a": {DEEP}}}',
        f'"properties": {{"security-severity": {DEEP}}}',
        f'"level": {DEEP}',
        f'"suppressions": {DEEP}',
        '"message": {"text": "\\ud800"}, "ruleId": "\\udfff\\u0000"',
        '"properties": {"security-severity": NaN}',
        '"properties": {"security-severity": 1e999}',
        '"ruleIndex": 1e999',
        '"locations": [{"physicalLocation": {"artifactLocation": {"uri": 7}, "region": {"startLine": "x"}}}]',
    ],
)
def test_a_part_of_the_wrong_kind_is_as_if_it_were_not_there(parts: str) -> None:
    found = findings_from_sarif(f'{{"version": "2.1.0", "runs": [{{"results": [{{{parts}}}]}}]}}')
    assert len(found) == 1


KEYS = st.sampled_from(
    [
        *("ruleId", "ruleIndex", "rule", "id", "index", "message", "text", "level", "kind", "properties"),
        *("security-severity", "suppressions", "status", "locations", "physicalLocation", "artifactLocation", "uri"),
        *("region", "startLine", "fingerprints", "partialFingerprints", "toolComponent", "rules", "driver"),
        *("extensions", "tool", "results", "defaultConfiguration", "baselineState"),
    ]
)
TEXT = st.text(st.characters(codec=None), max_size=10)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)


@given(results=st.lists(st.dictionaries(KEYS, JSON, max_size=6), max_size=3), rules=JSON, extensions=JSON)
def test_whatever_the_parts_are_findings_are_distinct_and_printable(
    results: list[dict[str, object]], rules: object, extensions: object
) -> None:
    found = findings_from_sarif(json.dumps(log(*results, rules=rules, extensions=extensions)))
    assert len({finding.fingerprint for finding in found}) == len(found) <= len(results)
    for finding in found:
        for text in (finding.rule, finding.message, finding.location):
            assert printable(text, limit=len(text)) == text


@given(st.lists(JSON, max_size=3))
def test_whatever_the_runs_are_it_is_an_answer(runs: list[object]) -> None:
    document = json.dumps({"version": "2.1.0", "runs": runs})
    with suppress(SentinelError):
        assert isinstance(findings_from_sarif(document), tuple)


@given(st.binary(max_size=100))
def test_whatever_the_file_is_it_is_refused(document: bytes) -> None:
    with pytest.raises(NotSarifError):
        findings_from_sarif(document)
