use std::fmt;

use super::{InvalidName, checked_text};

/// The regions of each partition: data, so that a new region is a line of text.
const REGIONS: &str = include_str!("../../templates/regions.txt");

/// A group of AWS regions that share an ARN prefix and an IAM.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Partition(&'static str);

impl Partition {
    /// Reads a partition id such as `aws` or `aws-cn`.
    ///
    /// # Errors
    /// When `templates/regions.txt` does not list it.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        partitions()
            .find(|(id, _)| *id == text)
            .map(|(id, _)| Self(id))
            .ok_or_else(|| {
                InvalidName::new(
                    format!("unknown partition `{}`", text.escape_debug()),
                    known_partitions(),
                )
            })
    }

    /// The partition's id, the second part of its ARNs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

/// An AWS region, e.g. `us-west-2`.
///
/// Invariant: listed in `templates/regions.txt`. A region with a typing error would give
/// roles whose every ARN names nothing, and IAM would accept them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region(String);

checked_text!(Region);

impl Region {
    /// Reads a region.
    ///
    /// # Errors
    /// When no partition has such a region; the help names the nearest.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        if partition_of(text).is_some() {
            return Ok(Self(text.to_owned()));
        }
        let all = partitions().flat_map(|(_, regions)| regions);
        let help = nearest(text, all).map_or_else(
            || "name a region such as us-west-2".to_owned(),
            |region| format!("did you mean `{region}`?"),
        );
        Err(InvalidName::new(
            format!("unknown region `{}`", text.escape_debug()),
            help,
        ))
    }

    /// The partition the region lies in.
    #[must_use]
    pub fn partition(&self) -> Partition {
        partition_of(&self.0).unwrap_or(Partition("aws"))
    }
}

fn partitions() -> impl Iterator<Item = (&'static str, std::str::SplitWhitespace<'static>)> {
    REGIONS
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            words.next().map(|id| (id, words))
        })
}

fn partition_of(region: &str) -> Option<Partition> {
    partitions()
        .find(|(_, regions)| regions.clone().any(|r| r == region))
        .map(|(id, _)| Partition(id))
}

fn known_partitions() -> String {
    let ids: Vec<&str> = partitions().map(|(id, _)| id).collect();
    format!("known partitions: {}", ids.join(", "))
}

/// The candidate nearest to `text`, when it is near enough to be what was meant.
pub(crate) fn nearest<'a>(text: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let text = text.to_lowercase();
    let near = |candidate: &'a str| {
        let lower = candidate.to_lowercase();
        let most = candidate.chars().count().max(3) / 3;
        if least_distance(&text, &lower) > most {
            return None;
        }
        let distance = strsim::damerau_levenshtein(&text, &lower);
        (distance <= most).then_some((distance, candidate))
    };
    candidates
        .into_iter()
        .filter_map(near)
        .min()
        .map(|(_, candidate)| candidate)
}

/// What the distance of two texts is at least, by the letters that only one of them has: most
/// texts are told apart by that, at a fraction of the cost.
fn least_distance(one: &str, other: &str) -> usize {
    let mut surplus = [0_i32; 32];
    for (text, sign) in [(one, 1), (other, -1)] {
        for c in text.chars() {
            if let Some(count) = surplus.get_mut(c as usize % 32) {
                *count += sign;
            }
        }
    }
    let of = |sign: i32| surplus.iter().map(|count| (count * sign).max(0)).sum::<i32>();
    usize::try_from(of(1).max(of(-1))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_least_distance_is_no_more_than_the_distance(one in "[a-c_é商]{0,12}", other in "[a-c_é商]{0,12}") {
            prop_assert!(least_distance(&one, &other) <= strsim::damerau_levenshtein(&one, &other));
        }
    }

    #[test]
    fn the_nearest_is_found_whatever_its_case() {
        assert_eq!(nearest("PAKCER", ["label", "packer", "packet"]), Some("packer"));
        assert_eq!(nearest("pa", ["label", "packer"]), None);
    }
}
