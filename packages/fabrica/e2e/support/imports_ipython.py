"""What IPython makes of cells: reads one JSON string per line, prints one per line; null for what is no Python."""

import ast
import json
import sys
import warnings

from IPython.core.inputtransformer2 import TransformerManager

warnings.simplefilter("ignore")

for line in sys.stdin:
    try:
        python = TransformerManager().transform_cell(json.loads(line))
        ast.parse(python)
    except SyntaxError:
        python = None
    print(json.dumps(python))
