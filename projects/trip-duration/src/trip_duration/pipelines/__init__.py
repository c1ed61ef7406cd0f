"""The pipelines of this project: `train`."""
