//! How far a figure may be chance: 95 % intervals by resampling (Efron 1979, Annals of Statistics 7).
//!
//! Manuscripts are drawn, not items: the items of a manuscript have one author and go wrong together.

use std::iter::Sum;

/// Lower and upper end of an interval.
pub type Interval = [f64; 2];

/// With fewer manuscripts an interval says nothing.
const FEWEST: usize = 5;

/// `SplitMix64` (Steele, Lea and Flood 2014, OOPSLA), from a fixed start: the same draws for ever.
struct Draws(u64);

impl Draws {
    fn new() -> Self {
        Self(0x5EED)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, which is far below 2³².
    fn below(&mut self, end: usize) -> usize {
        (((self.next() >> 32) * end as u64) >> 32) as usize
    }
}

/// The 95 % intervals of figures. `sample` has the counts of each manuscript; `figures` takes all
/// figures from their sum. `None` for a figure that more than one resample in ten leaves undefined,
/// and for all where the sample is too small.
pub fn intervals<T>(
    sample: &[T],
    resamples: usize,
    count: usize,
    figures: impl Fn(&T, &mut Vec<Option<f64>>),
) -> Vec<Option<Interval>>
where
    T: for<'a> Sum<&'a T>,
{
    if sample.len() < FEWEST || resamples == 0 {
        return vec![None; count];
    }
    let mut draws = Draws::new();
    let mut values: Vec<Vec<f64>> = vec![Vec::with_capacity(resamples); count];
    let mut drawn = Vec::with_capacity(count);
    for _ in 0..resamples {
        let sum: T = (0..sample.len()).map(|_| &sample[draws.below(sample.len())]).sum();
        drawn.clear();
        figures(&sum, &mut drawn);
        for (values, value) in values.iter_mut().zip(&drawn) {
            values.extend(value);
        }
    }
    let interval = |mut values: Vec<f64>| {
        if values.len() * 10 < resamples * 9 {
            return None;
        }
        values.sort_by(f64::total_cmp);
        Some([percentile(&values, 0.025), percentile(&values, 0.975)])
    };
    values.into_iter().map(interval).collect()
}

/// The value below which a share of sorted values lies, between two of them in proportion.
fn percentile(sorted: &[f64], share: f64) -> f64 {
    let at = share * (sorted.len() - 1) as f64;
    let (low, rest) = (at.floor() as usize, at.fract());
    let high = (low + 1).min(sorted.len() - 1);
    sorted[low] + (sorted[high] - sorted[low]) * rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "sums of any kind are handed over by reference")]
    fn mean(sum: &u32, out: &mut Vec<Option<f64>>) {
        out.push(Some(f64::from(*sum) / 8.0));
        out.push((*sum > 4).then_some(1.0));
    }

    /// The first numbers that the published reference implementation gives from the seed 0.
    #[test]
    fn draws_are_those_of_splitmix() {
        let mut draws = Draws(0);
        assert_eq!([draws.next(), draws.next()], [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4]);
        let mut draws = Draws::new();
        assert!((0..1000).all(|_| draws.below(3) < 3));
    }

    #[test]
    fn intervals_are_the_same_every_time_and_hold_the_figure() {
        let sample = [1_u32, 0, 1, 1, 0, 1, 0, 0];
        let intervals = intervals(&sample, 999, 2, mean);
        // Half of eight, drawn with replacement: 2.5 % of draws have one or none.
        assert_eq!(intervals[0], Some([0.125, 0.875]));
        assert_eq!(intervals[1], None, "mostly undefined");
    }

    #[test]
    fn a_small_sample_has_no_interval() {
        assert_eq!(intervals(&[1_u32, 0, 1, 1], 999, 2, mean), [None, None]);
        assert_eq!(intervals(&[1_u32; 9], 0, 2, mean), [None, None]);
    }

    #[test]
    fn percentiles_lie_between_values() {
        let values = [1.0, 2.0, 3.0, 4.0, 5.0];
        assert!((percentile(&values, 0.5) - 3.0).abs() < 1e-12);
        assert!((percentile(&values, 0.025) - 1.1).abs() < 1e-12);
        assert!((percentile(&[7.0], 0.975) - 7.0).abs() < 1e-12);
    }
}
