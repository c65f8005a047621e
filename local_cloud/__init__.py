"""The template on one machine: moto as the AWS API, a runtime that moves events and runs code."""
