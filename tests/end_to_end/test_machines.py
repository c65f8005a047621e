"""A machine is found: what the quotas don't allow is left out, and people read what was used."""

from __future__ import annotations

import json
from pathlib import Path

from local_cloud.cloud.server import LocalCloud
from tests.end_to_end.conftest import Chain

NO_GPUS = {"ml.g5.xlarge for training job usage": 0, "ml.m5.xlarge for spot training job usage": 0}


def test_a_quota_of_zero_on_the_first_type_ends_in_a_run_on_the_second(tmp_path: Path):
    with LocalCloud(tmp_path / "cloud", quotas=NO_GPUS) as cloud:
        chain = Chain(cloud, tmp_path)
        chain.deploy(InstanceType="ml.g5.xlarge,ml.m5.xlarge,ml.c5.xlarge")
        chain.drop_classes()
        chain.ready()
        run = chain.await_run("done")

        job = chain.sagemaker.describe_training_job(TrainingJobName=run["run"])
        assert job["ResourceConfig"]["SelectedInstanceType"] == "ml.m5.xlarge"
        assert run["machine"] == "ml.m5.xlarge"
        [refused] = run["machines_refused"]
        assert "'ml.g5.xlarge for training job usage'" in refused
        page, report = (
            cloud.client("s3").get_object(Bucket=chain.bucket, Key=key)["Body"].read().decode()
            for key in ("status.html", run["report"])
        )
        for text in (page, report):
            assert "ml.g5.xlarge: the account&#" in text
            assert "ml.m5.xlarge" in text
        metrics = chain.s3.get_object(Bucket=chain.bucket, Key=f"runs/{run['run']}/metrics.json")
        figures = json.loads(metrics["Body"].read())["figures"]
        assert (figures["instance_type"], figures["machines_refused"]) == (
            "ml.m5.xlarge",
            [refused],
        )

        # Another machine, and spot, which falls back to it: not another run.
        chain.deploy(InstanceType="ml.m5.xlarge", UseSpot="true")
        chain.ready()
        chain.await_answer("Launch", outcome="trained", run=run["run"])
        assert chain.jobs() == [run["run"]]
