"""Runs a notebook without a browser, and prints what its cells say.

    python -I execute.py NOTEBOOK NAME

The first cell that fails ends it, with exit code 1. The file stays as it is; NAME is what messages call it.
"""

import re
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError

COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def main(path: Path, name: str) -> int:
    try:
        notebook = nbformat.read(path, as_version=4)
    except Exception as error:
        return failed(f"{name} is no notebook: {error}")
    client = NotebookClient(
        notebook,
        # A cell may take hours.
        timeout=None,
        kernel_name="python3",
        # As in Jupyter, a notebook runs in its own folder.
        resources={"metadata": {"path": str(path.parent)}},
        on_cell_executed=lambda cell, cell_index, **_: show(cell, f"{name}, cell {cell_index + 1}"),
    )
    try:
        client.execute()
    except CellExecutionError:
        return 1
    except DeadKernelError:
        return failed(f"{name}: the kernel died; was it out of memory?")
    return 0


def show(cell: nbformat.NotebookNode, place: str) -> None:
    for output in cell.get("outputs", []):
        if output.output_type == "error":
            traceback = COLOURS.sub("", "\n".join(output.traceback))
            failed(f"{place}: {output.ename}: {output.evalue}\n{traceback}")
        elif output.output_type == "stream":
            (sys.stderr if output.name == "stderr" else sys.stdout).write(output.text)
        else:
            print(output.data.get("text/plain", f"<{', '.join(output.data)}>"))
    sys.stdout.flush()


def failed(text: str) -> int:
    print(f"error: {text}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
