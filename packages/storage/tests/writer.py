"""A writer that never stops: `writer.py STORE`; prints each name when it is stored."""

import sys

from fabrica.storage import open_store

store = open_store(sys.argv[1])
number = 0
while True:
    digest = store.put(b"%d" % number * 50_000)
    store.create(f"documents/{number}.json", {"number": number, "blob": digest, "pad": "x" * 9000})
    print(number, flush=True)
    number += 1
