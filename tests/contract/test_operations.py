"""The operations commands spell names as the template and the functions do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from samtranslator.yaml_helper import yaml_parse

from common import keys, printable, sagemaker
from common.documents import WatchEvent
from launch import run_name
from operations import delete, jobs, logs, plots, promote, redrive, status, status_json
from operations import visible as on_terminals
from operations.settings import default_stack
from operations.stack import DeployedStack
from operations.trial import checks, evidence
from plot.analysis import analyse
from plot.figures.collection import plots_of
from plot.inputs.results import read_results
from plot.promotion import SOURCE, ModelRequest
from tests.support.runs import Shape, files_of

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_no_job_of_the_template_outlives_what_is_listed():
    bounds = yaml_parse((ROOT / "template.yaml").read_text())["Parameters"]["MaximumRunSeconds"]
    on_spot = timedelta(seconds=2 * bounds["MaxValue"])

    assert jobs.LONGEST_JOB == sagemaker.LONGEST_JOB > on_spot


def test_the_status_is_read_where_it_is_written():
    assert keys.STATUS_JSON == status_json.STATUS_JSON


def test_a_terminal_shows_what_the_functions_show():
    assert on_terminals.HIDDEN.pattern == printable.HIDDEN.pattern
    name = "a\x1b[2J\u202eb\ud83d"
    assert on_terminals.visible(f"{name}\n{name}") == "\n".join([printable.printable(name)] * 2)


def test_logical_names_are_the_templates():
    resources = yaml_parse((ROOT / "template.yaml").read_text())["Resources"]

    groups = {f"{name}LogGroup" for name in evidence.FUNCTIONS}
    assert {"Bucket", "Topic", *status.QUEUES, plots.FUNCTION, promote.FUNCTION, *groups} <= set(
        resources
    )
    assert (redrive.FAILURES, redrive.DROPS) == status.QUEUES


def test_the_watch_is_asked_by_its_own_name():
    assert WatchEvent(kind="job").source == plots.SOURCE


def test_the_current_model_is_where_the_functions_keep_it_and_changed_as_they_expect():
    assert (promote.CURRENT_MODEL, promote.MODEL_HISTORY) == (
        keys.CURRENT_MODEL,
        keys.MODEL_HISTORY,
    )
    assert promote.SOURCE == SOURCE == ModelRequest(kind="rollback").source


def test_what_a_trial_looks_for_is_what_the_functions_write():
    assert evidence.key_of_manifest("d") == keys.manifest("d")
    assert evidence.prefix_of_run("r") == keys.run("r")
    assert keys.copy("train", "a", "b").startswith(evidence.PREFIX_OF_COPIES)
    drawn = plots_of(analyse(read_results(files_of(Shape(epochs=2))))).keys() - {
        "mistakes",
        "thresholds",
    }
    assert set(checks.PLOTS) == {f"{name}.png" for name in drawn}
    assert keys.run_report("r").endswith(f"/{checks.REPORT}")


def test_jobs_are_named_as_the_launch_names_them():
    """The launch's stack hash is the first block of the stack's UUID, followed by a hyphen."""
    arn = "arn:aws:cloudformation:eu-west-1:1:stack/demo/1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d"
    name = run_name.RunName("1a2b3c4d", "0" * 8, "1" * 8, 1)

    prefix = DeployedStack("demo", arn, "eu-west-1", "CREATE_COMPLETE", NOW).job_prefix

    assert str(name).startswith(prefix)
    template = (ROOT / "template.yaml").read_text()
    assert '!Select [0, !Split ["-", !Select [2, !Split ["/", !Ref AWS::StackId]]]]' in template


def test_the_log_group_is_the_one_the_training_role_may_write():
    assert delete.JOB_LOGS == logs.LOG_GROUP
    assert f"log-group:{logs.LOG_GROUP}*" in (ROOT / "template.yaml").read_text()


def test_the_default_stack_is_the_projects():
    assert default_stack() == "droptrain"
