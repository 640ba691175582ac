"""`scripts/bench account`: tcperm beside the other ways to make roles, in an account thirty milliseconds away.

Each round takes every tool through four steps in an account that is empty, or holds other roles:
it makes the roles, makes them again, makes them after an edge was added, and deletes them. After
each step the account is compared with what tcperm made of it the first time, so that nobody is
quick by leaving something out. Which versions it is compared with stands in PACKAGES.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

from . import report, workload
from .common import ROOT, build, fail, machine, measure

VENV = ROOT / "target/bench-venv"
PACKAGES = {"moto": "5.2.5", "boto3": "1.43.62", "awscli": "1.46.3"}
EXTRAS = {"moto": "[server,iam,sts,cloudformation]"}
HERE = ROOT / "scripts/benchmark"

STEPS = ["first create", "second create", "update of one edge", "delete"]
TOOLS = ["tcperm", "AWS CLI", "boto3", "CloudFormation"]
# Topologies, and other roles in the account.
CASES = [(1, 0), (5, 0), (50, 0), (5, 1000)]
QUICK_RUNS = 21


def install():
    """A virtual environment with moto and what tcperm is compared with."""
    ask = "import importlib.metadata as m, json, sys; print(json.dumps({p: m.version(p) for p in sys.argv[1:]}))"
    python = VENV / "bin/python"
    if python.exists():
        found = subprocess.run([python, "-c", ask, *PACKAGES], capture_output=True, text=True, check=False)
        if found.returncode == 0 and json.loads(found.stdout) == PACKAGES:
            return
    sys.stderr.write(f"bench: installing {', '.join(PACKAGES)} into {VENV}\n")
    wanted = [f"{name}{EXTRAS.get(name, '')}=={version}" for name, version in PACKAGES.items()]
    for command in [[sys.executable, "-m", "venv", "--clear", VENV],
                    [python, "-m", "pip", "--quiet", "--disable-pip-version-check", "install", *wanted]]:
        if subprocess.run(command, check=False).returncode != 0:
            fail("the virtual environment could not be made",
                 "install Python's venv module, and check that the package index can be reached")


class StandIn:
    """The program that plays AWS."""

    def __init__(self, delay):
        command = [VENV / "bin/python", HERE / "stand_in.py", "--delay", str(delay)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        port = self.process.stdout.readline().strip()
        if not port:
            fail("the stand-in for AWS did not start", f"see above, or remove {VENV} and try again")
        self.url = f"http://127.0.0.1:{port}"

    def ask(self, **order):
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()


def longest_chain(calls):
    """The longest sequence of calls each of which began after the one before had ended."""
    depths = []
    for _, start, end, _ in calls:
        depth = 1 + max((earlier for earlier, ended in depths if ended <= start), default=0)
        depths.append((depth, end))
    return max((depth for depth, _ in depths), default=0)


def variables(url, home):
    return {"AWS_ENDPOINT_URL": url, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": workload.REGION, "AWS_DEFAULT_REGION": workload.REGION, "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_PAGER": "", "HOME": str(home), "PATH": f"{VENV / 'bin'}:/usr/local/bin:/usr/bin:/bin"}


def command_of(tool, step, options, place):
    """What makes or deletes the roles; the update has files of its own."""
    verb = "delete" if step == "delete" else "put"
    files = place / ("after" if step in STEPS[2:] else "before")
    if tool == "tcperm":
        made = [options.binary, "create", "-s", workload.SANDBOX, "-r", "-d", files / "topologies"]
        return made if verb == "put" else [options.binary, "delete", "-s", workload.SANDBOX]
    if tool == "AWS CLI":
        return [HERE / "with-aws-cli", verb, files / "files"]
    if tool == "boto3":
        return [VENV / "bin/python", HERE / "with_boto3.py", verb, files / "roles.json"]
    return [HERE / "with-cloudformation", verb, files / "template.json"]


def prepare(options, stand_in, case, place, env):
    """Writes the topologies and, as tcperm makes them, the roles; answers the roles before and after."""
    wanted = {}
    stand_in.ask(account=0)
    for state, step in [("before", STEPS[0]), ("after", STEPS[2])]:
        workload.write_topologies(place / state / "topologies", case[0], changed=state == "after")
        measure(command_of("tcperm", step, options, place), env)
        wanted[state] = stand_in.ask(roles=True)
        workload.write_roles(place / state, wanted[state])
    measure(command_of("tcperm", STEPS[3], options, place), env)
    stand_in.ask(calls=True)
    return wanted


def check(tool, step, wanted, found):
    """Ends the run where a tool made other roles than tcperm. The stand-in's CloudFormation changes no tags."""
    wanted = {} if step == "delete" else wanted["after" if step == STEPS[2] else "before"]
    compared = ["trust", "policies"] + ([] if tool == "CloudFormation" else ["tags", "description"])
    def told(roles):
        return {name: {key: role[key] for key in compared} for name, role in roles.items()}
    if told(wanted) != told(found):
        fail(f"{tool} made other roles at `{step}`", f"wanted {json.dumps(told(wanted))[:600]}\nfound {json.dumps(told(found))[:600]}")


def cycle(tool, options, stand_in, case, place, wanted, env):
    """The four steps of one tool: for each its wall time, peak memory, and calls."""
    stand_in.ask(account=case[1])
    measured = {}
    for step in STEPS:
        wall, cpu, peak = measure(command_of(tool, step, options, place), env)
        calls = stand_in.ask(calls=True)
        check(tool, step, wanted, stand_in.ask(roles=True))
        measured[step] = {
            "wall": wall, "cpu": cpu, "peak": peak, "calls": len(calls), "chain": longest_chain(calls),
            "call": sum(end - start for _, start, end, _ in calls) / max(1, len(calls)),
            "span": calls[-1][2] - calls[0][1] if calls else 0.0,
            "connections": len({number for *_, number in calls}),
        }
    return measured


def offline(options):
    """Start-up, and `render` of the largest example: once unmeasured, then several times."""
    example = ROOT / "examples/storefront"
    place = ["-s", workload.SANDBOX, "--account", "123456789012", "--region", workload.REGION]
    commands = {"--version": [options.binary, "--version"], "render": [options.binary, "render", "-d", example, *place]}
    runs = {name: [] for name in commands}
    for number in range(QUICK_RUNS + 1):
        for name, command in commands.items():
            measured = measure(command)
            if number:
                runs[name].append(measured)
    return runs


def run(options):
    if options.binary is None:
        options.binary = build(options.cargo)
    options.binary = options.binary.resolve()
    install()
    cases = [case for case in CASES if not options.topologies or case[0] in options.topologies]
    before = machine()
    quick = offline(options)
    results = {(case, tool): [] for case in cases for tool in options.tools}
    with tempfile.TemporaryDirectory(prefix="tcperm-bench-") as scratch, StandIn(options.delay) as stand_in:
        scratch = pathlib.Path(scratch)
        env = variables(stand_in.url, scratch)
        places = {case: scratch / f"{case[0]}-{case[1]}" for case in cases}
        wanted = {case: prepare(options, stand_in, case, places[case], env) for case in cases}
        for number in range(options.runs):
            for case in cases:
                for tool in options.tools:
                    sys.stderr.write(f"bench: run {number + 1} of {options.runs}, {case[0]} topologies, "
                                     f"{case[1]} other roles, {tool}\n")
                    measured = cycle(tool, options, stand_in, case, places[case], wanted[case], env)
                    results[case, tool].append(measured)
    after = machine()
    text, aims = report.account(options, cases, STEPS, results, quick, (before, after))
    print(text)
    if options.write:
        report.write("account", text)
    return 0 if all(holds for _, holds, _ in aims) else 1
