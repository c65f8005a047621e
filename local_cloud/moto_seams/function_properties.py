"""Keep the layers, architecture and /tmp size of a function that moto's CloudFormation drops."""

from __future__ import annotations

from typing import Any

from moto.awslambda.models import LambdaFunction, LayerVersion


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
        return function

    LambdaFunction.create_from_cloudformation_json = classmethod(create_function)
