"""The workflow of a plan.json with Hera.

Prints the CPU milliseconds of importing Hera, of making the workflow, and the YAML's characters.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

imported = time.process_time()
from hera.workflows import (  # noqa: E402
    DAG,
    Container,
    Env,
    Resources,
    RetryStrategy,
    Task,
    WorkflowTemplate,
)
from hera.workflows.models import Backoff  # noqa: E402

loading = (time.process_time() - imported) * 1000

text = Path(sys.argv[1]).read_text()

start = time.process_time()
steps = json.loads(text)["steps"]
with WorkflowTemplate(name="bench", namespace="science", entrypoint="run") as workflow:
    templates = {
        step["name"]: Container(
            name=step["name"].replace("_", "-"),
            image="registry.example.com/science/bench@sha256:" + "0" * 64,
            command=["python", "-m", "fabrica.pipelines"],
            args=["step", "train", step["name"], "--run", "$(FABRICA_RUN)"],
            env=[Env(name="FABRICA_STORE", value="s3://artifacts/science")],
            resources=Resources(
                cpu_request=step["resources"]["cpu"],
                memory_request=step["resources"]["memory"],
            ),
            retry_strategy=RetryStrategy(
                limit=str(step["retries"]), backoff=Backoff(duration="10s", factor="2")
            ),
            active_deadline_seconds=step["timeoutSeconds"],
        )
        for step in steps
    }
    with DAG(name="run"):
        tasks: dict[str, Task] = {}
        for step in steps:
            name = step["name"]
            tasks[name] = Task(name=name.replace("_", "-"), template=templates[name])
            for before in step["after"]:
                tasks[before] >> tasks[name]
yaml = workflow.to_yaml()
milliseconds = (time.process_time() - start) * 1000
print(loading, milliseconds, len(yaml))
