"""template.yaml as CloudFormation gets it: packaged and after the SAM transform."""

from __future__ import annotations

from typing import Any

import boto3
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

Json = dict[str, Any]


def transformed(text: str) -> Json:
    """Return the CloudFormation template that a SAM template becomes, with made-up packages.

    Raises:
        samtranslator.model.exceptions.InvalidDocumentException: the template is not valid SAM.
    """
    template: Json = yaml_parse(text)
    for owner in (template.get("Globals", {}).get("Function", {}), *_properties(template)):
        for where in {"CodeUri", "ContentUri"} & set(owner):
            owner[where] = "s3://artifacts/package"  # as `sam package` does with local folders
    # With a session of its own it does not ask the user's AWS profile for a region.
    session = boto3.session.Session(region_name="us-east-1")
    result: Json = Translator({}, Parser(), boto_session=session).translate(template, {})
    return result


def _properties(template: Json) -> list[Json]:
    return [resource.get("Properties", {}) for resource in template["Resources"].values()]
