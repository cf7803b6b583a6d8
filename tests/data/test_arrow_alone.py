"""Files are read without pandas, which takes longer to import than a small file takes to read."""

import subprocess
import sys

_READ = """
import sys
import data.raw_table
import pyarrow as pa
print(pa.array(["a"]).to_pylist(), "pandas" in sys.modules)
import pandas as pd
print(pd.Series([1, 2]).sum())
"""


def test_reading_a_file_leaves_pandas_out_and_whoever_wants_it_finds_it():
    done = subprocess.run([sys.executable, "-c", _READ], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines() == ["['a'] False", "3"]
