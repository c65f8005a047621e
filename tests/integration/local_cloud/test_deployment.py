"""Deploying: packages, layers, updates, and what is refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from local_cloud.cloud.deployment import Stack
from local_cloud.cloud.packaging import PackagingError
from local_cloud.cloud.server import LocalCloud
from tests.integration.local_cloud.conftest import TOY

ECHO = """
Transform: AWS::Serverless-2016-10-31
Parameters:
  Word: {Type: String, Default: one}
  Rate: {Type: Number, Default: 0.002}
Resources:
  Bucket: {Type: AWS::S3::Bucket}
  Echo:
    Type: AWS::Serverless::Function
    Metadata: {SkipBuild: true}
    Properties:
      Runtime: python3.13
      Handler: echo.handle
      CodeUri: code/
      Layers: [!Ref Words]
      Environment: {Variables: {WORD: !Sub "<${Word}>", RATE: !Ref Rate}}
  Words:
    Type: AWS::Serverless::LayerVersion
    Properties: {ContentUri: !Sub words/}
"""
HANDLER = """
import os, words
def handle(event, context):
    return [os.environ["WORD"], os.environ["RATE"], words.WORD]
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "template.yaml").write_text(ECHO)
    for name, text in (("code/echo.py", HANDLER), ("words/python/words.py", "WORD = 'layer'")):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def echo(cloud: LocalCloud, stack: Stack) -> list[str]:
    answer = cloud.client("lambda").invoke(FunctionName=stack.resources["Echo"])
    words: list[str] = json.loads(answer["Payload"].read())
    return words


def test_an_update_reaches_the_functions_and_keeps_the_bucket(
    cloud: LocalCloud, project: Path
) -> None:
    template = project / "template.yaml"
    first = cloud.deploy(template, {}, "updated")
    assert echo(cloud, first) == ["<one>", "0.002", "layer"]
    (project / "code/echo.py").write_text(HANDLER + "\n# changed")
    other = project / "other"
    (other / "python").mkdir(parents=True)
    (other / "python/words.py").write_text("WORD = 'replaced'")
    second = cloud.deploy(
        template, {"Word": "two", "Rate": "0.00001"}, "updated", layer_folders={"Words": other}
    )
    assert echo(cloud, second) == ["<two>", "0.00001", "replaced"]
    assert second.resources["Bucket"] == first.resources["Bucket"]
    assert second.resources["Echo"] == first.resources["Echo"]


def test_deploying_the_same_again_is_fine(cloud: LocalCloud, project: Path) -> None:
    first = cloud.deploy(project / "template.yaml", {}, "again")
    assert cloud.deploy(project / "template.yaml", {}, "again") == first


IMPORTS = """
import importlib.util
def handle(event, context):
    names = ["jinja2", "markupsafe", "boto3", "numpy", "moto"]
    return [name for name in names if importlib.util.find_spec(name)]
"""


def test_a_function_can_import_what_its_layers_list_and_no_other_package_of_this_machine(
    cloud: LocalCloud, project: Path
) -> None:
    (project / "code/echo.py").write_text(IMPORTS)
    (project / "words/Words.txt").write_text("jinja2==3.1.6\nmarkupsafe==3.0.4  # by jinja2\n")
    stack = cloud.deploy(project / "template.yaml", {}, "packages")
    assert echo(cloud, stack) == ["jinja2", "markupsafe", "boto3"]


def test_a_layer_that_lists_what_this_machine_lacks_is_refused(
    cloud: LocalCloud, project: Path
) -> None:
    (project / "words/Words.txt").write_text("jinja2==3.1.6\na-package-that-is-not-there==1\n")
    with pytest.raises(PackagingError, match=r"Words.txt .* here: a-package-that-is-not-there"):
        cloud.deploy(project / "template.yaml", {}, "lacking")


def test_a_makefile_that_fails_is_shown(cloud: LocalCloud, project: Path) -> None:
    (project / "words" / "Makefile").write_text("build-Words:\n\techo broken >&2; exit 1\n")
    with pytest.raises(PackagingError, match="broken"):
        cloud.deploy(project / "template.yaml", {}, "broken")


def test_a_resource_moto_would_skip_is_refused(cloud: LocalCloud, project: Path) -> None:
    template = project / "template.yaml"
    template.write_text(ECHO + "  Site: {Type: AWS::Amplify::App, Properties: {Name: site}}\n")
    with pytest.raises(ClientError, match="AWS::Amplify::App"):
        cloud.deploy(template, {}, "refused")


@pytest.mark.parametrize(
    ("parameters", "fault"),
    [({"Wrod": "two"}, "no parameter Wrod"), ({"DelaySeconds": "61"}, "from 0 to 60")],
)
def test_parameters_are_checked(cloud: LocalCloud, parameters: dict[str, str], fault: str) -> None:
    with pytest.raises(ClientError, match=fault):
        cloud.deploy(TOY, parameters, "checked")


def test_a_queue_must_let_s3_in(cloud: LocalCloud, tmp_path: Path) -> None:
    template = tmp_path / "template.yaml"
    text = TOY.read_text()
    assert "    DependsOn: DropQueuePolicy\n" in text
    text = text.replace("    DependsOn: DropQueuePolicy\n", "")
    template.write_text(text.replace("toy-$", "refused-$"))
    for folder in ("handlers", "trainer"):
        shutil.copytree(TOY.parent / folder, tmp_path / folder)
    with pytest.raises(ClientError, match="Unable to validate the following destination"):
        cloud.deploy(template, {}, "without-policy")
    cloudformation = cloud.client("cloudformation")
    [failed] = cloudformation.describe_stacks(StackName="without-policy")["Stacks"]
    assert failed["StackStatus"] == "CREATE_FAILED"
    cloudformation.delete_stack(StackName="without-policy")
    names = [stack["StackName"] for stack in cloudformation.describe_stacks()["Stacks"]]
    assert "without-policy" not in names


def test_one_cloud_at_a_time(cloud: LocalCloud, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="one local cloud at a time"):
        LocalCloud(tmp_path).__enter__()
    assert cloud.client("s3").list_buckets()["Buckets"]  # and the running one is as it was
