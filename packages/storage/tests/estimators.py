"""Prints the digests of fitted estimators: equal in every process, whatever its hash seed."""

import sys
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from fabrica.storage import formats, open_store

store = open_store(sys.argv[1])
# Memory is laid out otherwise in each process.
ballast = [object() for _ in range(int(sys.argv[2]))]
random = np.random.default_rng(7)
x = random.normal(size=(400, 4))
y = x @ np.array([1.0, 2.0, 3.0, 4.0]) + random.normal(size=400)
frame = pd.DataFrame({"zone": [f"z{i % 9}" for i in range(400)], "miles": x[:, 0]})
columns = ColumnTransformer(
    [
        ("zone", OneHotEncoder(handle_unknown="ignore", sparse_output=False), ["zone"]),
        ("miles", StandardScaler(), ["miles"]),
    ]
)
fitted = [
    HistGradientBoostingRegressor(max_iter=8, random_state=0).fit(x, y),
    RandomForestRegressor(5, random_state=0, n_jobs=1).fit(x, y),
    Ridge().fit(x, y),
    LogisticRegression().fit(x, y > 0),
    DecisionTreeClassifier(random_state=0).fit(x, y > 0),
    make_pipeline(columns, HistGradientBoostingRegressor(max_iter=3, random_state=0)).fit(frame, y),
]
for estimator in fitted:
    product = formats.save(store, estimator)
    again: Any = formats.load(store, product)
    data = frame if hasattr(estimator, "steps") else x
    assert (again.predict(data) == estimator.predict(data)).all()
    print(product["format"], product["digest"])
