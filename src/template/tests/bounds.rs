use serde_json::json;

use super::super::output::MAX_OUTPUT;
use super::set::{World, naming, rendered, run, world};

/// What is told of a policy with these partials: one finding, that something is too large.
fn too_large(text: &str, partials: &[(String, String)]) -> String {
    let mut files = vec![("base/roles/function.json", text)];
    files.extend(partials.iter().map(|(path, text)| (path.as_str(), text.as_str())));
    let world = world(&files);
    let told = match &world.told()[..] {
        [] => world.render(&run()).unwrap_err(),
        told => told.join("\n"),
    };
    assert!(told.contains("template-too-large"), "{told}");
    told
}

/// Files below `partials`, named by their number.
fn partials(count: usize, text: impl Fn(usize) -> String) -> Vec<(String, String)> {
    let named = |number| (format!("partials/p{number}.json"), text(number));
    (0..count).map(named).collect()
}

#[test]
fn nothing_nests_without_end() {
    let nested =
        |open: &str, count: usize, close: &str| format!("{}{}", open.repeat(count), close.repeat(count));
    for text in [
        nested("{{#if team}}", 10_000, "{{/if}}"),
        "{{#if team}}".repeat(10_000),
        format!("{{{{#if team}}}}{}{{{{/if}}}}", "{{else if team}}".repeat(10_000)),
        format!("{{{{len {}a{}}}}}", "(len ".repeat(10_000), ")".repeat(10_000)),
        format!("{{{{len {}", "(".repeat(10_000)) + "}}",
        nested("{{#each queues}}", 5, "{{/each}}"),
        nested("[", 100_000, "]"),
        "{\"a\":".repeat(20_000),
        " ".repeat(200_000),
        "{{!}}".repeat(5_000),
        "{{team}}".repeat(5_000),
    ] {
        too_large(&text, &[]);
    }
    let blocks = nested("{{#if team}}", 32, "{{/if}}");
    rendered(&(naming("\"x\"") + &blocks), &[]).unwrap();
    let lists = nested("{{#each @root.queues}}", 4, "{{/each}}");
    rendered(&(naming("\"x\"") + &lists), &[]).unwrap();
}

#[test]
fn partials_come_to_an_end() {
    let chain = |count: usize| {
        partials(count, |number| {
            if number == 0 {
                "x".to_owned()
            } else {
                format!("{{{{> p{}}}}}", number - 1)
            }
        })
    };
    let document = |last: usize| naming(&format!("\"{{{{> p{last}}}}}\""));
    let files = chain(16);
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    assert!(rendered(&document(15), &files).unwrap().text().contains("\"x\""));
    too_large(&document(16), &chain(17));
    too_large(&document(9_999), &chain(10_000));
    let twice = partials(15, |number| format!("{{{{> p{0}}}}}{{{{> p{0}}}}}", number + 1));
    let twice: Vec<_> = twice
        .into_iter()
        .chain([("partials/p15.json".to_owned(), String::new())])
        .collect();
    too_large(&document(0), &twice);
}

/// Blocks of one file and those of the partials in them count together.
#[test]
fn blocks_and_partials_nest_in_each_other_to_a_bound() {
    let deep = |inner: &str| {
        format!(
            "{}{inner}{}",
            "{{#if @root.team}}".repeat(31),
            "{{/if}}".repeat(31)
        )
    };
    let files = partials(5, |number| {
        deep(&if number == 0 {
            "x".to_owned()
        } else {
            format!("{{{{> p{}}}}}", number - 1)
        })
    });
    too_large(&naming("\"{{> p4}}\""), &files);
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    rendered(&naming("\"{{> p3}}\""), &files).unwrap();
    let loops = [(
        "partials/p.json",
        "{{#each @root.queues}}{{#each @root.queues}}{{#each @root.queues}}x{{/each}}{{/each}}{{/each}}",
    )];
    rendered(&naming("\"{{#each queues}}{{> p}}{{/each}}\""), &loops).unwrap();
    let told = rendered(
        &naming("\"{{#each queues}}{{#each @root.queues}}{{> p}}{{/each}}{{/each}}\""),
        &loops,
    )
    .unwrap_err();
    assert!(
        told.starts_with("partials/p.json:1:45 template-too-large"),
        "{told}"
    );
}

#[test]
fn loops_run_to_a_bound() {
    let world = |text: &str| world(&[("base/roles/function.json", &naming(text))]);
    let mut values = run();
    values.insert(
        "long".to_owned(),
        (0..1000).map(|n| json!(format!("{n}"))).collect(),
    );
    values.insert("text".to_owned(), json!("x".repeat(100_000)));
    let told = |world: &World, values| world.render(values).unwrap_err();
    let nothing = "\"{{#each long}}{{#each @root.long}}{{#each @root.long}}{{/each}}{{/each}}{{/each}}\"";
    assert!(told(&world(nothing), &values).contains("takes too long"));
    let comparing =
        "\"{{#each long}}{{#each @root.long}}{{#if (eq @root.text @root.text)}}{{/if}}{{/each}}{{/each}}\"";
    assert!(told(&world(comparing), &values).contains("takes too long"));
    let writing = "\"{{#each long}}{{@root.text}}{{/each}}\"";
    let expected = format!("the document would have more than {MAX_OUTPUT} bytes");
    assert!(told(&world(writing), &values).contains(&expected));
}
