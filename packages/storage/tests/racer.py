"""A process that races with others for names: `racer.py STORE NAMES`; starts at a line on stdin."""

import json
import os
import sys

from fabrica.storage import open_store

store = open_store(sys.argv[1])
count = int(sys.argv[2])
store.exists("warm-up.json")
print("ready", flush=True)
sys.stdin.readline()
won = []
for number in range(count):
    blob = store.put(b"the same blob %d" % (number % 7))
    if store.create(f"race/{number}.json", {"winner": os.getpid(), "blob": blob}):
        won.append(number)
print(json.dumps({"me": os.getpid(), "won": won}), flush=True)
