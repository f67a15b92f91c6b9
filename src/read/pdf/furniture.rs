//! What stands on pages without being part of the text: running heads and feet, page numbers,
//! stamps that come on every page.

use std::collections::BTreeMap;

use super::bounds::MOST_PAGES;
use super::words::{Word, lines};

/// Lines at the top and at the bottom of a page that may be running heads or feet.
const ZONE: usize = 4;

/// Leaves out what repeats from page to page at the same height, page numbers, and what the file
/// itself calls no content.
pub(super) fn drop_running_heads(pages: &mut [Vec<Word>], heights: &[f32]) {
    for page in pages.iter_mut() {
        let marked = page.iter().filter(|w| w.artifact).count();
        // A file that calls half of its text no content doesn't know what it says.
        if marked * 2 < page.len() {
            page.retain(|w| !w.artifact);
        }
    }
    let mut looks: BTreeMap<String, Vec<(usize, f32)>> = BTreeMap::new();
    let mut numbers: Vec<(usize, f32, i64)> = Vec::new();
    let candidates: Vec<Vec<(String, f32, bool)>> = pages
        .iter()
        .map(|words| {
            let found = lines(words.clone(), 0);
            let count = found.len();
            found
                .iter()
                .enumerate()
                .map(|(index, line)| (line.text(), line.baseline, index < ZONE || index + ZONE >= count))
                .collect()
        })
        .collect();
    for (page, found) in candidates.iter().enumerate() {
        for (text, baseline, in_zone) in found {
            let look = look_of(text);
            if look.chars().count() > 160 {
                continue;
            }
            if let Some(number) = page_number(text).filter(|_| *in_zone) {
                numbers.push((page, *baseline, number));
            } else if *in_zone || look.chars().filter(|c| c.is_alphabetic()).count() > 3 {
                looks.entry(look).or_default().push((page, *baseline));
            }
        }
    }
    let count = pages.len();
    let mut gone: Vec<Vec<f32>> = vec![Vec::new(); count];
    // More of them than pages could hold are no heads, and comparing them all would take long.
    for (look, places) in looks.iter().filter(|(_, places)| places.len() <= 8 * MOST_PAGES.min(count + 8)) {
        let at_height: Vec<(usize, f32)> = places
            .iter()
            .filter(|(page, y)| {
                let same = places.iter().filter(|(other, height)| other != page && (height - y).abs() < 4.0).count();
                same > usize::from(count > 2)
            })
            .copied()
            .collect();
        let edge = at_height.iter().all(|(page, y)| {
            let height = heights.get(*page).copied().unwrap_or(800.0);
            *y < 0.13 * height || *y > 0.87 * height
        });
        let pages_with = at_height.len();
        // In the midst of pages only what stands on most of them is a stamp.
        let letters = look.chars().filter(|c| c.is_alphabetic()).count();
        if (edge && (letters > 0 || look.contains('#'))) || (pages_with >= 4 && pages_with * 10 >= count * 6) {
            for (page, y) in at_height {
                gone[page].push(y);
            }
        }
    }
    for (page, y, number) in &numbers {
        let height = heights.get(*page).copied().unwrap_or(800.0);
        let counts_on = numbers.iter().any(|(other, _, n)| other != page && n - number == *other as i64 - *page as i64);
        if (*y < 0.13 * height || *y > 0.85 * height) && (counts_on || count == 1) {
            gone[*page].push(*y);
        }
    }
    for (page, heights) in pages.iter_mut().zip(gone) {
        page.retain(|word| !heights.iter().any(|y| (word.baseline - y).abs() < 0.7 * word.size.max(4.0) - 0.5));
    }
}

/// A line as it looks but for its numbers.
fn look_of(text: &str) -> String {
    let mut look = String::new();
    for c in text.chars() {
        if !c.is_ascii_digit() {
            look.extend(c.to_lowercase().filter(|c| !c.is_whitespace()));
        } else if !look.ends_with('#') {
            look.push('#');
        }
    }
    look
}

/// The number of a line that is a page number and nothing else: `12`, `- 12 -`, `Page 12 of 30`, `xii`.
fn page_number(text: &str) -> Option<i64> {
    let lower = text
        .trim()
        .trim_matches(|c: char| matches!(c, '-' | '\u{2013}' | '\u{2014}' | '|' | '[' | ']' | ' '))
        .to_lowercase();
    let bare = lower.strip_prefix("page").map_or(lower.as_str(), str::trim);
    let bare = bare.split_once(" of ").map_or(bare, |(number, _)| number);
    let bare = bare.split_once('/').map_or(bare, |(number, _)| number).trim();
    if bare.len() <= 5 && !bare.is_empty() && bare.bytes().all(|b| b.is_ascii_digit()) {
        return bare.parse().ok();
    }
    roman(bare)
}

fn roman(text: &str) -> Option<i64> {
    let value = |c: char| match c {
        'i' => Some(1),
        'v' => Some(5),
        'x' => Some(10),
        'l' => Some(50),
        _ => None,
    };
    let values: Option<Vec<i64>> = text.chars().map(value).collect();
    let values = values.filter(|v| !v.is_empty() && v.len() <= 7)?;
    let next = |index: usize| values.get(index + 1).copied().unwrap_or(0);
    Some(values.iter().enumerate().map(|(i, v)| if *v < next(i) { -v } else { *v }).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_numbers_are_told_from_other_short_lines() {
        assert_eq!(page_number("12"), Some(12));
        assert_eq!(page_number("- 3 -"), Some(3));
        assert_eq!(page_number("Page 4 of 19"), Some(4));
        assert_eq!(page_number("xiv"), Some(14));
        assert_eq!(page_number("Table 1"), None);
        assert_eq!(page_number("2012 search"), None);
    }
}
