"""What the benchmarks need: a release binary, a clean environment, a measured process, a table."""

import os
import pathlib
import platform
import re
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def fail(message, help_text):
    sys.stderr.write(f"bench: {message}\n  help: {help_text}\n")
    sys.exit(2)


def build(arguments):
    command = ["cargo", "build", "--release", "--quiet", *arguments]
    if subprocess.run(command, cwd=ROOT, check=False).returncode != 0:
        fail("the release build failed", "see above, or name a binary with --binary")
    return ROOT / "target/release/tcperm"


def environment():
    kept = {name: os.environ[name] for name in ["PATH", "HOME", "LANG", "TMPDIR"] if name in os.environ}
    return {**kept, "NO_COLOR": "1"}


def measure(command, variables=None):
    """Runs a command; answers wall seconds, CPU seconds, and peak memory in bytes."""
    with tempfile.TemporaryFile() as answer, tempfile.TemporaryFile() as talk:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=answer, stderr=talk, env={**environment(), **(variables or {})})
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            talk.seek(0)
            text = talk.read(2000).decode(errors="replace")
            fail(f"`{' '.join(map(str, command))}` ended with {process.returncode}", f"it said:\n{text}")
    unit = 1 if sys.platform == "darwin" else 1024
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit


def machine():
    def line_of(path, key):
        try:
            text = pathlib.Path(path).read_text(encoding="utf-8")
        except OSError:
            return None
        found = re.search(rf"^{key}\s*:\s*(.+)$", text, re.MULTILINE)
        return found.group(1).strip() if found else None

    processor = line_of("/proc/cpuinfo", "model name") or platform.processor() or platform.machine()
    memory = line_of("/proc/meminfo", "MemTotal")
    parts = [f"{os.cpu_count()} processors ({processor})"]
    if memory:
        parts.append(f"{int(memory.split()[0]) / 1e6:.0f} GB of memory")
    parts.append(f"{platform.system()} {platform.release()}")
    load = os.getloadavg()[0]
    return ", ".join(parts) + f"; load average {load:.1f}"


def row(cells):
    return "| " + " | ".join(cells) + " |"
