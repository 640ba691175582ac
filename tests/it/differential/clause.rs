//! A condition, and what each evaluator makes of it by the rules of the table.

/// An operator on a key, and what the request has.
#[derive(Debug, Clone, Copy)]
pub struct Clause<'a> {
    pub operator: &'a str,
    pub wanted: &'a [String],
    pub found: Option<&'a [String]>,
    pub version: &'a str,
}

/// Whether a condition holds for tcperm, and for the other, which may refuse it.
pub type Told = (bool, Option<bool>);

/// Dates, and the milliseconds since 1970 that tcperm reads, and the other.
const DATES: [(&str, i64, Option<i64>); 10] = [
    ("2024-06-01T12:00:00Z", 1_717_243_200_000, Some(1_717_243_200_000)),
    (
        "2024-06-01T12:00:00.5Z",
        1_717_243_200_500,
        Some(1_717_243_200_500),
    ),
    (
        "2024-06-01T14:00:00+02:00",
        1_717_243_200_000,
        Some(1_717_243_200_000),
    ),
    ("1717243200", 1_717_243_200_000, Some(1_717_243_200_000)),
    ("1717243201", 1_717_243_201_000, Some(1_717_243_201_000)),
    ("2025-01-01T00:00:00Z", 1_735_689_600_000, Some(1_735_689_600_000)),
    ("2023-12-31T23:59:59Z", 1_704_067_199_000, Some(1_704_067_199_000)),
    ("2024-06-01T12:00Z", 1_717_243_200_000, None),
    ("2024-06-01", 1_717_200_000_000, None),
    ("2024", 1_704_067_200_000, Some(2_024_000)),
];

impl Clause<'_> {
    /// The operator without set operator and `IfExists`.
    pub fn name(&self) -> &str {
        let name = self.operator.rsplit(':').next().unwrap();
        name.strip_suffix("IfExists").unwrap_or(name)
    }

    pub fn has_set(&self) -> bool {
        self.operator.contains(':')
    }

    pub fn is_lax(&self) -> bool {
        self.operator.ends_with("IfExists")
    }

    pub fn is_negated(&self) -> bool {
        self.name().contains("Not")
    }

    pub fn has_several(&self) -> bool {
        self.found.is_some_and(|found| found.len() != 1)
    }

    pub fn wants(&self, is_it: impl Fn(&str) -> bool) -> bool {
        self.wanted.iter().any(|value| is_it(value))
    }

    pub fn has_any(&self, is_it: impl Fn(&str) -> bool) -> bool {
        let found = self.found.into_iter().flatten();
        self.wanted.iter().chain(found).any(|value| is_it(value))
    }

    /// Whether the key has empty texts alone, or no values.
    pub fn is_empty(&self) -> bool {
        self.found.is_some_and(|found| found.iter().all(String::is_empty))
    }

    /// Whether a value says something to the other's operator.
    pub fn reads(&self, value: &str) -> bool {
        match self.name() {
            name if name.starts_with("Numeric") => value.parse::<f64>().is_ok(),
            name if name.starts_with("Date") => their_date(value).is_some(),
            "IpAddress" | "NotIpAddress" => value != "here",
            "Bool" | "Null" => value.parse::<bool>().is_ok(),
            _ => true,
        }
    }

    /// What each makes of it; `None` for operators of which the table tells the direction alone.
    pub fn told(&self) -> Option<Told> {
        match self.name() {
            _ if self.has_set() => None,
            "Null" => Some(self.null()),
            name if name.starts_with("Numeric") => {
                let theirs = self.for_them(|text| text.parse::<f64>().ok());
                Some((self.for_us(our_number), theirs))
            }
            name if name.starts_with("Date") => Some((self.for_us(our_date), self.for_them(their_date))),
            _ => None,
        }
    }

    fn null(&self) -> Told {
        let is_null = self.found.is_none() || self.is_empty();
        let ours = self.wants(|value| value.eq_ignore_ascii_case(if is_null { "true" } else { "false" }));
        let first = self.wanted.first().and_then(|value| value.parse::<bool>().ok());
        (ours, first.map(|wanted| wanted == self.found.is_none()))
    }

    /// What cannot be read equals nothing.
    fn for_us<T: PartialOrd>(&self, read: impl Fn(&str) -> Option<T>) -> bool {
        let is_equal = match self.found {
            None => return self.is_lax() || self.is_negated(),
            Some([found]) => read(found).is_some_and(|found| {
                self.wants(|wanted| read(wanted).is_some_and(|wanted| self.compares(&found, &wanted)))
            }),
            Some(_) => false,
        };
        is_equal != self.is_negated()
    }

    /// What is wanted is read one by one, until the answer is known; what cannot be read is refused.
    fn for_them<T: PartialOrd>(&self, read: impl Fn(&str) -> Option<T>) -> Option<bool> {
        let is_negated = self.is_negated();
        for wanted in self.wanted {
            let wanted = read(wanted)?;
            let holds = match self.found {
                None => self.is_lax() || is_negated,
                Some([found]) => {
                    read(found).is_some_and(|found| self.compares(&found, &wanted)) != is_negated
                }
                Some(_) => is_negated,
            };
            if holds != is_negated {
                return Some(holds);
            }
        }
        Some(is_negated)
    }

    fn compares<T: PartialOrd>(&self, found: &T, wanted: &T) -> bool {
        let name = self.name();
        let is_at_limit = name.ends_with("Equals") && found == wanted;
        if name.contains("LessThan") {
            found < wanted || is_at_limit
        } else if name.contains("GreaterThan") {
            found > wanted || is_at_limit
        } else {
            is_at_limit
        }
    }
}

fn our_date(text: &str) -> Option<i64> {
    let (_, ours, _) = DATES.iter().find(|(date, ..)| *date == text)?;
    Some(*ours)
}

fn their_date(text: &str) -> Option<i64> {
    let (.., theirs) = DATES.iter().find(|(date, ..)| *date == text)?;
    *theirs
}

/// A decimal in tenths.
fn our_number(text: &str) -> Option<i128> {
    let (whole, tenths) = text.split_once('.').unwrap_or((text, "0"));
    let sign = if text.starts_with('-') { -1 } else { 1 };
    Some(whole.parse::<i128>().ok()? * 10 + sign * tenths.parse::<i128>().ok()?)
}
