"""Scan template.yaml and the code: python -m scripts.scan FOLDER...

bandit reads the folders; checkov and cdk-nag read template.yaml after the SAM transform. A finding
passes when skips.yaml says why; a skip that matches nothing any more fails.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from scripts.scan.reports import ScanError
from scripts.scan.scanners import ROOT, scan, scanners
from scripts.scan.skips import Finding, Skip, SkipsError, judge, read_skips
from scripts.scan.template import transformed

SKIPS = Path(__file__).with_name("skips.yaml")


def main(folders: list[str]) -> int:
    """Return 0 when each finding has its skip and each skip its finding, else 1."""
    missing = [folder for folder in folders if not (ROOT / folder).is_dir()]
    if missing or not folders:
        sys.exit(f"folders to scan: {missing} are none" if missing else "name folders to scan")
    try:
        skips = read_skips(SKIPS.read_text(encoding="utf-8"))
        found = _found(folders)
    except (ScanError, SkipsError) as error:
        sys.exit(str(error))
    if set(skips) != set(found):
        sys.exit(f"{SKIPS.name} lists {sorted(skips)}, the scanners are {sorted(found)}")
    passed = [_passed(scanner, found[scanner], skips[scanner]) for scanner in found]
    return 0 if all(passed) else 1


def _found(folders: list[str]) -> dict[str, list[Finding]]:
    with tempfile.TemporaryDirectory() as temporary:
        template = Path(temporary) / "template.json"
        source = (ROOT / "template.yaml").read_text(encoding="utf-8")
        template.write_text(json.dumps(transformed(source)), encoding="utf-8")
        return scan(scanners(template, folders))


def _passed(scanner: str, found: list[Finding], skips: list[Skip]) -> bool:
    verdict = judge(found, skips)
    for finding in verdict.unexplained:
        print(f"{scanner}: {finding.check} at {finding.place}: {finding.message}")
    for check, place in verdict.stale:
        print(f"{scanner}: {SKIPS.name} skips {check} at {place}, which is not found any more")
    if verdict.passed:
        print(f"{scanner}: {len(set(found))} findings, each skipped for a reason")
    return verdict.passed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
