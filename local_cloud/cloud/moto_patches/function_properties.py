"""Keep what moto's CloudFormation drops of a function: layers, processor, /tmp size, log group."""

from __future__ import annotations

from typing import Any

from moto.awslambda.models import LambdaFunction, LayerVersion

from local_cloud.cloud.moto_patches.hooks import Json


def install() -> None:
    """Let Ref of a layer give its ARN; apply the dropped properties once a function is there."""
    LayerVersion.physical_resource_id = property(lambda self: self.arn)

    create = LambdaFunction.create_from_cloudformation_json.__func__

    def create_function(cls: Any, name: str, resource: Any, *args: Any, **kwargs: Any) -> Any:
        function = create(cls, name, resource, *args, **kwargs)
        properties = resource["Properties"]
        function.update_configuration({"Layers": properties.get("Layers", [])})
        function.architectures = properties.get("Architectures", ["x86_64"])
        function.ephemeral_storage = int(properties.get("EphemeralStorage", {}).get("Size", 512))
        function.log_group = properties.get("LoggingConfig", {}).get("LogGroup")
        return function

    get_configuration = LambdaFunction.get_configuration

    def configuration(self: Any, on_create: bool = False) -> Json:
        answer: Json = get_configuration(self, on_create)
        group = getattr(self, "log_group", None) or f"/aws/lambda/{self.function_name}"
        answer["LoggingConfig"] = {"LogFormat": "Text", "LogGroup": group}
        return answer

    LambdaFunction.get_configuration = configuration
    LambdaFunction.create_from_cloudformation_json = classmethod(create_function)
