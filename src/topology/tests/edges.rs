//! Each form in which a topology asks for an edge, and what edge it gives.

use super::{codes_at, edges, edges_with, findings, findings_with};

#[test]
fn a_function_asks_for_its_targets_and_once_for_the_transducer() {
    let text = "\
name: a
functions:
  f: { function: g, functions: [g, h], event: E, mutation: m, channel: c, queue: q }
  g: {}
  h: {}
events: { E: { producer: [x, b, x], function: g } }
mutations: { resolvers: { m: { input: I, output: O, function: g } } }
channels: { c: {} }
queues: { q: {} }
";
    assert_eq!(
        edges(text),
        [
            "3:18 function f -> function g destination tagged_",
            "3:18 function f -> transducer transducer destination tagged_",
            "3:33 function f -> function g destination tagged_",
            "3:36 function f -> function h destination tagged_",
            "3:47 function f -> event E destination event:b+x/E",
            "3:60 function f -> mutation m destination unnamed",
            "3:72 function f -> channel c destination unnamed",
            "3:82 function f -> queue q dead-letter named:q",
            "6:47 event E -> function g rule tagged_",
            "7:63 mutation m -> function g resolver tagged_",
        ]
    );
}

#[test]
fn a_dead_letter_queue_alone_needs_no_transducer() {
    let text = "name: a\nfunctions: { f: { queue: q } }\nqueues: { q: { name: 'dlq-{{sandbox}}' } }\n";
    assert_eq!(
        edges(text),
        ["2:26 function f -> queue q dead-letter named:dlq-{{sandbox}}"]
    );
}

#[test]
fn there_is_one_transducer_however_many_functions_use_it() {
    let text = "name: a\nfunctions: { f: { function: h }, g: { function: h }, h: {} }\n";
    let topology = super::topology(text);
    let transducers = topology
        .entities
        .iter()
        .filter(|e| e.name == "transducer")
        .count();
    assert_eq!(transducers, 1);
    assert_eq!(
        edges(text)
            .iter()
            .filter(|edge| edge.contains("transducer"))
            .count(),
        2
    );
}

#[test]
fn a_function_directory_names_its_targets_in_a_list() {
    let file = "\
name: packer
targets:
  - { entity: Function, name: other }
  - { entity: event, name: E }
  - { entity: Channel, name: c }
  - { entity: Queue, name: q }
runtime: { lang: python3.12, mem: 512 }
";
    let text = "name: a\nfunctions: { other: {} }\nevents: { E: { function: other } }\nchannels: { c: {} }\nqueues: { q: {} }\n";
    let edges = edges_with(text, &[("dir", file)]);
    assert_eq!(
        edges[1..],
        [
            "3:31 function packer -> function other destination tagged_",
            "3:31 function packer -> transducer transducer destination tagged_",
            "4:28 function packer -> event E destination event:default/E",
            "5:30 function packer -> channel c destination unnamed",
            "6:28 function packer -> queue q dead-letter named:q",
        ]
    );
    assert_eq!(findings_with(text, &[("dir", file)]), [""; 0]);
}

#[test]
fn a_function_starts_a_state_machine_that_it_names() {
    let machine = "states: { StartAt: P, States: { P: { Type: Pass, End: true } } }\n";
    let expected = |span: &str| {
        [
            format!("{span} function f -> state a destination tagged_"),
            format!("{span} function f -> transducer transducer destination tagged_"),
        ]
    };
    let inline = format!("name: a\nfunctions: {{ f: {{ state: a }} }}\n{machine}");
    assert_eq!(edges_with(&inline, &[]), expected("2:26"));
    let file = "name: f\ntargets: [{ entity: State, name: a }]\n";
    assert_eq!(
        edges_with(&format!("name: a\n{machine}"), &[("f", file)]),
        expected("2:34")
    );
}

#[test]
fn a_function_directory_without_a_spec_is_a_function_by_its_name() {
    let text = "name: a\nroutes: { /x: { function: marked } }\n";
    assert_eq!(
        edges_with(text, &[("marked", "")]),
        ["2:27 route /x -> function marked integration tagged_"]
    );
    assert_eq!(findings_with(text, &[("marked", "")]), [""; 0]);
}

#[test]
fn an_inline_function_takes_the_place_of_the_directory_of_its_name() {
    let text = "name: a\nfunctions: { packer: { function: g }, g: {} }\n";
    let file = "name: packer\ntargets: [{ entity: Function, name: packer }]\n";
    assert_eq!(
        edges_with(text, &[("packer", file)]),
        [
            "2:34 function packer -> function g destination tagged_",
            "2:34 function packer -> transducer transducer destination tagged_",
        ]
    );
    let faulty = "name: packer\ntargets: 3\n";
    assert_eq!(
        findings_with(text, &[("packer", faulty)]),
        [
            "packer/function.yml2:10 error wrong-type: `targets` must be a list, not a number (write it as `[a, b]`)"
        ]
    );
}

#[test]
fn an_event_has_each_of_its_targets() {
    let text = "\
name: a
events:
  E: { function: f, functions: [g], mutation: m, channel: c, state: a, queue: q, dead_letter_queue: q }
functions: { f: {}, g: {} }
mutations: { resolvers: { m: { event: E } } }
channels: { c: {} }
queues: { q: { function: g } }
states: { StartAt: P, States: { P: { Type: Pass, End: true } } }
";
    assert_eq!(
        edges(text),
        [
            "3:18 event E -> function f rule tagged_",
            "3:33 event E -> function g rule tagged_",
            "3:47 event E -> mutation m rule field:m",
            "3:59 event E -> channel c rule destination",
            "3:69 event E -> state a rule tagged_",
            "3:79 event E -> queue q rule named:q",
            "3:101 event E -> queue q dead-letter named:q",
            "5:39 mutation m -> event E resolver event:default/E",
            "7:26 queue q -> function g poll named:q",
        ]
    );
}

#[test]
fn an_event_or_route_without_a_target_goes_to_the_state_machine() {
    let machine = "states: { StartAt: P, States: { P: { Type: Pass, End: true } } }\n";
    let text =
        format!("name: a\nevents: {{ E: {{}} }}\nroutes: {{ /x: {{ async: true }}, /y: {{}} }}\n{machine}");
    assert_eq!(
        edges(&text),
        [
            "2:11 event E -> state a rule tagged_",
            "3:11 route /x -> state a async tagged_",
            "3:32 route /y -> state a sync tagged_",
        ]
    );
}

#[test]
fn an_event_that_is_documentation_is_neither_entity_nor_source_nor_target() {
    let text = "name: a\nevents: { E: { doc_only: true, producer: f, function: f } }\nfunctions: { f: {} }\nchannels: { c: { doc-only: true } }\nroutes: { /x: { doc_only: true, function: f } }\n";
    assert_eq!(edges(text), [""; 0]);
    assert_eq!(super::topology(text).entities.len(), 1);
    let used = text.replace("f: {}", "f: { event: E }");
    assert_eq!(
        findings(&used),
        [
            "3:26 warning unknown-target: event `E` is `doc_only` (nothing is granted for it: remove `doc_only`, or this reference)"
        ]
    );
    assert_eq!(edges(&used), [""; 0]);
}

#[test]
fn the_old_form_of_events_is_two_groups() {
    let text = "\
name: a
functions: { f: {} }
events:
  consumes:
    In: { producer: other, function: f }
  produces:
    Out: { producer: f }
";
    assert_eq!(
        edges(text),
        [
            "5:38 event In -> function f rule tagged_",
            "7:22 function f -> event Out producer event:f/Out",
        ]
    );
    assert_eq!(findings(text), [""; 0]);
}

#[test]
fn an_event_may_be_called_consumes() {
    let text = "name: a\nfunctions: { f: {} }\nevents: { consumes: { function: f } }\n";
    assert_eq!(edges(text), ["3:33 event consumes -> function f rule tagged_"]);
}

#[test]
fn a_route_has_the_first_of_its_targets() {
    let text = "\
name: a
routes:
  one: { path: /x, method: GET, event: E, function: f }
  two: { event: E, cors: {} }
  three: { queue: q, proxy: true }
  four: { state: a, is_async: true }
functions: { f: {} }
events: { E: { function: f } }
queues: { q: {} }
states: { StartAt: P, States: { P: { Type: Pass, End: true } } }
";
    assert_eq!(
        edges(text)[..4],
        [
            "3:53 route one -> function f integration tagged_",
            "4:17 route two -> event E integration event:default/E",
            "5:19 route three -> queue q integration named:q",
            "6:18 route four -> state a async tagged_",
        ]
    );
    assert_eq!(
        findings(text),
        [
            "3:40 warning unused-target: `event` has no effect: `function` comes first (a route has one target: remove the other)"
        ]
    );
}

#[test]
fn a_route_is_guarded_by_a_function_of_the_topology() {
    let text = "\
name: a
routes:
  /a: { function: f, authorizer: guard }
  /b: { function: f, authorizer: cognito }
  /c: { function: f, authorizer: somebody-elses }
  /d: { function: f, authorizer: '{{namespace}}_guard_{{sandbox}}' }
functions: { f: {}, guard: {} }
";
    let edges = edges(text);
    let guards: Vec<&String> = edges.iter().filter(|edge| edge.contains("authorizer")).collect();
    assert_eq!(
        guards,
        [
            "3:34 route /a -> function guard authorizer tagged_",
            "6:34 route /d -> function guard authorizer tagged_",
        ]
    );
    assert_eq!(findings(text), [""; 0]);
}

#[test]
fn the_route_default_is_a_template_and_no_route() {
    let text = "\
name: a
routes:
  default: { authorizer: guard, request_params: {}, function: f }
  /a: { function: f }
  /b: { function: f, authorizer: cognito }
functions: { f: {}, guard: {} }
";
    assert_eq!(
        edges(text),
        [
            "3:26 route /a -> function guard authorizer tagged_",
            "4:19 route /a -> function f integration tagged_",
            "5:19 route /b -> function f integration tagged_",
        ]
    );
    assert_eq!(codes_at(text), ["3:63 unused-target"]);
}

#[test]
fn a_resolver_has_a_function_before_an_event_before_a_table() {
    let text = "\
name: a
mutations:
  authorizer: guard
  types: { I: {} }
  resolvers:
    one: { input: I, output: I, subscribe: true, event: E, function: f }
    two: { event: E, table: t }
    three: { table: 'things_{{sandbox}}' }
    four: { input: I }
functions: { f: {}, guard: {} }
events: { E: { function: f } }
";
    assert_eq!(
        edges(text)[..4],
        [
            "3:15 mutation a -> function guard authorizer tagged_",
            "6:70 mutation one -> function f resolver tagged_",
            "7:19 mutation two -> event E resolver event:default/E",
            "8:21 mutation three -> table things_{{sandbox}} resolver named:things_{{sandbox}}",
        ]
    );
    assert_eq!(
        codes_at(text),
        ["6:57 unused-target", "7:29 unused-target", "9:5 no-target"]
    );
}

#[test]
fn tasks_are_found_at_every_depth() {
    let text = "\
name: a
functions: { f: {}, g: {}, h: {}, i: {} }
mode: Standard
flow:
  StartAt: Fork
  States:
    Fork:
      Type: Parallel
      Branches:
        - StartAt: One
          States:
            One: { Type: Task, Resource: 'arn:aws:lambda:{{region}}:{{account}}:function:a_f_{{sandbox}}', End: true }
        - StartAt: Each
          States:
            Each:
              Type: Map
              ItemProcessor:
                StartAt: Two
                States:
                  Two:
                    Type: Task
                    Resource: arn:aws:states:::lambda:invoke.waitForTaskToken
                    Arguments: { FunctionName: '{{namespace}}_g_{{sandbox}}:live' }
      Next: Old
    Old:
      Type: Map
      Iterator:
        StartAt: Three
        States:
          Three:
            Type: Task
            Resource: arn:aws-cn:states:::lambda:invoke
            Parameters: { FunctionName: h }
      Next: Pick
    Pick: { Type: Choice, Choices: [{ Variable: $.x, IsNull: true, Next: Last }], Default: Last }
    Last: { Type: Task, Resource: 'arn:aws:states:::lambda:invoke', Parameters: { FunctionName: 'arn:aws:lambda:{{region}}:{{acc}}:function:{{namespace}}_i_{{sandbox}}:$LATEST' } }
";
    let targets: Vec<String> = edges(text)
        .iter()
        .map(|edge| edge.split(' ').skip(1).collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(
        targets,
        [
            "state a -> function f task tagged_",
            "state a -> function g task tagged_",
            "function g -> state a callback named:{{namespace}}_{{sandbox}}",
            "state a -> function h task tagged_",
            "state a -> function i task tagged_",
        ]
    );
    assert_eq!(findings(text), [""; 0]);
}

#[test]
fn a_task_that_picks_its_function_at_run_time_may_call_any_of_the_sandbox() {
    let machine = |task: &str| {
        format!(
            "name: a\nstates: {{ States: {{ S: {{ Type: Task, Resource: 'arn:aws:states:::lambda:invoke', {task} }} }} }}\n"
        )
    };
    for task in [
        "Parameters: { FunctionName.$: $.f }",
        "Parameters: { FunctionName: $.f }",
        "Arguments: { FunctionName: '{% $states.input.f %}' }",
        "Arguments: '{% $states.input %}'",
        &format!("Arguments: '{{% $merge([{}]) %}}'", "$states.input, ".repeat(500)),
    ] {
        let edges = edges(&machine(task));
        assert_eq!(edges.len(), 1, "{task}");
        assert!(edges[0].ends_with("task tagged_"), "{task}");
        let findings = findings(&machine(task));
        assert!(
            findings[0].contains("note dynamic-target: the task `S` picks its function at run time"),
            "{findings:?}"
        );
    }
}

#[test]
fn flow_wins_over_states() {
    let machine = |key: &str, function: &str| {
        format!(
            "{key}: {{ States: {{ S: {{ Type: Task, Resource: 'arn:aws:lambda:{{{{region}}}}:{{{{account}}}}:function:a_{function}_{{{{sandbox}}}}' }} }} }}\n"
        )
    };
    let text = format!(
        "name: a\nfunctions: {{ f: {{}}, g: {{}} }}\n{}{}",
        machine("states", "f"),
        machine("flow", "g")
    );
    assert_eq!(edges(&text), ["4:46 state a -> function g task tagged_"]);
    assert_eq!(
        codes_at(&text),
        ["2:14 unreachable-function", "3:1 unused-target"]
    );
}

#[test]
fn auto_makes_a_state_machine_of_the_chain_from_the_root() {
    let text =
        "name: a\nauto: true\nfunctions:\n  f: { root: true, function: g }\n  g: { function: h }\n  h: {}\n";
    let edges = edges(text);
    let tasks: Vec<&String> = edges.iter().filter(|edge| edge.contains("task")).collect();
    assert_eq!(
        tasks,
        [
            "4:14 state a -> function f task tagged_",
            "4:30 state a -> function g task tagged_",
            "5:18 state a -> function h task tagged_",
        ]
    );
    let circle = text.replace("h: {}", "h: { function: f }");
    assert_eq!(
        findings(&circle),
        [
            "6:18 warning circular-chain: the chain of functions runs in a circle: `f` → `g` → `h` → `f` (a chain has an end: remove one of these targets, or write the state machine out under `states`)"
        ]
    );
}

#[test]
fn a_chain_that_branches_or_has_several_roots_calls_every_function_that_it_reaches() {
    let text = "\
name: a
auto: true
functions:
  f: { root: true, functions: [g, h] }
  g: { function: i }
  h: { function: i }
  i: { function: 'b_far_{{sandbox}}' }
  j: { root: true, function: g }
  k: { function: f }
";
    let edges = edges(text);
    let tasks: Vec<&str> = edges
        .iter()
        .filter(|edge| edge.contains(" task "))
        .filter_map(|edge| edge.split(' ').nth(5))
        .collect();
    assert_eq!(
        tasks,
        ["f", "g", "h", "i", "i", "b_far_{{sandbox}}", "j", "g"],
        "{edges:#?}"
    );
    assert_eq!(findings(text), [""; 0]);
}

#[test]
fn root_and_auto_are_said_to_have_no_effect_without_each_other() {
    let text = "name: a\nfunctions: { f: { root: true } }\n";
    assert_eq!(codes_at(text), ["2:25 no-target"]);
    assert_eq!(
        codes_at("name: a\nauto: true\nfunctions: { f: {} }\n"),
        ["2:7 no-target"]
    );
}

#[test]
fn hyphens_fqn_and_namespace_shape_the_names_in_aws() {
    let text = "\
name: a
hyphenated_names: true
functions:
  f: { function: g }
  g: { fqn: 'core_{{region}}' }
  h: { namespace: other, function: f }
  i: { fqn: 'whole-{{sandbox}}' }
queues: { q: { function: g, name: jobs.fifo } }
states: { States: { P: { Type: Pass } } }
";
    let topology = super::topology(text);
    let physical: Vec<String> = topology
        .entities
        .iter()
        .filter_map(|entity| entity.physical.as_ref().map(ToString::to_string))
        .collect();
    assert_eq!(
        physical,
        [
            "{{namespace}}-f-{{sandbox}}",
            "{{namespace}}-transducer-{{sandbox}}",
            "core_{{region}}_{{sandbox}}",
            "other-h-{{sandbox}}",
            "whole-{{sandbox}}",
            "jobs.fifo",
            "{{namespace}}-{{sandbox}}",
        ]
    );
    assert_eq!(
        edges(text),
        [
            "4:18 function f -> function g destination tagged_",
            "4:18 function f -> transducer transducer destination tagged-",
            "6:36 function h -> function f destination tagged-",
            "6:36 function h -> transducer transducer destination tagged-",
            "8:26 queue q -> function g poll named:jobs.fifo",
        ]
    );
}
