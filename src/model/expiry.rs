use std::fmt;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use super::InvalidName;

const HOUR: i64 = 60 * 60;
const DAY: i64 = 24 * HOUR;

/// A stretch of time in whole hours or whole days: `12h`, `7d`, `2w`.
///
/// Invariant: at least an hour, at most [`Period::MAX_DAYS`] days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// Hours.
    Hours(i64),
    /// Days.
    Days(i64),
}

impl Period {
    /// The longest stretch, in days: ten years.
    pub const MAX_DAYS: i64 = 3_650;

    /// Reads a number of hours, days or weeks.
    ///
    /// # Errors
    /// When the text is no such number, or the stretch is too short or too long.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        let error = |what: &str| {
            InvalidName::new(
                format!("`{}` {what}", text.escape_debug()),
                "write a number of hours, days or weeks: `12h`, `7d`, `2w`",
            )
        };
        let is_digit = |c: char| c.is_ascii_digit();
        let unit = text.trim_start_matches(is_digit);
        let digits = text.strip_suffix(unit).unwrap_or_default();
        let number: i64 = match digits.parse() {
            Ok(number) => number,
            Err(_) if digits.is_empty() => return Err(error("is no stretch of time")),
            Err(_) => return Err(error("is too long")),
        };
        let period = match unit {
            "h" => Self::Hours(number),
            "d" => Self::Days(number),
            "w" => Self::Days(number.saturating_mul(7)),
            _ => return Err(error("is no stretch of time")),
        };
        if number == 0 {
            return Err(error("is no time at all"));
        }
        if period.seconds() > Self::MAX_DAYS * DAY {
            return Err(error("is more than ten years"));
        }
        Ok(period)
    }

    /// How many seconds it has.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        match self {
            Self::Hours(hours) => hours.saturating_mul(HOUR),
            Self::Days(days) => days.saturating_mul(DAY),
        }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hours(hours) => write!(f, "{hours}h"),
            Self::Days(days) => write!(f, "{days}d"),
        }
    }
}

/// The moment until which a sandbox is meant to live, in UTC.
///
/// As text it is a day, to whose end the sandbox lives (`2026-03-08`), or an hour or minute
/// (`2026-03-01T18:00Z`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Expiry(i64);

impl From<Expiry> for String {
    fn from(end: Expiry) -> Self {
        end.to_string()
    }
}

impl TryFrom<String> for Expiry {
    type Error = InvalidName;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let message = || format!("`{}` is no day and no moment", text.escape_debug());
        Self::parse(&text).ok_or_else(|| InvalidName::new(message(), "write it like `2026-03-08`"))
    }
}

impl Expiry {
    /// The end of a stretch that begins `now`, in seconds since 1970: the end of a day for days, a full
    /// hour for hours. So the same stretch asked for again on the same day, or in the same hour, has
    /// the same end.
    #[must_use]
    pub const fn after(period: Period, now: i64) -> Self {
        match period {
            Period::Days(days) => Self((now.div_euclid(DAY) + days + 1) * DAY),
            Period::Hours(hours) => Self((now.div_euclid(HOUR) + hours + 1) * HOUR),
        }
    }

    /// Reads a day, or a moment. `None` for what is neither.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(moment) = text.parse::<Timestamp>() {
            return Some(Self(moment.as_second()));
        }
        let day = text
            .parse::<Date>()
            .ok()
            .filter(|_| text.len() == "2026-03-08".len())?;
        let next = day.checked_add(1.day()).ok()?.to_zoned(TimeZone::UTC).ok()?;
        Some(Self(next.timestamp().as_second()))
    }

    /// Whether it lies behind a moment, in seconds since 1970.
    #[must_use]
    pub const fn has_passed(self, now: i64) -> bool {
        self.0 <= now
    }
}

impl fmt::Display for Expiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (second, form) = if self.0 % DAY == 0 {
            (self.0 - DAY, "%F")
        } else {
            (self.0, "%FT%H:%MZ")
        };
        match Timestamp::from_second(second) {
            Ok(moment) => write!(f, "{}", moment.strftime(form)),
            Err(_) => write!(f, "{second}"),
        }
    }
}

/// The day of a moment in seconds since 1970, in UTC: `2026-03-08`.
#[must_use]
pub fn day(seconds: i64) -> String {
    let moment = Timestamp::from_second(seconds);
    moment
        .map(|moment| moment.strftime("%F").to_string())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests;
