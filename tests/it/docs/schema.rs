//! JSON Schema, as far as the schemas of the documentation use it.
//!
//! Stricter than the standard in one point: a property that an object's schema does not
//! name is a fault, so that nothing is printed that is not documented. A keyword that is
//! not known here is a fault as well, so that no schema says what is not checked.

use std::path::Path;

use serde_json::Value;

use crate::support::read;

const ANNOTATIONS: [&str; 6] = ["$schema", "$id", "$defs", "title", "description", "examples"];

/// The faults of a value by the schema in a file, each with its place.
pub fn faults(schemas: &Path, name: &str, value: &Value) -> Vec<String> {
    let document = load(schemas, name);
    let mut checking = Checking {
        schemas,
        faults: Vec::new(),
    };
    checking.check(&document, &document, value, "$");
    checking.faults
}

fn load(schemas: &Path, name: &str) -> Value {
    let text = read(&schemas.join(name));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

struct Checking<'a> {
    schemas: &'a Path,
    faults: Vec<String>,
}

impl Checking<'_> {
    fn check(&mut self, document: &Value, schema: &Value, value: &Value, at: &str) {
        let keywords = schema
            .as_object()
            .unwrap_or_else(|| panic!("{at}: {schema} is no schema"));
        for (keyword, rule) in keywords {
            match keyword.as_str() {
                "$ref" => self.reference(document, rule.as_str().unwrap(), value, at),
                "type" => self.demand(has_type(rule, value), at, &format!("is not {rule}: {value}")),
                "enum" => {
                    let known = rule.as_array().unwrap().contains(value);
                    self.demand(known, at, &format!("{value} is none of {rule}"));
                }
                "const" => self.demand(rule == value, at, &format!("{value} is not {rule}")),
                "minimum" => {
                    let holds = value
                        .as_f64()
                        .is_none_or(|number| number >= rule.as_f64().unwrap());
                    self.demand(holds, at, &format!("{value} is less than {rule}"));
                }
                "required" => {
                    for name in rule.as_array().unwrap() {
                        let there = value
                            .as_object()
                            .is_none_or(|map| map.contains_key(name.as_str().unwrap()));
                        self.demand(there, at, &format!("{name} is missing"));
                    }
                }
                "properties" | "additionalProperties" => {}
                "items" => {
                    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.check(document, rule, item, &format!("{at}[{index}]"));
                    }
                }
                "anyOf" => self.any_of(document, rule, value, at),
                known if ANNOTATIONS.contains(&known) => {}
                unknown => panic!("{at}: the keyword `{unknown}` is not checked here"),
            }
        }
        if keywords.contains_key("properties") || keywords.contains_key("additionalProperties") {
            self.properties(document, schema, value, at);
        }
    }

    fn properties(&mut self, document: &Value, schema: &Value, value: &Value, at: &str) {
        for (name, property) in value.as_object().into_iter().flatten() {
            let at = format!("{at}.{name}");
            match (schema["properties"].get(name), schema.get("additionalProperties")) {
                (Some(rule), _) | (None, Some(rule)) => self.check(document, rule, property, &at),
                (None, None) => self.demand(false, &at, "is not in the schema"),
            }
        }
    }

    fn reference(&mut self, document: &Value, reference: &str, value: &Value, at: &str) {
        let (file, pointer) = reference.split_once('#').unwrap_or((reference, ""));
        let other = (!file.is_empty()).then(|| load(self.schemas, file));
        let document = other.as_ref().unwrap_or(document);
        let schema = document
            .pointer(pointer)
            .unwrap_or_else(|| panic!("{reference} leads nowhere"));
        self.check(document, schema, value, at);
    }

    fn any_of(&mut self, document: &Value, rules: &Value, value: &Value, at: &str) {
        let holds = rules.as_array().unwrap().iter().any(|rule| {
            let mut alone = Checking {
                schemas: self.schemas,
                faults: Vec::new(),
            };
            alone.check(document, rule, value, at);
            alone.faults.is_empty()
        });
        self.demand(holds, at, &format!("{value} is none of what it can be"));
    }

    fn demand(&mut self, holds: bool, at: &str, fault: &str) {
        if !holds {
            self.faults.push(format!("{at}: {fault}"));
        }
    }
}

fn has_type(rule: &Value, value: &Value) -> bool {
    let is = |name: &str| match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_u64() || value.is_i64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("`{other}` is no type"),
    };
    match rule {
        Value::String(name) => is(name),
        Value::Array(names) => names.iter().any(|name| is(name.as_str().unwrap())),
        other => panic!("{other} is no type"),
    }
}

#[test]
fn a_schema_finds_what_is_wrong_with_a_value() {
    let schema = serde_json::json!({
        "$defs": {"name": {"type": "string"}},
        "type": "object",
        "required": ["a"],
        "properties": {
            "a": {"$ref": "#/$defs/name"},
            "b": {"type": "array", "items": {"enum": [1, 2]}},
            "c": {"type": "object", "additionalProperties": {"type": "integer", "minimum": 0}},
            "d": {"anyOf": [{"type": "null"}, {"const": "x"}]}
        }
    });
    let faults = |value: Value| {
        let mut checking = Checking {
            schemas: Path::new(""),
            faults: Vec::new(),
        };
        checking.check(&schema, &schema, &value, "$");
        checking.faults
    };
    let sound = serde_json::json!({"a": "x", "b": [1, 2], "c": {"k": 3}, "d": null});
    assert_eq!(faults(sound), Vec::<String>::new());
    assert_eq!(faults(serde_json::json!([])).len(), 1);
    let unsound = serde_json::json!({"b": [3], "c": {"k": -1}, "d": 1, "e": 1});
    let places: Vec<String> = faults(unsound)
        .iter()
        .map(|fault| fault.split(':').next().unwrap().to_owned())
        .collect();
    assert_eq!(places, ["$", "$.b[0]", "$.c.k", "$.d", "$.e"]);
}
