//! A clock for operations that take from nanoseconds to seconds.

use std::time::{Duration, Instant};

/// How long a batch takes at least, so that the clock's own steps do not count.
const BATCH: Duration = Duration::from_millis(10);

/// How many nanoseconds an operation takes: the median over batches.
pub fn nanoseconds(batches: usize, mut operation: impl FnMut()) -> f64 {
    let mut runs = 1;
    while batch(runs, &mut operation) < BATCH {
        runs *= 2;
    }
    let mut taken: Vec<f64> = (0..batches.max(1))
        .map(|_| batch(runs, &mut operation).as_secs_f64() * 1e9 / f64::from(runs))
        .collect();
    taken.sort_by(f64::total_cmp);
    taken.get(taken.len() / 2).copied().unwrap_or(f64::NAN)
}

#[expect(clippy::disallowed_methods, reason = "a benchmark looks at the clock")]
fn batch(runs: u32, operation: &mut impl FnMut()) -> Duration {
    let begin = Instant::now();
    for _ in 0..runs {
        operation();
    }
    begin.elapsed()
}
