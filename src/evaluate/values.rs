//! The values of conditions that are more than text: numbers, dates, addresses.

use std::cmp::Ordering;

// Addresses are read here, and no network is reached: `core` has the types without the world.
use core::net::IpAddr;

use jiff::Timestamp;
use jiff::civil;

/// A decimal number, with as many digits as it is written with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Decimal<'a> {
    is_negative: bool,
    /// Without zeros at the front.
    whole: &'a str,
    /// Without zeros at the end.
    fraction: &'a str,
}

impl<'a> Decimal<'a> {
    /// Reads `12`, `-0.5`; `None` for what is no number. Exponents are not read.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let (is_negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let is_number = |digits: &str| digits.bytes().all(|c| c.is_ascii_digit());
        if whole.len() + fraction.len() == 0 || !is_number(whole) || !is_number(fraction) {
            return None;
        }
        let whole = whole.trim_start_matches('0');
        let fraction = fraction.trim_end_matches('0');
        Some(Self {
            is_negative: is_negative && !(whole.is_empty() && fraction.is_empty()),
            whole,
            fraction,
        })
    }
}

impl Ord for Decimal<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let size = |number: &Self| number.whole.len();
        let magnitude = size(self)
            .cmp(&size(other))
            .then_with(|| self.whole.cmp(other.whole))
            .then_with(|| self.fraction.cmp(other.fraction));
        match (self.is_negative, other.is_negative) {
            (false, false) => magnitude,
            (true, true) => magnitude.reverse(),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

impl PartialOrd for Decimal<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

const NANOSECONDS: i128 = 1_000_000_000;

/// A moment: nanoseconds since 1970, in UTC. `None` for what is no date.
///
/// Dates are read in the forms of the W3C, `2024`, `2024-06`, `2024-06-01`,
/// `2024-06-01T12:00Z`, `2024-06-01T12:00:30.5+02:00`, and as seconds since 1970. Four digits are a year.
/// See <https://www.w3.org/TR/NOTE-datetime>.
pub(super) fn moment(text: &str) -> Option<i128> {
    if let Some((_, time)) = text.split_once('T') {
        let is_plain = text.is_ascii() && text.as_bytes().get(4) == Some(&b'-') && time.contains(':');
        let has_zone = time.ends_with('Z') || time.contains(['+', '-']);
        if !is_plain || !has_zone || text.contains('[') {
            return None;
        }
        return text.parse::<Timestamp>().ok().map(Timestamp::as_nanosecond);
    }
    day(text).or_else(|| epoch(text))
}

fn day(text: &str) -> Option<i128> {
    let mut parts = text.split('-');
    let year: i16 = digits(parts.next()?, 4)?;
    let mut part = || match parts.next() {
        None => Some(1),
        Some(part) => digits(part, 2),
    };
    let (month, day) = (part()?, part()?);
    if parts.next().is_some() {
        return None;
    }
    let start = civil::Date::new(year, month, day).ok()?;
    let start = start.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(start.timestamp().as_nanosecond())
}

fn digits<T: std::str::FromStr>(text: &str, length: usize) -> Option<T> {
    let is_number = text.len() == length && text.bytes().all(|c| c.is_ascii_digit());
    is_number.then(|| text.parse().ok())?
}

fn epoch(text: &str) -> Option<i128> {
    let number = Decimal::parse(text)?;
    let seconds: i128 = if number.whole.is_empty() {
        0
    } else {
        number.whole.parse().ok()?
    };
    let fraction: String = number
        .fraction
        .chars()
        .chain("000000000".chars())
        .take(9)
        .collect();
    let nanoseconds = seconds
        .checked_mul(NANOSECONDS)?
        .checked_add(fraction.parse().ok()?)?;
    Some(if number.is_negative {
        -nanoseconds
    } else {
        nanoseconds
    })
}

/// Addresses that begin alike: `203.0.113.0/24`, `2001:db8::/32`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    /// Without the bits behind the prefix.
    first: u128,
    prefix: u32,
    bits: u32,
}

impl Range {
    /// Reads an address, or several with the length of the prefix.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let (value, bits): (u128, u32) = match address.parse().ok()? {
            IpAddr::V4(address) => (u32::from(address).into(), 32),
            IpAddr::V6(address) => (address.into(), 128),
        };
        let prefix = match prefix {
            None => bits,
            Some(prefix) if prefix.bytes().all(|c| c.is_ascii_digit()) => prefix.parse().ok()?,
            Some(_) => return None,
        };
        let first = head(value, bits.checked_sub(prefix)?);
        Some(Self { first, prefix, bits })
    }

    /// Its first and last address.
    pub(super) fn ends(self) -> (u128, u128) {
        let hosts = self.bits - self.prefix;
        let last = u128::MAX.checked_shl(hosts).map_or(u128::MAX, |kept| !kept);
        (self.first, self.first | last)
    }

    /// How many bits an address has.
    pub(super) const fn bits(self) -> u32 {
        self.bits
    }

    /// Whether all addresses of another are in it.
    pub(super) const fn includes(self, other: Self) -> bool {
        self.bits == other.bits
            && self.prefix <= other.prefix
            && head(other.first, self.bits - self.prefix) == self.first
    }
}

/// A number without its last bits.
const fn head(value: u128, bits: u32) -> u128 {
    match value.checked_shr(bits) {
        Some(kept) => kept << bits,
        None => 0,
    }
}

/// The text of a base64 value without what fills it up; `None` where it is none.
pub(super) fn base64(text: &str) -> Option<&str> {
    let digits = text.trim_end_matches('=');
    let is_digit = |c: u8| c.is_ascii_alphanumeric() || c == b'+' || c == b'/';
    (digits.bytes().all(is_digit) && digits.len() % 4 != 1).then_some(digits)
}
