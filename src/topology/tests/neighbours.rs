//! Several topologies at once: what one may name of another.

use super::*;

fn read_all(texts: &[&str]) -> (Sources, Reading) {
    let mut sources = Sources::new();
    let inputs: Vec<Input> = texts
        .iter()
        .enumerate()
        .map(|(number, text)| {
            let main = sources.add(format!("{number}/topology.yml"), *text);
            Input::new(main, Vec::new())
        })
        .collect();
    let reading = parse(&sources, &Project::of(&sources, inputs), &integrations());
    (sources, reading)
}

fn findings_of(texts: &[&str]) -> Vec<String> {
    let (sources, reading) = read_all(texts);
    let finding = |found: &Diagnostic| {
        let help = found.help.as_deref().unwrap_or_default();
        let label = sources.label(found.span.as_ref().unwrap());
        format!("{label} {}: {} ({help})", found.code, found.message)
    };
    reading.diagnostics.iter().map(finding).collect()
}

const BILLING: &str =
    "name: billing\nhyphenated_names: true\nstates: { StartAt: A, States: { A: { Type: Pass } } }\n";

#[test]
fn the_state_machine_of_another_topology_is_known_by_its_name() {
    let orders = "name: orders\nevents: { E: { state: billing } }\n";
    let (sources, reading) = read_all(&[orders, BILLING]);
    assert_eq!(reading.diagnostics, []);
    assert_eq!(
        line(&sources, &reading.topologies[0].edges[0]),
        "2:23 event E -> state billing rule tagged-"
    );
    assert_eq!(
        findings_of(&["name: orders\nevents: { E: { state: biling } }\n", BILLING]),
        [
            "0/topology.yml:2 unknown-target: `biling` is not the state machine of this topology (did you mean `billing`?)"
        ]
    );
    assert!(
        findings_of(&[orders, "name: billing\n"])[0]
            .contains("unknown-target: the topology `billing` has no state machine")
    );
}

#[test]
fn a_function_of_another_topology_is_known_by_its_name_in_aws() {
    let calls = |name: &str| format!("name: orders\nroutes: {{ /x: {{ function: '{name}' }} }}\n");
    let shop = "name: shop\nfunctions: { packer: {} }\n";
    assert_eq!(findings_of(&[&calls("shop_packer_{{sandbox}}"), shop]), [""; 0]);
    assert_eq!(
        findings_of(&[&calls("shop_paker_{{sandbox}}"), shop]),
        [
            "0/topology.yml:2 unknown-target: `shop_paker_{{sandbox}}` is no function of the topologies here (did you mean `shop_packer_{{sandbox}}`?)"
        ]
    );
    assert_eq!(
        findings_of(&[&calls("elsewhere_packer_{{sandbox}}"), shop]),
        [""; 0],
        "a topology that is not here may have it"
    );
    assert_eq!(
        findings_of(&[&calls("shop_paker_{{sandbox}}")]),
        [""; 0],
        "alone, nothing is known of others"
    );
}

#[test]
fn two_topologies_of_one_name_are_an_error() {
    assert_eq!(
        findings_of(&["name: shop\n", "name: shop\n"]),
        [
            "1/topology.yml:1 duplicate-topology: there are two topologies `shop` (the first is at 0/topology.yml:1: one would overwrite the other's permissions; rename one of them)"
        ]
    );
}

#[test]
fn an_error_in_one_topology_yields_none_of_them() {
    let (_, reading) = read_all(&[BILLING, "name: '*'\n"]);
    assert_eq!(reading.topologies.len(), 0);
}
