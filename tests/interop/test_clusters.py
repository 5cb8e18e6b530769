"""Work that is spread over processes, all of which read and write through one server.

Each cluster runs in a program of its own, since it starts threads and processes that outlive a test.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from .built import find_built
from .served import client_of, run, served, variables_of

pytestmark = pytest.mark.timeout(300)

Script = Callable[..., str]

XDIST = """
import os
import boto3
import pytest

@pytest.mark.parametrize("number", range(20))
def test_a_worker_writes_and_reads_what_all_have_written(number):
    s3 = boto3.client("s3")
    key = f"{os.environ['PYTEST_XDIST_WORKER']}/{number:02}"
    s3.put_object(Bucket="shared", Key=key, Body=key.encode())
    listed = {each["Key"] for each in s3.list_objects_v2(Bucket="shared")["Contents"]}
    assert {key, "before"} <= listed
    assert key.encode() == s3.get_object(Bucket="shared", Key=key)["Body"].read()
    s3.close()
"""

DASK = """
from dask.distributed import Client, LocalCluster, get_worker
import dask.dataframe as dd
import pandas

def put(number):
    import os, boto3
    s3 = boto3.client("s3")
    s3.put_object(Bucket="shared", Key=f"tasks/{number}", Body=str(os.getpid()).encode())
    s3.close()

if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        with Client(cluster) as client:
            client.gather(client.map(put, range(20)))
            frame = dd.from_pandas(pandas.DataFrame({"a": range(1000)}), npartitions=4)
            frame.to_parquet("s3://shared/frame")
            print(int(dd.read_parquet("s3://shared/frame")["a"].sum().compute()))
"""

RAY = """
import os
import boto3
import ray

@ray.remote
def put(number):
    s3 = boto3.client("s3")
    s3.put_object(Bucket="shared", Key=f"tasks/{number}", Body=str(os.getpid()).encode())
    found = s3.get_object(Bucket="shared", Key="before")["Body"].read()
    s3.close()
    return len(found)

ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, _node_ip_address="127.0.0.1")
try:
    print(sum(ray.get([put.remote(number) for number in range(20)])))
finally:
    ray.shutdown()
"""

SPARK = """
import os
from pyspark.sql import SparkSession

settings = {
    "spark.master": "local[2]",
    "spark.ui.enabled": "false",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.extraClassPath": os.environ["SPARK_JARS"],
    "spark.sql.shuffle.partitions": "2",
    "spark.hadoop.fs.s3a.endpoint": os.environ["AWS_ENDPOINT_URL"],
    "spark.hadoop.fs.s3a.endpoint.region": os.environ["AWS_REGION"],
    "spark.hadoop.fs.s3a.access.key": os.environ["AWS_ACCESS_KEY_ID"],
    "spark.hadoop.fs.s3a.secret.key": os.environ["AWS_SECRET_ACCESS_KEY"],
    "spark.hadoop.fs.s3a.path.style.access": "true",
}
builder = SparkSession.builder.appName("tests")
for name, value in settings.items():
    builder = builder.config(name, value)
with builder.getOrCreate() as spark:
    spark.sparkContext.setLogLevel("ERROR")
    spark.range(1000).repartition(4).write.parquet("s3a://shared/frame")
    spark.range(1000).repartition(2).write.mode("overwrite").csv("s3a://shared/rows")
    frame = spark.read.parquet("s3a://shared/frame")
    assert 1000 == spark.read.csv("s3a://shared/rows").count()
    print(frame.groupBy().sum("id").collect()[0][0])
"""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with served("--verify-signatures") as url:
        yield url


@pytest.fixture
def s3(url: str) -> Iterator[Any]:
    """A client that sees a bucket `shared` with the object `before`, and removes both in the end."""
    with client_of(url) as s3:
        s3.create_bucket(Bucket="shared")
        s3.put_object(Bucket="shared", Key="before", Body=b"1")
        yield s3
        for key in keys(s3):
            s3.delete_object(Bucket="shared", Key=key)
        s3.delete_bucket(Bucket="shared")


@pytest.fixture
def script(url: str, tmp_path: Path) -> Script:
    """Runs a script of Python, and returns what it prints."""

    def run_script(text: str, *options: str, **more: str) -> str:
        (tmp_path / "test_script.py").write_text(text)
        kept = {name: os.environ[name] for name in ("HOME", "PATH", "JAVA_HOME", "LANG") if name in os.environ}
        variables = kept | variables_of(url) | {"PYTHONWARNINGS": "ignore"} | more
        ended = run(sys.executable, *options, "test_script.py", variables=variables, folder=tmp_path, seconds=240)
        assert 0 == ended.returncode, ended.stdout + ended.stderr
        return ended.stdout

    return run_script


def keys(s3: Any) -> list[str]:
    return [each["Key"] for each in s3.list_objects_v2(Bucket="shared").get("Contents", [])]


def writers(s3: Any) -> set[bytes]:
    """Return the processes that have written a task."""
    tasks = [key for key in keys(s3) if key.startswith("tasks/")]
    assert {f"tasks/{number}" for number in range(20)} == set(tasks)
    return {s3.get_object(Bucket="shared", Key=key)["Body"].read() for key in tasks}


def needs(*names: str) -> Any:
    """Skip a test where a library is missing."""
    missing = [name for name in names if find_spec(name) is None]
    return pytest.mark.skipif(bool(missing), reason=f"missing: pip install {' '.join(missing)}")


@needs("xdist")
def test_workers_of_pytest(s3: Any, script: Script) -> None:
    script(XDIST, "-m", "pytest", "-q", "-n", "2", "-p", "no:cacheprovider")
    written = [key for key in keys(s3) if key != "before"]
    assert {f"{number:02}" for number in range(20)} == {key.partition("/")[2] for key in written}
    assert {"gw0", "gw1"} == {key.partition("/")[0] for key in written}


@needs("dask", "distributed", "s3fs", "pyarrow", "pandas")
def test_dask(s3: Any, script: Script) -> None:
    assert "499500\n" == script(DASK)
    assert 2 == len(writers(s3))
    assert 4 == len([key for key in keys(s3) if key.startswith("frame/part.")])


@needs("ray")
def test_ray(s3: Any, script: Script) -> None:
    assert "20\n" == script(RAY, RAY_USAGE_STATS_ENABLED="0")
    assert writers(s3)


@needs("pyspark")
@pytest.mark.skipif(shutil.which("java") is None, reason="Java is not installed")
def test_spark(s3: Any, script: Script) -> None:
    (jars,) = find_built("spark", "")
    assert "499500\n" == script(SPARK, SPARK_JARS=jars, SPARK_LOCAL_IP="127.0.0.1")
    assert {"_SUCCESS"} < {key.removeprefix("frame/") for key in keys(s3) if key.startswith("frame/")}
    assert not [key for key in keys(s3) if "_temporary" in key]
