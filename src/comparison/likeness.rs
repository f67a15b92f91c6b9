//! How alike two texts are, and who belongs to whom: neither knows a line number.

use std::collections::BTreeSet;

use unicode_segmentation::UnicodeSegmentation;

use crate::weights::fnv1a;

/// Words of a text that are looked at, so that one long text costs no more than a page.
const MOST_WORDS: usize = 600;
/// More pairs than these are not held against each other; no two manuscripts have so many.
const MOST_PAIRS: usize = 1_000_000;

/// Words in lower case with single spaces: what stays when a paragraph is wrapped anew, or its quotation
/// marks are changed.
pub(super) fn normalised(text: &str) -> String {
    let lower = text.to_lowercase();
    lower.unicode_words().collect::<Vec<_>>().join(" ")
}

/// The words of a text, each once.
pub(super) struct Words(BTreeSet<u64>);

impl Words {
    pub(super) fn of(text: &str) -> Self {
        let lower = text.to_lowercase();
        Self(lower.unicode_words().take(MOST_WORDS).map(|word| fnv1a(word.as_bytes())).collect())
    }

    /// Dice's coefficient of the two sets of words, 0 to 1.
    pub(super) fn likeness(&self, other: &Self) -> f32 {
        let all = self.0.len() + other.0.len();
        if all == 0 {
            return 0.0;
        }
        2.0 * self.0.intersection(&other.0).count() as f32 / all as f32
    }
}

/// Pairs, the best first; of equals the earlier. `score` gives nothing for two that are no pair.
pub(super) fn pairs(old: &[usize], new: &[usize], score: impl Fn(usize, usize) -> Option<f32>) -> Vec<(usize, usize)> {
    if old.len().saturating_mul(new.len()) > MOST_PAIRS {
        return Vec::new();
    }
    let mut candidates: Vec<(f32, usize, usize)> = Vec::new();
    for &o in old {
        candidates.extend(new.iter().filter_map(|&n| score(o, n).map(|score| (score, o, n))));
    }
    candidates.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let (mut of_old, mut of_new) = (BTreeSet::new(), BTreeSet::new());
    let mut pairs = Vec::new();
    for (_, o, n) in candidates {
        if !of_old.contains(&o) && !of_new.contains(&n) {
            of_old.insert(o);
            of_new.insert(n);
            pairs.push((o, n));
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrapping_and_marks_make_no_difference() {
        assert_eq!(normalised("In  “small” teams\n(C), we…"), normalised("in \"small\" teams (C) we"));
        assert_ne!(normalised("in small teams"), normalised("in large teams"));
    }

    #[test]
    fn likeness_is_of_words() {
        let of = |a: &str, b: &str| Words::of(a).likeness(&Words::of(b));
        assert!((of("a b c d", "d c b a") - 1.0).abs() < f32::EPSILON);
        assert!((of("a b c d", "a b x y") - 0.5).abs() < f32::EPSILON);
        assert!(of("", "").abs() < f32::EPSILON);
    }

    #[test]
    fn the_best_pair_goes_first_and_nobody_twice() {
        let score = [[Some(0.9), Some(1.0)], [Some(0.8), Some(0.9)], [None, None]];
        assert_eq!(pairs(&[0, 1, 2], &[0, 1], |o, n| score[o][n]), [(0, 1), (1, 0)]);
    }
}
