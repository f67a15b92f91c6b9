//! Counts that add up over manuscripts, and the figures that they give.

use std::iter::Sum;
use std::ops::AddAssign;

use crate::verdict::Verdict;

/// Decisions about whether something is there, against the truth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Decisions {
    /// Rightly said to be there.
    pub hits: u32,
    /// Wrongly said to be there.
    pub false_alarms: u32,
    /// Wrongly said not to be there.
    pub misses: u32,
    /// Rightly said not to be there.
    pub rejections: u32,
}

impl Decisions {
    /// Adds one decision.
    pub fn count(&mut self, truth: bool, said: bool) {
        match (truth, said) {
            (true, true) => self.hits += 1,
            (false, true) => self.false_alarms += 1,
            (true, false) => self.misses += 1,
            (false, false) => self.rejections += 1,
        }
    }

    /// How many decisions there were.
    pub fn all(self) -> u32 {
        self.hits + self.false_alarms + self.misses + self.rejections
    }

    /// Share of decisions that were right; `None` without any.
    pub fn accuracy(self) -> Option<f64> {
        ratio(self.hits + self.rejections, self.all())
    }

    /// Share of what was said to be there that is; `None` where nothing was said to be.
    pub fn precision(self) -> Option<f64> {
        ratio(self.hits, self.hits + self.false_alarms)
    }

    /// Share of what is there that was said to be; `None` where nothing is.
    pub fn recall(self) -> Option<f64> {
        ratio(self.hits, self.hits + self.misses)
    }

    /// Harmonic mean of precision and recall; `None` where nothing is there and nothing was said to be.
    pub fn f1(self) -> Option<f64> {
        ratio(2 * self.hits, 2 * self.hits + self.false_alarms + self.misses)
    }
}

impl AddAssign<&Self> for Decisions {
    fn add_assign(&mut self, other: &Self) {
        self.hits += other.hits;
        self.false_alarms += other.false_alarms;
        self.misses += other.misses;
        self.rejections += other.rejections;
    }
}

fn ratio(part: u32, whole: u32) -> Option<f64> {
    (whole > 0).then(|| f64::from(part) / f64::from(whole))
}

/// What can be true of an item or said of it. The truth is one of the first three; `unclear` counts
/// as partial, since both ask for a reader.
const CLASSES: usize = 5;

/// Truth (rows) against what was said (columns).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Confusion {
    cells: [[u32; CLASSES]; CLASSES],
}

/// The row or column of a verdict; `None` where no verdict was given.
fn class(verdict: Option<Verdict>) -> usize {
    match verdict {
        Some(Verdict::Reported) => 0,
        Some(Verdict::Partial | Verdict::Unclear) => 1,
        Some(Verdict::NotFound) => 2,
        Some(Verdict::NotApplicable) => 3,
        None => 4,
    }
}

impl Confusion {
    /// Adds one pair.
    pub fn count(&mut self, truth: Option<Verdict>, said: Option<Verdict>) {
        self.cells[class(truth)][class(said)] += 1;
    }

    /// Cohen's kappa (Cohen 1960, Educational and Psychological Measurement 20): agreement beyond what
    /// the frequencies of the classes alone give. `None` where they leave no room for any.
    pub fn kappa(&self) -> Option<f64> {
        let rows = self.cells.map(|row| row.iter().map(|n| u64::from(*n)).sum::<u64>());
        let columns: [u64; CLASSES] =
            std::array::from_fn(|column| self.cells.iter().map(|row| u64::from(row[column])).sum());
        let all: u64 = rows.iter().sum();
        let agreed: u64 = (0..CLASSES).map(|n| u64::from(self.cells[n][n])).sum();
        let expected: u64 = rows.iter().zip(columns).map(|(row, column)| row * column).sum();
        // Both times all², in whole numbers, so that no rounding hides an empty denominator.
        let room = all * all - expected;
        (room > 0).then(|| ((agreed * all) as f64 - expected as f64) / room as f64)
    }
}

impl AddAssign<&Self> for Confusion {
    fn add_assign(&mut self, other: &Self) {
        for (row, others) in self.cells.iter_mut().zip(&other.cells) {
            row.iter_mut().zip(others).for_each(|(cell, other)| *cell += other);
        }
    }
}

/// Counts over some manuscripts and some items.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    /// Manuscripts.
    pub manuscripts: u32,
    /// Manuscripts that could not be read: all of their items count as wrong.
    pub unread: u32,
    /// Manuscripts of which the standard and the stage were told rightly.
    pub selected: u32,
    /// Whether an item lacks wholly: items that are partial, or on which two readers differ, are left out.
    pub not_found: Decisions,
    /// Whether an item needs somebody's attention: items on which two readers differ about that are left out.
    pub attention: Decisions,
    /// Reported, partial or not found.
    pub classes: Confusion,
    /// Items that apply.
    pub items: u32,
    /// Items judged `unclear`.
    pub unclear: u32,
    /// Whether a configuration is there; what is no configuration can't be counted.
    pub configurations: Decisions,
    /// Configurations found of which context, mechanism and outcome are named as the truth has them.
    pub parts_right: u32,
    /// Configurations found of which the support is told rightly.
    pub support_right: u32,
    /// Defects that are there.
    pub defects: u32,
    /// Those that were found.
    pub defects_found: u32,
    /// Warnings and errors for defects that aren't there.
    pub false_defects: u32,
    /// Items whose evidence was deleted.
    pub deletions: u32,
    /// Those that were then no longer held to be reported.
    pub deletions_noticed: u32,
}

impl AddAssign<&Self> for Tally {
    fn add_assign(&mut self, other: &Self) {
        self.manuscripts += other.manuscripts;
        self.unread += other.unread;
        self.selected += other.selected;
        self.not_found += &other.not_found;
        self.attention += &other.attention;
        self.classes += &other.classes;
        self.items += other.items;
        self.unclear += other.unclear;
        self.configurations += &other.configurations;
        self.parts_right += other.parts_right;
        self.support_right += other.support_right;
        self.defects += other.defects;
        self.defects_found += other.defects_found;
        self.false_defects += other.false_defects;
        self.deletions += other.deletions;
        self.deletions_noticed += other.deletions_noticed;
    }
}

impl<'a> Sum<&'a Self> for Tally {
    fn sum<I: Iterator<Item = &'a Self>>(all: I) -> Self {
        let mut sum = Self::default();
        all.for_each(|one| sum += one);
        sum
    }
}

/// A figure that a tally gives.
#[derive(Debug)]
pub struct Measure {
    /// Its name in JSON.
    pub id: &'static str,
    /// What it is, for people.
    pub words: &'static str,
    /// Its value; `None` where there is nothing to take it from.
    pub value: fn(&Tally) -> Option<f64>,
    /// How many things it is taken from.
    pub n: fn(&Tally) -> u32,
}

/// Every figure, in the order in which it is shown.
pub const MEASURES: [Measure; 21] = [
    Measure {
        id: "selection",
        words: "standard and stage told rightly",
        value: |t| ratio(t.selected, t.manuscripts),
        n: |t| t.manuscripts,
    },
    Measure {
        id: "item_accuracy",
        words: "items right: lacking or not",
        value: |t| t.not_found.accuracy(),
        n: |t| t.not_found.all(),
    },
    Measure {
        id: "item_accuracy_always_reported",
        words: "the same, were every item called reported",
        value: |t| ratio(t.not_found.false_alarms + t.not_found.rejections, t.not_found.all()),
        n: |t| t.not_found.all(),
    },
    Measure {
        id: "not_found_precision",
        words: "\"not found\": precision",
        value: |t| t.not_found.precision(),
        n: |t| t.not_found.hits + t.not_found.false_alarms,
    },
    Measure {
        id: "not_found_recall",
        words: "\"not found\": recall",
        value: |t| t.not_found.recall(),
        n: |t| t.not_found.hits + t.not_found.misses,
    },
    Measure { id: "not_found_f1", words: "\"not found\": F1", value: |t| t.not_found.f1(), n: |t| t.not_found.all() },
    Measure {
        id: "attention_precision",
        words: "anything but \"reported\": precision",
        value: |t| t.attention.precision(),
        n: |t| t.attention.hits + t.attention.false_alarms,
    },
    Measure {
        id: "attention_recall",
        words: "anything but \"reported\": recall",
        value: |t| t.attention.recall(),
        n: |t| t.attention.hits + t.attention.misses,
    },
    Measure {
        id: "attention_f1",
        words: "anything but \"reported\": F1",
        value: |t| t.attention.f1(),
        n: |t| t.attention.all(),
    },
    Measure {
        id: "kappa_three_class",
        words: "kappa: reported, partial, not found",
        value: |t| t.classes.kappa(),
        n: |t| t.items,
    },
    Measure { id: "unclear_rate", words: "items judged unclear", value: |t| ratio(t.unclear, t.items), n: |t| t.items },
    Measure {
        id: "item_false_alarms_per_manuscript",
        words: "reported items called not found, a manuscript",
        value: |t| ratio(t.not_found.false_alarms, t.manuscripts),
        n: |t| t.manuscripts,
    },
    Measure {
        id: "deletion_noticed",
        words: "deleted evidence noticed",
        value: |t| ratio(t.deletions_noticed, t.deletions),
        n: |t| t.deletions,
    },
    Measure {
        id: "cmo_precision",
        words: "configurations: precision",
        value: |t| t.configurations.precision(),
        n: |t| t.configurations.hits + t.configurations.false_alarms,
    },
    Measure {
        id: "cmo_recall",
        words: "configurations: recall",
        value: |t| t.configurations.recall(),
        n: |t| t.configurations.hits + t.configurations.misses,
    },
    Measure {
        id: "cmo_f1",
        words: "configurations: F1",
        value: |t| t.configurations.f1(),
        n: |t| t.configurations.all(),
    },
    Measure {
        id: "cmo_parts_right",
        words: "configurations found whose parts are right",
        value: |t| ratio(t.parts_right, t.configurations.hits),
        n: |t| t.configurations.hits,
    },
    Measure {
        id: "cmo_support_right",
        words: "configurations found whose support is right",
        value: |t| ratio(t.support_right, t.configurations.hits),
        n: |t| t.configurations.hits,
    },
    Measure {
        id: "defects_found",
        words: "defects found",
        value: |t| ratio(t.defects_found, t.defects),
        n: |t| t.defects,
    },
    Measure {
        id: "false_defects_per_manuscript",
        words: "false warnings and errors, a manuscript",
        value: |t| ratio(t.false_defects, t.manuscripts),
        n: |t| t.manuscripts,
    },
    Measure {
        id: "manuscripts_unread",
        words: "manuscripts that could not be read",
        value: |t| ratio(t.unread, t.manuscripts),
        n: |t| t.manuscripts,
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn near(value: Option<f64>, wanted: f64) {
        assert!(value.is_some_and(|v| (v - wanted).abs() < 1e-12), "{value:?} is not {wanted}");
    }

    #[test]
    fn precision_recall_and_f1_are_as_worked_out_by_hand() {
        let decisions = Decisions { hits: 6, false_alarms: 2, misses: 3, rejections: 9 };
        near(decisions.precision(), 0.75);
        near(decisions.recall(), 2.0 / 3.0);
        near(decisions.f1(), 12.0 / 17.0);
        near(decisions.accuracy(), 0.75);
        let none = Decisions { rejections: 4, ..Decisions::default() };
        assert_eq!((none.precision(), none.recall(), none.f1()), (None, None, None));
    }

    /// Cohen's own kind of table: 20 and 15 agreed of 50, margins 25/25 and 30/20, kappa 0.4.
    #[test]
    fn kappa_is_as_worked_out_by_hand() {
        let mut table = Confusion::default();
        for (truth, said, times) in [
            (Verdict::Reported, Verdict::Reported, 20),
            (Verdict::Reported, Verdict::NotFound, 5),
            (Verdict::NotFound, Verdict::Reported, 10),
            (Verdict::NotFound, Verdict::NotFound, 15),
        ] {
            (0..times).for_each(|_| table.count(Some(truth), Some(said)));
        }
        near(table.kappa(), 0.4);
        let mut certain = Confusion::default();
        certain.count(Some(Verdict::Reported), Some(Verdict::Reported));
        assert_eq!((certain.kappa(), Confusion::default().kappa()), (None, None));
        let mut absent = Confusion::default();
        absent.count(Some(Verdict::Reported), None);
        near(absent.kappa(), 0.0);
    }

    #[test]
    fn unclear_counts_as_partial() {
        let mut table = Confusion::default();
        table.count(Some(Verdict::Partial), Some(Verdict::Unclear));
        table.count(Some(Verdict::Reported), Some(Verdict::Reported));
        near(table.kappa(), 1.0);
    }
}
