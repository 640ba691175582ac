//! Values of a request that stand for all others: the comparisons of numbers, dates and addresses divide
//! all values into parts, and one value of each part tells what can be.

use core::net::{Ipv4Addr, Ipv6Addr};

use jiff::Timestamp;

use super::operator::Comparison;
use super::values::{Decimal, Range, moment};

/// What is no number, no date and no address.
const NOTHING: &str = "none";

impl Comparison {
    /// At least one value of each part into which comparing with some values divides all values. Every
    /// other value compares with each of them as one of these does. Empty for texts, whose parts are
    /// languages.
    #[must_use]
    pub fn landmarks(self, wanted: &[String]) -> Vec<String> {
        let landmarks = match self {
            Self::Numeric(_) => numbers(wanted),
            Self::Date(_) => dates(wanted),
            Self::Ip => addresses(wanted),
            Self::Binary => wanted.to_vec(),
            Self::String
            | Self::StringIgnoreCase
            | Self::StringLike
            | Self::Bool
            | Self::Arn
            | Self::Null => {
                return Vec::new();
            }
        };
        landmarks.into_iter().chain([NOTHING.to_owned()]).collect()
    }
}

/// Each number and the one beyond it by less than they differ from each other; zero and those beside it.
fn numbers(wanted: &[String]) -> Vec<String> {
    let numbers: Vec<&String> = wanted
        .iter()
        .filter(|text| Decimal::parse(text).is_some())
        .collect();
    let fraction = |text: &str| text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let digits = numbers
        .iter()
        .map(|text| fraction(text))
        .max()
        .unwrap_or_default();
    let beyond = |text: &str| {
        let point = if text.contains('.') { "" } else { "." };
        format!("{text}{point}{}1", "0".repeat(digits - fraction(text)))
    };
    let zero = ["0".to_owned(), beyond("0"), beyond("-0")];
    let others = numbers.into_iter().flat_map(|text| [text.clone(), beyond(text)]);
    others.chain(zero).collect()
}

/// Each moment, and those a nanosecond before and after, which is as near as moments come.
fn dates(wanted: &[String]) -> Vec<String> {
    let moments = wanted.iter().filter_map(|text| moment(text));
    let around = moments.flat_map(|moment| [moment, moment - 1, moment + 1]);
    // Of dates that cannot be written as such nothing is known.
    let texts = around.filter_map(|moment| Timestamp::from_nanosecond(moment).ok());
    let texts = texts.map(|moment| moment.to_string());
    wanted.iter().cloned().chain(texts).collect()
}

/// The first and last address of each network, those beside them, and the network itself; and the first
/// address of each kind.
fn addresses(wanted: &[String]) -> Vec<String> {
    let ranges = wanted.iter().filter_map(|text| Range::parse(text));
    let edges = ranges.flat_map(|range| {
        let (first, last) = range.ends();
        [first, last, first.wrapping_sub(1), last.wrapping_add(1)]
            .map(|address| written(address, range.bits()))
    });
    let starts = ["192.0.2.1", "0.0.0.0", "::"].map(str::to_owned);
    starts
        .into_iter()
        .chain(edges)
        .chain(wanted.iter().cloned())
        .collect()
}

/// An address of so many bits.
fn written(address: u128, bits: u32) -> String {
    if bits == Ipv4Addr::BITS {
        let bytes = address.to_be_bytes();
        let [.., a, b, c, d] = bytes;
        Ipv4Addr::new(a, b, c, d).to_string()
    } else {
        Ipv6Addr::from(address).to_string()
    }
}
