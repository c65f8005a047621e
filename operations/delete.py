"""`droptrain delete`: deletes the stack, lists what stays, and removes that too when asked."""

from __future__ import annotations

from rich.filesize import decimal

from operations.bucket import BucketContents, read_contents, remove
from operations.clients import AccountClients
from operations.deletion import delete_stack
from operations.errors import OperationError
from operations.jobs import running_jobs, stop, wait_until_ended
from operations.stack import DeployedStack, find_stack_if_any
from operations.terminal import Terminal

# A stopped job has two minutes to end and then uploads what it has:
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StopTrainingJob.html
STOP_SECONDS = 900.0
SAM_STACK = "aws-sam-cli-managed-default"
JOB_LOGS = "/aws/sagemaker/TrainingJobs"


def delete(
    terminal: Terminal, clients: AccountClients, stack: DeployedStack, *, with_bucket: bool
) -> bool:
    """Delete a stack after asking; return whether it was deleted.

    Raises:
        OperationError: a job may not be stopped, or CloudFormation could not delete something.
    """
    terminal.say(f"This deletes the stack {stack.name} in {stack.region} ({stack.status}).")
    terminal.say("The bucket with your images stays, unless you gave --with-bucket.")
    if not terminal.ask_for_name(stack.name):
        terminal.say("Nothing was deleted.")
        return False
    stop_jobs(terminal, clients, stack)
    delete_stack(terminal, clients, stack)
    terminal.say(f"The stack {stack.name} is deleted.")
    contents = read_contents(clients.s3, stack.bucket) if stack.bucket else None
    if stack.bucket and contents and with_bucket and delete_bucket(terminal, clients, stack.bucket):
        contents = None
    list_leftovers(terminal, clients, stack, contents)
    return True


def stop_jobs(terminal: Terminal, clients: AccountClients, stack: DeployedStack) -> None:
    """Stop the stack's running jobs after asking, and wait: without a role they can't finish.

    Raises:
        OperationError: the answer was no, or a job did not stop.
    """
    for job in running_jobs(clients.sagemaker, stack.job_prefix):
        terminal.say(f"The training job {job.name} is running; without the stack it will fail.")
        if not terminal.ask("Stop it?"):
            raise OperationError(
                f"Nothing was deleted. `droptrain logs {job.name}` follows the job until it ends."
            )
        stop(clients.sagemaker, job.name)
        terminal.say("Waiting until it has stopped, which may take some minutes.")
        status = wait_until_ended(clients.sagemaker, job.name, STOP_SECONDS)
        terminal.say(f"{job.name}: {status}.")


def delete_bucket(terminal: Terminal, clients: AccountClients, bucket: str) -> bool:
    """Empty a bucket of every version and remove it, after asking; return whether it was deleted.

    Raises:
        OperationError: there is no such bucket, or S3 kept some objects.
    """
    contents = read_contents(clients.s3, bucket)
    if contents is None:
        raise OperationError(f"There is no bucket {bucket} in this account.")
    terminal.say(f"{bucket} holds {contents_text(contents)}. They can't be restored.")
    if not terminal.ask_for_name(bucket):
        terminal.say(f"{bucket} was not deleted.")
        return False
    count = 0

    def deleted(batch: int) -> None:
        nonlocal count
        count += batch
        terminal.say(f"  {count} of {contents.versions} versions deleted")

    remove(clients.s3, bucket, deleted)
    terminal.say(f"The bucket {bucket} is deleted.")
    return True


def list_leftovers(
    terminal: Terminal,
    clients: AccountClients,
    stack: DeployedStack,
    contents: BucketContents | None,
) -> None:
    """List what stays in the account after a stack's deletion, with the commands to remove it."""
    region = stack.region
    terminal.say("\nWhat stays, and how to remove it:")
    if contents and stack.bucket:
        terminal.say(f"- The bucket {stack.bucket}: {contents_text(contents)}.")
        terminal.say("  Keep a copy, then remove it with every image in it:")
        terminal.command(f"aws s3 sync s3://{stack.bucket}/ ./kept --region {region}")
        terminal.command(f"droptrain delete --bucket {stack.bucket} --region {region}")
    terminal.say(f"- The logs of the training jobs, {stack.job_prefix}..., in {JOB_LOGS}.")
    terminal.say("  The log group is shared by all SageMaker jobs of the account and region.")
    terminal.command(log_command(stack))
    sam_stack = find_stack_if_any(clients, SAM_STACK)
    if sam_stack and (artifacts := sam_stack.outputs.get("SourceBucket")):
        terminal.say(f"- The SAM CLI's uploads, in its bucket {artifacts}:")
        terminal.command(f"aws s3 rm s3://{artifacts}/{stack.name}/ --recursive --region {region}")
    terminal.say(
        "- The records of the training jobs in SageMaker, which cost nothing. Delete one with"
    )
    terminal.command(f"aws sagemaker delete-training-job --region {region} --training-job-name RUN")


def log_command(stack: DeployedStack) -> str:
    """Return the command that deletes the log streams of this stack's jobs and no others."""
    group = f"--log-group-name {JOB_LOGS} --region {stack.region}"
    return (
        f"aws logs describe-log-streams {group} --log-stream-name-prefix {stack.job_prefix} "
        "--query 'logStreams[].[logStreamName]' --output text | xargs -r -n 1 "
        f"aws logs delete-log-stream {group} --log-stream-name"
    )


def contents_text(contents: BucketContents) -> str:
    """Write how much is in a bucket."""
    return (
        f"{contents.objects} objects, {contents.versions} versions and delete markers, "
        f"{decimal(contents.size)}"
    )
