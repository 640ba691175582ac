"""`scripts/bench reasoning`: how long decisions, proofs and comparisons take, and how each grows."""

import json
import subprocess

from . import report
from .common import ROOT, environment, fail, machine, row

MIN_DECISIONS = 1_000_000
MAX_PROVE_MS = 100
MAX_DIFF_MS = 50
# What the two policies have, in thousand characters, for which the aim of `diff` is.
DIFF_KILOBYTES = 10


def figures(options):
    arguments = ["--batches", str(options.runs)]
    if options.binary is None:
        command = ["cargo", "bench", "--quiet", "--bench", "reasoning", *options.cargo, "--", *arguments]
    else:
        command = [str(options.binary), *arguments]
    answer = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False,
                            env=None if options.binary is None else environment())
    if answer.returncode != 0:
        fail("the benchmark failed", "see above, or name a binary with --binary")
    return json.loads(answer.stdout)


def milliseconds(nanoseconds):
    return nanoseconds / 1e6


def each_second(nanoseconds):
    return f"{1e9 / nanoseconds:,.0f}"


def growth(of, among, size, taken):
    """How much longer it takes for each part of its size, compared to the first."""
    return f"{taken(of) / of[size] / (taken(among[0]) / among[0][size]):.2f}"


def table(heads, rows, first="--:"):
    return [row(heads), row([first] + ["--:"] * (len(heads) - 1)), *(row(cells) for cells in rows), ""]


def example(found):
    decided, proof = found["decisions"], found["proof"]
    answers = decided["answers"]
    lines = [f"`examples/storefront`: {decided['roles']} roles of {decided['statements']} statements, "
             f"{answers['requests']} requests, of which {answers['allowed']} are allowed.", ""]
    lines += table(["what", "time", "in a second, on one processor"], [
        ["decision with its reasons", f"{answers['decide_ns']:,.0f} ns", each_second(answers["decide_ns"])],
        ["decision alone", f"{answers['verdict_ns']:,.0f} ns", each_second(answers["verdict_ns"])],
        [f"proof of the sandbox: {proof['result']}", f"{milliseconds(proof['ns']):.2f} ms", each_second(proof["ns"])],
        *([f"proof of `{role['role']}`: {role['result']}", f"{milliseconds(role['ns']):.2f} ms", each_second(role["ns"])]
          for role in proof["roles"]),
    ], first=":--")
    return lines


def by_statements(sizes):
    def decided(one):
        return one["answers"]["decide_ns"]

    def proved(one):
        return one["outside"]["ns"]

    first = sizes[0]["statements"]
    return ["One policy:", "", *table(
        ["statements", "characters", "preparation", "decision", f"a statement, compared to {first}", "proof",
         f"a statement, compared to {first}"],
        [[str(one["statements"]), f"{one['characters']:,}", f"{one['prepare_ns'] / 1000:,.1f} µs", f"{decided(one):,.0f} ns",
          growth(one, sizes, "statements", decided), f"{milliseconds(proved(one)):.2f} ms, {one['outside']['result']}",
          growth(one, sizes, "statements", proved)] for one in sizes])]


def by_size(sizes):
    def same(one):
        return one["same"]["ns"]

    def narrowed(one):
        return one["narrowed"]["ns"]

    first = f"a character, compared to {sizes[0]['kilobytes']} kB"
    return ["Two policies of the same size, compared: with the other's statements in another order, and with one that allows less:",
            "", *table(
                ["characters", "statements", "the same", first, "one narrower", first],
                [[f"{one['characters']:,}", str(one["statements"]),
                  f"{milliseconds(same(one)):.2f} ms, {one['same']['relation'].lower()}", growth(one, sizes, "characters", same),
                  f"{milliseconds(narrowed(one)):.2f} ms, {one['narrowed']['relation'].lower()}",
                  growth(one, sizes, "characters", narrowed)] for one in sizes])]


def judge(found):
    answers, proof = found["decisions"]["answers"], found["proof"]
    decisions = 1e9 / answers["decide_ns"]
    is_real = 0 < answers["allowed"] < answers["requests"]
    aims = [
        (f"{MIN_DECISIONS:,} decisions in a second on one processor", is_real and decisions >= MIN_DECISIONS,
         f"{decisions:,.0f}" + ("" if is_real else ", but the answers are all alike")),
        (f"proof of a sandbox under {MAX_PROVE_MS} ms", proof["result"] == "proved" and milliseconds(proof["ns"]) < MAX_PROVE_MS,
         f"{milliseconds(proof['ns']):.2f} ms, {proof['result']}"),
    ]
    for one in found["kilobytes"]:
        if one["kilobytes"] == DIFF_KILOBYTES:
            taken = milliseconds(max(one["same"]["ns"], one["narrowed"]["ns"]))
            relations = [one[pair]["relation"] for pair in ("same", "narrowed")]
            aims.append((f"comparison of two policies of {DIFF_KILOBYTES} kB under {MAX_DIFF_MS} ms",
                         relations == ["Equal", "Broader"] and taken < MAX_DIFF_MS,
                         f"{taken:.2f} ms, {' and '.join(relations).lower()}"))
    return aims


def run(options):
    found = figures(options)
    load = machine()
    aims = judge(found)
    lines = [f"Medians of {options.runs} batches of at least 10 ms. {load[:1].upper()}{load[1:]}.", "", *example(found),
             *by_statements(found["statements"]), *by_size(found["kilobytes"]),
             *(f"- {'holds' if holds else 'MISSED'}: {aim} ({value})" for aim, holds, value in aims)]
    text = "\n".join(lines)
    print(text)
    if options.write:
        report.write("reasoning", text)
    return 0 if all(holds for _, holds, _ in aims) else 1
