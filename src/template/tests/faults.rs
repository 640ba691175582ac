use super::set::{naming, run, world};

/// What is wrong with a policy, read and rendered with these partials.
fn fault(text: &str, partials: &[(&str, &str)]) -> String {
    let mut files = vec![("base/roles/function.json", text)];
    files.extend(partials);
    let world = world(&files);
    if !world.findings.is_empty() {
        return world.told().join("\n");
    }
    world.render(&run()).map_or_else(
        |error| error,
        |document| format!("renders to {}", document.text()),
    )
}

/// Each fault of the language is told at its place, with the way out.
#[test]
fn what_is_no_template_is_told_at_its_place() {
    let cases = [
        "{{",
        "{{sandbox",
        "{{sand{box}}",
        "{{}}",
        "{{~}}",
        "{{ }}",
        "{{\"text\"}}",
        "{{sandbox region}}",
        "{{{sandbox}}}",
        "{{&sandbox}}",
        "{{{{raw}}}}x{{{{/raw}}}}",
        "\\{{sandbox}}",
        "{{*log}}",
        "{{#*inline \"x\"}}{{/inline}}",
        "{{#> p}}{{/p}}",
        "{{> (lookup this \"p\")}}",
        "{{> p q r}}",
        "{{log team}}",
        "{{!-- open",
        "{{! open",
        "{{#if}}x{{/if}}",
        "{{#if a b}}x{{/if}}",
        "{{#if team}}x",
        "{{#if team}}x{{/unless}}",
        "{{/if}}",
        "{{else}}",
        "{{#if team}}{{else}}{{else}}{{/if}}",
        "{{#eq team 'x'}}{{/eq}}",
        "{{#fi team}}{{/fi}}",
        "{{^if team}}{{/if}}",
        "{{#each queues as |q|}}{{/each}}",
        "{{#if includeZero=true}}{{/if}}",
        "{{arn 'sqs'}}",
        "{{arn service='sqs'}}",
        "{{ean 'sqs' 'x'}}",
        "{{(team}}",
        "{{team)}}",
        "{{\"open}}",
        "{{eq 'a\\'b' team}}",
        "{{grants.[x}}",
        "{{team.}}",
        "{{te$am}}",
        "{{@here}}",
        "{{#if (json queues)}}{{/if}}",
        "{{> p a=}}",
        "{{> p a=1 a=2}}",
    ];
    let told: Vec<String> = cases
        .iter()
        .map(|text| {
            format!(
                "{text}\n  {}",
                fault(&format!("{{\n é {text}"), &[]).replace("base/roles/function.json:", "")
            )
        })
        .collect();
    insta::assert_snapshot!("syntax", told.join("\n"));
}

/// Each name that is not there, and each value that cannot stand where it is written.
#[test]
fn what_cannot_be_filled_is_told_at_its_place() {
    let cases = [
        "\"{{sandbx}}\"",
        "\"{{namespace}}\"",
        "\"{{arn}}\"",
        "\"{{#each queues}}{{team}}{{/each}}\"",
        "\"{{#with team}}{{region}}{{/with}}\"",
        "[{{#each grants.[function.invok]}}{{/each}}]",
        "[{{#each grants.function.invoke}}{{/each}}]",
        "\"{{#if flag}}x{{/if}}\"",
        "\"{{#each team}}{{/each}}\"",
        "\"{{queues.7}}\"",
        "\"{{lookup queues 7}}\"",
        "\"{{lookup queues strict}}\"",
        "\"{{../team}}\"",
        "\"{{@index}}\"",
        "\"{{#each queues}}{{@key}}{{/each}}\"",
        "\"{{queues}}\"",
        "\"{{grants}}\"",
        "\"{{this}}\"",
        "{{team}}",
        "{{strict}}",
        "\"x\"{{team}}",
        "\"{{json queues}}\"",
        "{{json team}}",
        "{{json grants}}",
        "\"\\u00{{team}}\"",
        "\"{{eq queues queues}}\"",
        "\"{{len team}}\"",
        "\"{{arn 'sqs' limit}}\"",
        "\"{{arn '' 'x'}}\"",
        "\"{{> nothing}}\"",
        "\"{{> capability/function.invok}}\"",
        "\"{{> capability/x}}\"",
        "{{> capability/function.invoke}}",
        "\"a\", \"Effect\": \"{{team}}\"",
        "\"{{team}}\", \"Resource\": \"x\"",
        "\"{{team}}\" \"x\"",
        "[\"{{team}}\"",
        "{{#if strict}}[{{/if}}",
        "",
    ];
    let told: Vec<String> = cases
        .iter()
        .map(|text| {
            format!(
                "{text}\n  {}",
                fault(&naming(text), &[]).replace("base/roles/function.json:", "")
            )
        })
        .collect();
    insta::assert_snapshot!("values", told.join("\n"));
}
