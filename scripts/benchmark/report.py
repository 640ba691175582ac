"""What `scripts/bench account` says, and the place of figures in the documentation."""

import statistics

from .common import ROOT, fail, row

PAGE = ROOT / "docs/src/benchmarks.md"
END = "<!-- end -->"

MAX_CHAIN = {"first create": 7, "second create": 4}
MAX_START_MS = 10
MAX_RENDER_MS = 15
MAX_MEGABYTES = 40
MIN_TO_CLI = 10


def median(runs, step, key):
    return statistics.median(measured[step][key] for measured in runs)


def of(number, noun):
    return f"{number} {noun}{'' if number == 1 else 's'}"


def account(options, cases, steps, results, quick, machines):
    """The text between the markers, and the aims: what, whether it holds, and what was found."""
    before, after = machines
    others = [tool for tool in options.tools if tool != "tcperm"]
    lines = [f"Medians of {of(options.runs, 'run')}, {options.delay:g} ms added to each call. {before[:1].upper()}{before[1:]} "
             f"at the beginning and {after.rsplit(' ', 1)[1]} at the end.", ""]
    heads = ["topologies", "other roles", "step", "tcperm", "calls, chain"]
    for tool in others:
        heads += [tool, "calls, chain"]
    lines += [row(heads), row(["--:", "--:", ":--"] + ["--:"] * (len(heads) - 3))]
    for case in cases:
        for step in steps:
            own = median(results[case, "tcperm"], step, "wall")
            cells = [str(case[0]), f"{case[1]:,}", step]
            for tool in options.tools:
                runs = results[case, tool]
                wall = median(runs, step, "wall")
                ratio = "" if tool == "tcperm" else f", {wall / own:.1f} ×"
                cells += [f"{wall:.2f} s{ratio}", f"{median(runs, step, 'calls'):.0f}, {median(runs, step, 'chain'):.0f}"]
            lines.append(row(cells))
    lines += ["", row(["what", "median", "fastest–slowest", "processor time"]), row([":--", "--:", "--:", "--:"])]
    for name, runs in quick.items():
        walls = [1000 * wall for wall, _, _ in runs]
        title = {"--version": "`tcperm --version`", "render": "`tcperm render`, `examples/storefront`"}[name]
        lines.append(row([title, f"{statistics.median(walls):.1f} ms", f"{min(walls):.1f}–{max(walls):.1f} ms",
                          f"{1000 * statistics.median(cpu for _, cpu, _ in runs):.1f} ms"]))
    peak = max(step["peak"] for (_, tool), runs in results.items() if tool == "tcperm" for run in runs for step in run.values())
    lines += ["", f"Peak memory of tcperm, the most of all runs: {peak / 1e6:.0f} MB.", ""]
    aims = judge(cases, steps, results, quick, peak)
    lines += [f"- {'holds' if holds else 'MISSED'}: {aim} ({found})" for aim, holds, found in aims]
    return "\n".join(lines), aims


def judge(cases, steps, results, quick, peak):
    aims = []
    five = (1, 0)
    if five in cases:
        for step, most in MAX_CHAIN.items():
            runs = results[five, "tcperm"]
            chain, wall, call = (median(runs, step, key) for key in ("chain", "wall", "call"))
            aims.append((f"{step} of five roles in {most} round trips", chain <= most,
                         f"{chain:.0f}; {wall:.2f} s are {wall / call:.1f} times the {1000 * call:.0f} ms of a call"))
    start, render = (1000 * statistics.median(wall for wall, _, _ in quick[name]) for name in ("--version", "render"))
    aims.append((f"start-up under {MAX_START_MS} ms", start < MAX_START_MS, f"{start:.1f} ms"))
    aims.append((f"`render` of the forty-function example under {MAX_RENDER_MS} ms", render < MAX_RENDER_MS, f"{render:.1f} ms"))
    aims.append((f"peak memory under {MAX_MEGABYTES} MB", peak < MAX_MEGABYTES * 1e6, f"{peak / 1e6:.0f} MB"))
    for tool, least in [("AWS CLI", MIN_TO_CLI), ("boto3", 1)]:
        ratios = [(median(results[case, tool], step, "wall") / median(results[case, "tcperm"], step, "wall"), case, step)
                  for case in cases for step in steps if (case, tool) in results]
        if ratios:
            ratio, case, step = min(ratios)
            aim = f"at least {least} times as fast as the AWS CLI script" if least > 1 else "never slower than the boto3 script"
            aims.append((aim, ratio >= least, f"least {ratio:.1f} times: {step}, {of(case[0], 'topology').replace('ys', 'ies')}, "
                                              f"{case[1]:,} other roles"))
    return aims


def write(what, text):
    """Puts the text of `scripts/bench WHAT` into the documentation, in the place of the one before."""
    page = PAGE.read_text(encoding="utf-8")
    begin = f"<!-- scripts/bench {what} -->"
    start = page.find(begin)
    end = page.find(END, max(start, 0))
    if start < 0 or end < 0:
        fail(f"`{PAGE.relative_to(ROOT)}` has no place for the figures", f"put the lines `{begin}` and `{END}` where they belong")
    PAGE.write_text(page[:start] + f"{begin}\n\n{text}\n\n" + page[end:], encoding="utf-8")
