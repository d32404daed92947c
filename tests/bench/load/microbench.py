"""Runs the Google Benchmark programs and collects their figures."""
import json
import os
import subprocess

from harness.process import PartFailed

PROGRAMS = ("inject_bench", "policy_bench", "yaml_bench")
REPETITIONS = 5  # the median of them counts
MIN_SECONDS = 0.2  # of each repetition
TIMEOUT_S = 120
PER_MICROSECOND = {"ns": 1000, "us": 1, "ms": 0.001}


def run(folder):
    """Median CPU time in µs by program and benchmark: "inject admission/10": 17.3."""
    figures = {}
    for program in PROGRAMS:
        path = os.path.join(folder, program)
        if not os.access(path, os.X_OK):
            raise PartFailed(f"{path} is not there: build with -DMESHTRACE_BENCH=ON, or run `make bench`.")
        done = subprocess.run(
            [path, f"--benchmark_repetitions={REPETITIONS}", f"--benchmark_min_time={MIN_SECONDS}",
             "--benchmark_report_aggregates_only=true", "--benchmark_enable_random_interleaving=true",
             "--benchmark_format=json"], capture_output=True, text=True, timeout=TIMEOUT_S)
        if done.returncode != 0:
            raise PartFailed(f"{program} failed: {done.stderr.strip()}")
        for row in json.loads(done.stdout)["benchmarks"]:
            if row["aggregate_name"] == "median":
                name = f"{program.removesuffix('_bench')} {row['run_name']}"
                figures[name] = row["cpu_time"] / PER_MICROSECOND[row["time_unit"]]
    return figures
