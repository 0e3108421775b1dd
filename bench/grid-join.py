"""NumPy's exact join for grid-join.mjs: the integral of power times intensity, by the running integral of the intensity."""

import json
import sys

import numpy as np


def prepare(root):
    import duckdb

    rows = duckdb.sql(
        f"SELECT from_ms, to_ms, energy_j FROM '{root}/ledger/runs/year/w0/energy.000001.parquet' ORDER BY from_ms"
    ).fetchnumpy()
    for name, values in rows.items():
        np.save(f"{root}/{name}.npy", values)
    series = json.load(open(f"{root}/ledger/grid/file/bench.json"))
    np.save(f"{root}/edges.npy", np.array(series["from_ms"] + series["to_ms"][-1:], dtype=np.float64))
    np.save(f"{root}/g.npy", np.array(series["g_per_kwh"]))


def join(root):
    start, end, energy, edges, g = (np.load(f"{root}/{n}.npy") for n in ("from_ms", "to_ms", "energy_j", "edges", "g"))
    base = edges[0]
    area = np.concatenate(([0.0], np.cumsum(g * np.diff(edges))))

    def until(t):
        i = np.clip(np.searchsorted(edges, t, side="right") - 1, 0, len(g) - 1)
        return area[i] + g[i] * (t - base - (edges[i] - base))

    means = (until(end) - until(start)) / (end - start)
    print(repr(float(energy.sum())), repr(float((energy * means).sum() / 3.6e6)))


{"prepare": prepare, "join": join}[sys.argv[1]](sys.argv[2])
