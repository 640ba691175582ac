use proptest::prelude::*;

use super::*;

/// 1 March 2026, 17:20 in UTC.
const NOW: i64 = 1_772_385_600;

fn after(period: &str, now: i64) -> String {
    Expiry::after(Period::parse(period).unwrap(), now).to_string()
}

#[test]
fn days_end_with_the_day_and_hours_with_the_hour() {
    assert_eq!(day(NOW), "2026-03-01");
    for (period, end) in [
        ("7d", "2026-03-08"),
        ("1w", "2026-03-08"),
        ("12h", "2026-03-02T06:00Z"),
        ("24h", "2026-03-02T18:00Z"),
        ("30h", "2026-03-02"),
    ] {
        assert_eq!(after(period, NOW), end, "{period}");
    }
}

#[test]
fn a_day_lives_to_its_end() {
    let end = Expiry::parse("2026-03-01").unwrap();
    let midnight = (NOW / DAY + 1) * DAY;
    assert!(!end.has_passed(midnight - 1));
    assert!(end.has_passed(midnight));
}

#[test]
fn a_moment_is_read_to_the_minute_and_second() {
    let minute = Expiry::parse("2026-03-01T18:30Z").unwrap();
    assert_eq!(minute, Expiry::parse("2026-03-01T18:30:00Z").unwrap());
    assert_eq!(minute, Expiry::parse("2026-03-01T19:30+01:00").unwrap());
    assert_eq!(minute.to_string(), "2026-03-01T18:30Z");
}

#[test]
fn what_is_no_end_is_not_read() {
    for text in [
        "",
        "soon",
        "2026",
        "2026-02-30",
        "20260301",
        "2026-03-01T18:00",
        "7d",
        "2026-W09-7",
    ] {
        assert_eq!(Expiry::parse(text), None, "{text}");
    }
}

#[test]
fn ten_years_are_the_longest_time() {
    assert_eq!(Period::parse("3650d"), Ok(Period::Days(3650)));
    for text in [
        "3651d",
        "87601h",
        "522w",
        "9223372036854775807w",
        "18446744073709551616h",
    ] {
        assert!(Period::parse(text).is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn an_end_reads_back_and_lies_ahead_by_the_time_and_at_most_a_unit_more(
        number in 1_i64..3650,
        unit in prop::sample::select(vec!["h", "d"]),
        now in 0_i64..4_000_000_000,
    ) {
        let period = Period::parse(&format!("{number}{unit}")).unwrap();
        let end = Expiry::after(period, now);
        prop_assert_eq!(Expiry::parse(&end.to_string()), Some(end));
        prop_assert!(!end.has_passed(now + period.seconds()));
        let unit = if unit == "h" { HOUR } else { DAY };
        prop_assert!(end.has_passed(now + period.seconds() + unit));
    }

    #[test]
    fn the_same_time_asked_for_on_the_same_day_has_the_same_end(day in 0_i64..40_000, a in 0..DAY, b in 0..DAY) {
        let period = Period::Days(7);
        prop_assert_eq!(Expiry::after(period, day * DAY + a), Expiry::after(period, day * DAY + b));
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,40}") {
        let _ = (Expiry::parse(&text), Period::parse(&text));
    }
}
