"""Read the reports of the scanners."""

from __future__ import annotations

import json
import re
from typing import Any

from scripts.scan.skips import Finding

Json = dict[str, Any]


class ScanError(Exception):
    """A scanner could not do its work; the message holds what it said."""


def of_bandit(report: str) -> list[Finding]:
    """Return what bandit found, by file.

    Raises:
        ScanError: it could not read a file.
    """
    read = _parsed("bandit", report)
    if read["errors"]:
        raise ScanError(f"bandit: {read['errors']}")
    return [
        Finding(
            one["test_id"],
            one["filename"].removeprefix("./"),
            f"line {one['line_number']}: {one['issue_text']}",
        )
        for one in read["results"]
    ]


def of_checkov(report: str) -> list[Finding]:
    """Return what checkov found, by logical id.

    Raises:
        ScanError: it could not read the template.
    """
    read = _parsed("checkov", report)
    # Of a template in which it recognises nothing it reports zeros, and no results at all.
    if "results" not in read or read["summary"]["parsing_errors"]:
        raise ScanError(f"checkov did not read the template: {report[:500]}")
    return [
        Finding(one["check_id"], one["resource"].rpartition(".")[2], one["check_name"])
        for one in read["results"]["failed_checks"]
    ]


def of_cdk_nag(report: str) -> list[Finding]:
    """Return what cdk-nag found, by logical id and, for IAM, by the pattern it frowns at.

    Raises:
        ScanError: CDK's report has no part of cdk-nag.
    """
    parts = {part["pluginName"]: part for part in _parsed("cdk-nag", report)["pluginReports"]}
    if "AwsSolutions" not in parts:
        raise ScanError(f"cdk-nag did not read the template: {report[:500]}")
    return [
        _violation(violation, construct["constructPath"])
        for violation in parts["AwsSolutions"]["violations"]
        for construct in violation["violatingConstructs"]
    ]


def _violation(violation: Json, path: str) -> Finding:
    check, _, detail = violation["ruleName"].partition("[")
    place = path.rpartition("/")[2]
    if detail:
        place = f"{place} {_readable(detail.removesuffix(']'))}"
    return Finding(check, place, violation["description"])


def _readable(detail: str) -> str:
    """Return the text of an Fn::Sub with variables of its own in the spelling of the others."""
    kind, _, value = detail.partition("::")
    if not value.startswith("["):
        return detail
    substitution: list[Any] = json.loads(value)
    text = re.sub(r"[$]{([^}]+)}", r"<\1>", substitution[0])
    return f"{kind}::{text}"


def _parsed(scanner: str, report: str) -> Any:
    try:
        return json.loads(report)
    except json.JSONDecodeError as error:
        raise ScanError(f"{scanner} wrote no report: {report[:500]}") from error
