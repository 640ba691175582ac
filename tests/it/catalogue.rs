//! The catalogue of the binary: all that its text says, found by action, resource and key.

use tcperm::policy::catalogue::{AccessLevel, Action, Catalogue, Service, arns_overlap, matches};

use crate::support::{read, root};

fn catalogue() -> &'static Catalogue {
    Catalogue::built_in()
}

#[test]
fn nothing_of_the_text_is_left_out() {
    let catalogue = catalogue();
    let text = read(&root().join("templates/catalogue.txt"));
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let (mut types, mut actions, mut services) = (0, 0, 0);
    for line in lines {
        let line = match line.find("] ").filter(|_| line.contains(" [")) {
            Some(end) => &line[end + 1..],
            None => line,
        };
        let words: Vec<&str> = line.split(' ').collect();
        match words[0] {
            "service" => services += 1,
            "type" => types += 1,
            "key" | "on" | "version" | "date" => {}
            _ => actions += words.iter().skip(1).filter(|word| !word.is_empty()).count(),
        }
    }
    let found: Vec<&Service> = catalogue
        .prefixes()
        .map(|p| catalogue.service(p).unwrap())
        .collect();
    assert_eq!(found.len(), services - 1);
    assert_eq!(found.iter().map(|s| s.resource_types.len()).sum::<usize>(), types);
    assert_eq!(found.iter().map(|s| s.actions().count()).sum::<usize>(), actions);
    assert!(services > 400 && types > 2_000 && actions > 20_000);
    let dates = catalogue.date().split('-').map(str::len);
    assert!(dates.eq([4, 2, 2]));
    assert!(catalogue.version().starts_with("0."));
}

#[test]
fn every_resource_type_that_an_action_takes_is_known() {
    let text = read(&root().join("templates/catalogue.txt"));
    let named = text.lines().filter_map(|line| line.strip_prefix("on "));
    let named = named.map(|types| types.split(' ').count()).max().unwrap();
    let all = catalogue().actions_matching("*");
    assert_eq!(all.map(|action| action.uses.len()).max().unwrap(), named);
}

#[test]
fn actions_are_found_in_any_case() {
    let action = catalogue().action("LAMBDA:invokefunction").unwrap();
    assert_eq!(action.full_name(), "lambda:InvokeFunction");
    assert_eq!(action.level, AccessLevel::Write);
    let function = action
        .uses
        .iter()
        .find(|used| used.resource_type.name == "function")
        .unwrap();
    assert!(function.required);
    assert_eq!(
        function.resource_type.arns,
        ["arn:${Partition}:lambda:${Region}:${Account}:function:${FunctionName}"]
    );
    assert!(catalogue().action("lambda:InvokeFunctions").is_none());
    assert!(catalogue().action("aws:InvokeFunction").is_none());
}

#[test]
fn a_pattern_matches_actions_of_one_service() {
    let names = |pattern: &str| -> Vec<String> {
        let found = catalogue().actions_matching(pattern);
        found.map(Action::full_name).collect()
    };
    let invoke = names("lambda:invoke*");
    assert!(invoke.contains(&"lambda:InvokeFunction".to_owned()) && invoke.len() > 1);
    assert!(invoke.iter().all(|name| name.starts_with("lambda:Invoke")));
    assert_eq!(names("sqs:SendMessag?"), ["sqs:SendMessage"]);
    assert_eq!(names("*:SendMessage"), Vec::<String>::new());
    assert!(names("*").len() > 20_000);
}

#[test]
fn what_is_unknown_has_a_nearest() {
    let catalogue = catalogue();
    let action = |text| catalogue.nearest_action(text);
    assert_eq!(
        action("lambda:InvokeFuncton").as_deref(),
        Some("lambda:InvokeFunction")
    );
    assert_eq!(
        action("lamda:InvokeFunction").as_deref(),
        Some("lambda:InvokeFunction")
    );
    assert_eq!(action("lambda:Xyzzy"), None);
    assert_eq!(
        catalogue.nearest_condition_key("aws:SourceAcount"),
        Some("aws:SourceAccount")
    );
    assert_eq!(
        catalogue.nearest_condition_key("lambda:FunctionArm"),
        Some("lambda:FunctionArn")
    );
}

#[test]
fn condition_keys_are_those_of_services_and_the_global_ones() {
    let kind = |key| catalogue().condition_key(key).map(|key| key.kind);
    assert_eq!(kind("AWS:sourcearn"), Some("ARN"));
    assert_eq!(kind("aws:PrincipalTag/team"), Some("String"));
    assert_eq!(kind("aws:PrincipalTag/"), None);
    assert_eq!(kind("s3:prefix"), Some("String"));
    assert_eq!(kind("s3:ExistingObjectTag/a"), Some("String"));
    assert_eq!(kind("aws:Nothing"), None);
}

#[test]
fn tags_of_a_resource_are_known_where_its_type_says_so() {
    let supports = |action: &str, resource: &str| {
        let action = catalogue().action(action).unwrap();
        catalogue().supports_resource_tag(action, resource)
    };
    let function = "arn:aws:lambda:us-west-2:123456789012:function:*_dev";
    assert!(supports("lambda:InvokeFunction", function));
    assert!(supports("lambda:InvokeFunction", "*"));
    assert!(!supports(
        "events:InvokeApiDestination",
        "arn:aws:events:us-west-2:123456789012:api-destination/a/b"
    ));
    assert!(!supports("logs:CreateLogDelivery", "*"));
}

#[test]
fn a_key_is_supported_by_action_by_type_or_everywhere() {
    let supports = |action: &str, key: &str| {
        let action = catalogue().action(action).unwrap();
        catalogue().supports(action, "*", key)
    };
    assert!(supports("events:PutEvents", "events:source"));
    assert!(!supports("lambda:InvokeFunction", "events:source"));
    assert!(supports("lambda:InvokeFunction", "aws:SourceAccount"));
    assert!(supports("lambda:InvokeFunction", "aws:PrincipalTag/team"));
    assert!(!supports("lambda:InvokeFunction", "aws:RequestTag/team"));
    assert!(supports("lambda:TagResource", "aws:RequestTag/team"));
    assert!(!supports("lambda:InvokeFunction", "aws:TagKeys"));
}

#[test]
fn arns_overlap_where_one_arn_is_of_both() {
    let bucket = "arn:${Partition}:s3:::${BucketName}";
    let object = "arn:${Partition}:s3:::${BucketName}/${ObjectName}";
    let cases = [
        (bucket, "arn:aws:s3:::b", true),
        (bucket, "arn:aws:s3:::b/*", false),
        (bucket, "arn:aws:s3:::b*", true),
        (bucket, "arn:aws:s3:::", false),
        (bucket, "arn:aws:s3:::${aws:PrincipalTag/b}", true),
        (bucket, "arn:aws:s3:::${*}", true),
        (object, "arn:aws:s3:::b", false),
        (object, "arn:aws:s3:::b*", true),
        (object, "arn:aws:s3:::b/*", true),
        (object, "arn:aws:s3:::b/k/${aws:userid}/?", true),
        (object, "arn:aws:sqs:::b/*", false),
        (object, "*", true),
        (object, "arn:*:s*", true),
    ];
    for (form, resource, expected) in cases {
        assert_eq!(arns_overlap(form, resource), expected, "{form} {resource}");
    }
}

#[test]
fn a_pattern_matches_as_iam_matches() {
    for (pattern, text, expected) in [
        ("*", "", true),
        ("a*c", "abbc", true),
        ("a*c", "abcd", false),
        ("?", "", false),
        ("a?c", "abc", true),
        ("a**?", "a", false),
        ("A", "a", false),
        ("é?", "é𐀀", true),
    ] {
        assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
    }
}
