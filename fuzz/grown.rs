//! Templates that grow from choices.

use serde_json::{Map, Value, json};

use super::{Case, POLICY};

/// How deep blocks and texts stand in each other.
const DEPTH: usize = 5;

/// The names of partials: each brings in only those after it.
const PARTIALS: [&str; 3] = ["one", "two", "three"];

const PATHS: [&str; 24] = [
    "a", "b", "c", "e", "n", "t", "f", "l", "none", "o", "many", "this", "../a", "../../b", "@root.c", "o.a",
    "o.[d.t]", "l.[0]", "l.1", "this.a", "@key", "@index", "env", "sandbox",
];

/// Pieces of values: signs that mean something in JSON or in templates, and letters.
const PIECES: [&str; 20] = [
    "x",
    "a",
    "0",
    "\"",
    "\\",
    "]",
    "}",
    "{",
    "[",
    ",",
    ":",
    "{{a}}",
    "{{> one}}",
    " ",
    "é",
    "u0022",
    "\u{ff}",
    "*",
    "${a}",
    "\n",
];

const LITERALS: [&str; 3] = ["'x'", "\"a\"", "7"];

pub fn case(choices: &[u8]) -> Case {
    let mut growing = Growing {
        choices,
        text: String::new(),
    };
    let values = growing.values();
    let mut files = std::collections::BTreeMap::new();
    for at in (0..PARTIALS.len()).rev() {
        growing.piece_of_text(2, at + 1);
        let text = std::mem::take(&mut growing.text);
        files.insert(format!("partials/{}.json", PARTIALS[at]), text);
    }
    growing.document();
    files.insert(POLICY.to_owned(), growing.text);
    Case {
        files,
        values,
        is_free: true,
    }
}

struct Growing<'c> {
    choices: &'c [u8],
    text: String,
}

impl Growing<'_> {
    /// The next choice, among so many; the first when there are no more.
    fn choose(&mut self, count: usize) -> usize {
        let Some((first, rest)) = self.choices.split_first() else {
            return 0;
        };
        self.choices = rest;
        usize::from(*first) % count
    }

    fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn value(&mut self) -> String {
        let count = self.choose(5);
        (0..count).map(|_| PIECES[self.choose(PIECES.len())]).collect()
    }

    fn list(&mut self) -> Vec<String> {
        let count = self.choose(4);
        (0..count).map(|_| self.value()).collect()
    }

    fn values(&mut self) -> Map<String, Value> {
        let (a, b, c) = (self.value(), self.value(), self.value());
        let (list, own, env) = (self.list(), self.value(), self.value());
        let count = self.choose(3);
        let many: Vec<Value> = (0..count)
            .map(|_| json!({"a": self.value(), "l": self.list()}))
            .collect();
        let values = json!({
            "a": a, "b": b, "c": c, "e": "", "n": 3, "t": true, "f": false, "l": list, "none": [],
            "o": {"a": own, "d.t": "x", "l": ["y"]}, "many": many, "env": env,
        });
        values.as_object().expect("an object").clone()
    }

    fn document(&mut self) {
        self.push("{ \"Version\": \"2012-10-17\", \"Statement\": [ ");
        for _ in 0..=self.choose(3) {
            self.around(2, &Self::statement);
        }
        self.push(" ] }");
    }

    fn statement(&mut self) {
        self.push("{ \"Effect\": \"Allow\", \"Action\": \"service:Action\", \"Resource\": ");
        self.resource();
        if self.choose(3) == 1 {
            self.push(", \"Condition\": { \"StringEquals\": { \"aws:key\": ");
            self.resource();
            self.push(" } }");
        }
        self.push(" }, ");
    }

    fn resource(&mut self) {
        match self.choose(3) {
            0 => self.string(),
            1 => {
                self.push("{{json ");
                self.path();
                self.push("}}");
            }
            _ => {
                self.push("[ ");
                for _ in 0..self.choose(4) {
                    self.around(2, &|growing| {
                        growing.string();
                        growing.push(", ");
                    });
                }
                self.push(" ]");
            }
        }
    }

    fn string(&mut self) {
        self.push("\"");
        self.piece_of_text(DEPTH, 0);
        self.push("\"");
    }

    /// What may stand in a string; partials from one on.
    fn piece_of_text(&mut self, depth: usize, partials: usize) {
        for _ in 0..=self.choose(3) {
            match self.choose(if depth == 0 { 4 } else { 7 }) {
                0 => self.push("x"),
                1 | 2 => {
                    self.push("{{");
                    self.expression();
                    self.push("}}");
                }
                3 => {
                    const TEXTS: [&str; 6] = ["\\\\", "\\\"", "\\u00e9", "é", "{{! a }}", "{{~ a ~}}"];
                    let text = TEXTS[self.choose(TEXTS.len())];
                    self.push(text);
                }
                4 => self.block(&|growing| growing.piece_of_text(depth - 1, partials)),
                5 if partials < PARTIALS.len() => {
                    let at = partials + self.choose(PARTIALS.len() - partials);
                    self.push(&format!("{{{{> {}", PARTIALS[at]));
                    for name in ["a", "this", "b"].iter().take(self.choose(3)) {
                        let by_name = *name != "this";
                        self.push(" ");
                        if by_name {
                            self.push(&format!("{name}="));
                        }
                        self.path();
                    }
                    self.push("}}");
                }
                _ => self.push("y"),
            }
        }
    }

    /// Something, or a block around it.
    fn around(&mut self, depth: usize, inner: &dyn Fn(&mut Self)) {
        if depth == 0 || self.choose(2) == 0 {
            inner(self);
        } else {
            self.block(&|growing| growing.around(depth - 1, inner));
        }
    }

    fn block(&mut self, inner: &dyn Fn(&mut Self)) {
        const BLOCKS: [&str; 4] = ["if", "unless", "each", "with"];
        let block = BLOCKS[self.choose(BLOCKS.len())];
        self.push(&format!("{{{{#{block} "));
        self.argument();
        self.push("}}");
        inner(self);
        if self.choose(2) == 1 {
            self.push("{{else}}");
            inner(self);
        }
        self.push(&format!("{{{{/{block}}}}}"));
    }

    fn path(&mut self) {
        let path = PATHS[self.choose(PATHS.len())];
        self.push(path);
    }

    fn argument(&mut self) {
        match self.choose(4) {
            0 | 1 => self.path(),
            2 => {
                self.push("(");
                self.call();
                self.push(")");
            }
            _ => {
                let literal = LITERALS[self.choose(LITERALS.len())];
                self.push(literal);
            }
        }
    }

    fn expression(&mut self) {
        if self.choose(3) == 0 {
            self.call();
        } else {
            self.path();
        }
    }

    fn call(&mut self) {
        const CALLS: [(&str, usize); 10] = [
            ("eq", 2),
            ("ne", 2),
            ("and", 2),
            ("or", 2),
            ("arn", 2),
            ("lookup", 2),
            ("not", 1),
            ("len", 1),
            ("bucket_arn", 1),
            ("global_arn", 2),
        ];
        let (name, count) = CALLS[self.choose(CALLS.len())];
        self.push(name);
        for _ in 0..count {
            self.push(" ");
            // An argument of its own is a value; calls stand in each other as choices last.
            self.argument();
        }
    }
}
