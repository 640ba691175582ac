//! Landmarks stand for all values.

use proptest::prelude::*;
use proptest::sample::select;

use crate::evaluate::{Comparison, Order};

const ORDERS: [Order; 5] = [
    Order::Equal,
    Order::Less,
    Order::AtMost,
    Order::Greater,
    Order::AtLeast,
];

fn numbers() -> impl Strategy<Value = (Vec<String>, String)> {
    let number = "-?[0-3]{1,2}(\\.[0-3]{1,3})?";
    (
        prop::collection::vec(number, 0..4),
        prop_oneof![4 => number, 1 => "[a-]{0,2}"],
    )
}

fn dates() -> impl Strategy<Value = (Vec<String>, String)> {
    let date = || {
        select(vec![
            "2024-01-01",
            "2024-01-01T00:00:00.5Z",
            "2024-01-01T00:00:01Z",
            "1704067200",
            "1704067200.000000001",
            "2023",
            "x",
            "-1",
            "2024-01-01T02:00:00+02:00",
        ])
        .prop_map(str::to_owned)
    };
    (prop::collection::vec(date(), 0..4), date())
}

fn addresses() -> impl Strategy<Value = (Vec<String>, String)> {
    let v4 = (0_u8..3, 250_u8.., 0_u32..=32).prop_map(|(a, b, prefix)| format!("{a}.{b}.0.255/{prefix}"));
    let v6 = (0_u16..3, 0_u32..=128).prop_map(|(a, prefix)| format!("2001:{a}::ffff/{prefix}"));
    let network = prop_oneof![v4, v6, Just("x".to_owned())];
    let v4 = (0_u8..3, 249_u8.., 0_u8..2).prop_map(|(a, b, c)| format!("{a}.{b}.{c}.255"));
    let v6 = (0_u16..3, any::<u16>()).prop_map(|(a, b)| format!("2001:{a}::{b:x}"));
    (
        prop::collection::vec(network, 0..4),
        prop_oneof![v4, v6, Just("y".to_owned())],
    )
}

/// How a value compares with each of others, by each of some comparisons.
fn answers(comparisons: &[Comparison], value: &str, wanted: &[String]) -> Vec<bool> {
    let pairs = comparisons
        .iter()
        .flat_map(|one| wanted.iter().map(move |wanted| (one, wanted)));
    pairs
        .map(|(comparison, wanted)| comparison.holds(value, wanted))
        .collect()
}

fn stand_for(comparisons: &[Comparison], wanted: &[String], value: &str) -> bool {
    let landmarks = comparisons[0].landmarks(wanted);
    let of_value = answers(comparisons, value, wanted);
    landmarks
        .iter()
        .any(|landmark| answers(comparisons, landmark, wanted) == of_value)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn every_number_compares_as_a_landmark_does((wanted, value) in numbers()) {
        prop_assert!(stand_for(&ORDERS.map(Comparison::Numeric), &wanted, &value));
    }

    #[test]
    fn every_date_compares_as_a_landmark_does((wanted, value) in dates()) {
        prop_assert!(stand_for(&ORDERS.map(Comparison::Date), &wanted, &value));
    }

    #[test]
    fn every_address_compares_as_a_landmark_does((wanted, value) in addresses()) {
        prop_assert!(stand_for(&[Comparison::Ip], &wanted, &value));
    }
}
