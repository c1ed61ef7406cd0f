"""What IPython makes of cells: reads one JSON string per line, prints one per line."""

import json
import sys
import warnings

from IPython.core.inputtransformer2 import TransformerManager

warnings.simplefilter("ignore")

for line in sys.stdin:
    try:
        print(json.dumps(TransformerManager().transform_cell(json.loads(line))))
    except SyntaxError as error:
        print(json.dumps(f"SyntaxError: {error}"))
