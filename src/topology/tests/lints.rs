//! What is likely not meant, and what tc would not do.

use super::*;

#[test]
fn a_function_that_nothing_calls_is_noted_where_others_are_called() {
    let text =
        "name: a\nroutes: { /x: { function: f } }\nfunctions:\n  f: { function: g }\n  g: {}\n  left: {}\n";
    assert_eq!(
        findings(text),
        [
            "6:3 note unreachable-function: nothing in the topology calls function `left` (name it where it is to be called, such as under `routes` or `events`; leave it if it is called from elsewhere)"
        ]
    );
}

#[test]
fn functions_that_are_called_by_hand_or_from_elsewhere_are_not_noted() {
    for text in [
        "name: a\nfunctions: { f: {}, g: {} }\n",
        "name: a\nfunctions: { f: { function: g }, g: {} }\n",
        "name: a\nfunctions: { f: { store: s }, g: {} }\nstores: { s: { table: t } }\nroutes: { /x: { function: g } }\n",
        "name: a\nfunctions: { f: {}, g: {} }\nroutes: { /x: { function: g, authorizer: f } }\n",
        "name: a\nfunctions: { f: {}, g: {} }\nevents: { E: { producer: f, function: g } }\n",
        "name: a\nfunctions: { f: {}, g: {} }\npools: [p]\ntriggers: { T: { function: f } }\nqueues: { q: { function: g } }\n",
        "name: a\nfunctions: { f: {}, g: {} }\nroutes: { /x: { function: g }, /y: { function: '{{namespace}}_f_{{sandbox}}' } }\n",
    ] {
        assert_eq!(findings(text), [""; 0], "{text}");
    }
}

#[test]
fn a_function_that_is_called_from_another_topology_is_not_noted() {
    let mut sources = Sources::new();
    let one = "name: one\nroutes: { /x: { function: f } }\nfunctions: { f: {}, g: {} }\n";
    let two = "name: two\nroutes: { /y: { function: 'one_g_{{sandbox}}' } }\n";
    let inputs = [one, two].map(|text| Input::new(sources.add("topology.yml", text), Vec::new()));
    let reading = parse(&sources, &Project::of(&sources, inputs.into()), &integrations());
    assert_eq!(reading.diagnostics, []);
}

#[test]
fn a_literal_name_of_another_sandbox_is_outside_wherever_it_is_known() {
    let mut sources = Sources::new();
    let one = "name: one\nroutes: { /x: { function: two_g_qa } }\n";
    let two = "name: two\nfunctions: { g: {} }\n";
    let inputs = [one, two].map(|text| Input::new(sources.add("topology.yml", text), Vec::new()));
    let reading = parse(&sources, &Project::of(&sources, inputs.into()), &integrations());
    let found: Vec<_> = reading
        .diagnostics
        .iter()
        .map(|found| finding(&sources, found))
        .collect();
    assert_eq!(
        found,
        [
            "2:27 error outside-sandbox: `two_g_qa` leads out of the sandbox (end the name with `_{{sandbox}}`)"
        ]
    );
}

#[test]
fn what_does_nothing_in_tc_is_said() {
    let text = "\
name: a
functions: { f: {} }
schedules: { s: { cron: x } }
queues: { q: { functions: [f], state: a } }
mutations: { save: { function: f }, resolvers: {} }
channels: { c: { function: f, on_publish: { handler: g } } }
triggers: { T: { function: f } }
";
    assert_eq!(
        findings(text),
        [
            "3:1 warning no-effect: tc reads no schedules from a topology (move them to the file `schedules.json` in the infrastructure directory: `{\"nightly\": {\"cron\": …, \"target\": …, \"payload\": …}}`)",
            "4:16 warning no-effect: `functions` has no effect: tc gives a queue one function (name it with `function:`, and let it call the rest)",
            "4:32 warning no-effect: `state` has no effect: tc gives a queue one function (name it with `function:`, and let it call the rest)",
            "5:14 warning no-effect: mutation `save` has no effect outside `resolvers` (put it under `mutations: {resolvers: …}`, with its `input` and `output`; until then nothing is granted)",
            "6:28 warning no-effect: channel `c` calls no function `f` (a channel has `default` or a `.js` file as its handler: let an event call the function)",
            "6:54 warning no-effect: channel `c` calls no function `g` (a channel has `default` or a `.js` file as its handler: let an event call the function)",
            "7:1 warning no-effect: `triggers` has no effect without `pools` (name the user pools that have these triggers: `pools: [customers]`)",
        ]
    );
    let text = "name: a\nchannels: { c: { function: default, on_publish: { handler: ./on.js }, on_subscribe: { function: x/y } } }\n";
    assert_eq!(findings(text), [""; 0]);
}

#[test]
fn a_trigger_without_a_function_and_an_unknown_key_of_a_page_are_warned_of() {
    assert_eq!(
        findings(
            "name: a\npools: [p]\ntriggers: { T: {} }\npages: { p: { dsit: x }, q: { doc_only: true } }\n"
        ),
        [
            "3:13 warning no-target: trigger `T` has no target (add `function:`; tc stops at a trigger without one)",
            "4:15 warning unknown-key: a page has no key `dsit` (did you mean `dist`?)",
        ]
    );
}

#[test]
fn a_pattern_that_is_no_json_is_warned_of() {
    let text = "name: a\nevents:\n  E: { function: f, pattern: '{' }\n  F: { function: f, filter: { a: 1 } }\n  G: { function: f, pattern: '{\"a\": [\"{{sandbox}}\"]}' }\nfunctions: { f: {} }\n";
    assert_eq!(
        findings(text),
        [
            "3:30 warning invalid-json: `pattern` is not JSON: EOF while parsing an object at line 1 column 1 (write it as text: `'{\"detail\": {\"status\": [\"paid\"]}}'`; tc stops at anything else)",
            "4:29 warning invalid-json: `filter` must be JSON in a text, not a map (write it as text: `'{\"detail\": {\"status\": [\"paid\"]}}'`; tc stops at anything else)",
        ]
    );
}
