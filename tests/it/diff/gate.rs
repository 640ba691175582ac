//! `--gate no-broader`: nothing is written where a role that is there would be allowed more.

use crate::support::Tcperm;

fn project() -> Tcperm {
    let tcperm = Tcperm::in_copy_of_example("orders").local();
    let topology = tcperm::source::read(&tcperm.folder().join("topology.yml")).unwrap();
    tcperm.write("whole.yml", &topology);
    tcperm
}

/// The topology of the example without its queue.
fn without_queue(topology: &str) -> String {
    let mut lines = Vec::new();
    let mut skipping = false;
    for line in topology.lines() {
        if line.starts_with("queues:") {
            skipping = true;
        } else if !line.starts_with(' ') {
            skipping = false;
        }
        if !skipping {
            lines.push(line);
        }
    }
    lines.join("\n") + "\n"
}

fn shown(tcperm: &Tcperm) -> String {
    tcperm
        .args(["show", "-s", "dev", "--format", "json"])
        .run()
        .exits(0)
        .stdout
}

#[test]
fn a_new_sandbox_passes_the_gate_and_so_does_what_changes_nothing() {
    let tcperm = project();
    tcperm
        .args(["create", "-s", "dev", "--gate", "no-broader"])
        .run()
        .exits(0);
    tcperm
        .args(["create", "-s", "dev", "--gate", "no-broader"])
        .run()
        .exits(0);
}

#[test]
fn what_widens_a_role_is_refused_and_changes_nothing() {
    let tcperm = project();
    let whole = tcperm::source::read(&tcperm.folder().join("topology.yml")).unwrap();
    let small = without_queue(&whole);
    assert_ne!(small, whole);
    tcperm.remove("whole.yml");
    tcperm.write("topology.yml", &small);
    tcperm.args(["create", "-s", "dev"]).run().exits(0);
    let before = shown(&tcperm);
    tcperm.write("topology.yml", &whole);
    for verb in ["create", "plan"] {
        let refused = tcperm
            .args([verb, "-s", "dev", "--gate", "no-broader"])
            .run()
            .exits(3);
        assert!(
            refused
                .stderr
                .contains("`tc-base-function-dev` would allow `sqs:"),
            "{refused}"
        );
        assert_eq!(shown(&tcperm), before, "{verb}");
    }
    let plan = tcperm
        .args(["plan", "-s", "dev", "--format", "json"])
        .run()
        .exits(0)
        .json();
    let steps = plan["steps"].as_array().unwrap();
    let step = steps
        .iter()
        .find(|step| step["role"] == "tc-base-function-dev")
        .unwrap();
    assert_eq!(step["verdict"], "BROADER");
    tcperm.args(["create", "-s", "dev"]).run().exits(0);
    tcperm.write("topology.yml", &small);
    let plan = tcperm
        .args(["plan", "-s", "dev", "--gate", "no-broader"])
        .run()
        .exits(0);
    assert!(plan.stdout.contains("tc-base-function-dev  narrower"), "{plan}");
    tcperm
        .args(["plan", "-s", "dev", "--out", "saved"])
        .run()
        .exits(0);
    tcperm
        .bare(["apply", "saved", "--local", "--gate", "no-broader"])
        .run()
        .exits(0);
}

#[test]
fn who_may_assume_a_role_and_what_bounds_it_count_as_well() {
    let tcperm = project().env("TC_INFRA_DIR", "infra/tc");
    tcperm.bare(["init"]).run().exits(0);
    let boundary = ["--boundary", "arn:aws:iam::000000000000:policy/bound"];
    let gate = ["-s", "dev", "-c", "function", "--gate", "no-broader"];
    let plan = |more: &[&str]| tcperm.args(["plan"].iter().chain(&gate).chain(more)).run();
    tcperm.args(["create", "-s", "dev"]).run().exits(0);
    plan(&boundary).exits(0);
    tcperm
        .args(["create", "-s", "dev"].iter().chain(&boundary))
        .run()
        .exits(0);
    plan(&boundary).exits(0);
    let refused = plan(&["--boundary", "arn:aws:iam::000000000000:policy/other"]).exits(3);
    assert!(
        refused.stderr.contains("cannot be told not to be wider"),
        "{refused}"
    );
    let file = "infra/tc/base/roles/function.trust.json";
    let trust = tcperm::source::read(&tcperm.folder().join(file)).unwrap();
    let lambda = "\"lambda.amazonaws.com\"";
    assert!(trust.contains(lambda), "{trust}");
    tcperm.write(
        file,
        &trust.replace(lambda, "[\"ec2.amazonaws.com\", \"lambda.amazonaws.com\"]"),
    );
    let refused = plan(&boundary).exits(3);
    assert!(refused.stderr.contains("admits `ec2.amazonaws.com`"), "{refused}");
}
