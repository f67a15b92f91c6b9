//! Learned weights as one table, made when realint is built (by `build.rs`, which shares this file)
//! or when a rule folder is loaded. A look-up reads the table as it lies; nothing is parsed at start.
//!
//! Layout, little-endian: number of slots (a power of two) and of entries, `u32` each; the slots,
//! each the hash of a feature (`u64`), its first entry and how many (`u32` each); the entries, each
//! a part (`u16`) and a weight in thousandths (`i16`).

use std::ops::Range;

/// FNV-1a, 64 bits: short, well known, the same everywhere and for ever.
pub(crate) fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(FNV_PRIME))
}

/// The multiplier of FNV-1a, for carrying a hash on.
pub(crate) const FNV_PRIME: u64 = 0x0100_0000_01b3;

const HEAD: usize = 8;
const SLOT: usize = 16;
const ENTRY: usize = 4;

/// The lines of a weight file: feature and weight in thousandths.
pub(crate) fn lines(file: &str) -> impl Iterator<Item = (&str, i32)> {
    file.lines().filter(|l| !l.starts_with('#')).filter_map(|line| {
        let (name, weight) = line.split_once('\t')?;
        Some((name, weight.parse().ok()?))
    })
}

/// Packs weight files, the first for part 0 and so on. Gives the biases and the table.
pub(crate) fn pack<'a>(files: impl Iterator<Item = Option<&'a str>>) -> (Vec<Option<i32>>, Vec<u8>) {
    pack_weights(files.map(|file| file.into_iter().flat_map(lines).collect()))
}

/// Packs features and their weights, those of part 0 first.
fn pack_weights<'a>(parts: impl Iterator<Item = Vec<(&'a str, i32)>>) -> (Vec<Option<i32>>, Vec<u8>) {
    let mut biases = Vec::new();
    let mut weights: Vec<(u64, u16, i16)> = Vec::new();
    for (part, features) in parts.enumerate() {
        let mut bias = None;
        for (name, weight) in features {
            // The first is the bias; after it, it's the word.
            if name == "bias" && bias.is_none() {
                bias = Some(weight);
            } else {
                let weight = i16::try_from(weight).unwrap_or(if weight < 0 { i16::MIN } else { i16::MAX });
                weights.push((fnv1a(name.as_bytes()), part as u16, weight));
            }
        }
        biases.push(bias);
    }
    weights.sort_unstable();
    let mut features: Vec<(u64, u32, u32)> = Vec::new();
    for (index, (hash, _, _)) in weights.iter().enumerate() {
        match features.last_mut() {
            Some(last) if last.0 == *hash => last.2 += 1,
            _ => features.push((*hash, index as u32, 1)),
        }
    }
    let slots = (features.len() * 2).next_power_of_two().max(8);
    let mut table = vec![(0_u64, 0_u32, 0_u32); slots];
    for feature in features {
        let mut at = feature.0 as usize & (slots - 1);
        while table[at].2 > 0 {
            at = (at + 1) & (slots - 1);
        }
        table[at] = feature;
    }
    let mut bytes = Vec::with_capacity(HEAD + slots * SLOT + weights.len() * ENTRY);
    bytes.extend((slots as u32).to_le_bytes());
    bytes.extend((weights.len() as u32).to_le_bytes());
    for (hash, start, count) in table {
        bytes.extend(hash.to_le_bytes());
        bytes.extend(start.to_le_bytes());
        bytes.extend(count.to_le_bytes());
    }
    for (_, part, weight) in weights {
        bytes.extend(part.to_le_bytes());
        bytes.extend(weight.to_le_bytes());
    }
    (biases, bytes)
}

/// Packs `learned/places.tsv`, lines of place, feature and weight: gives a line for each place, its name
/// and its bias, and the table.
pub(crate) fn pack_places(file: &str) -> (String, Vec<u8>) {
    let mut places: Vec<(&str, Vec<(&str, i32)>)> = Vec::new();
    for line in file.lines().filter(|l| !l.starts_with('#')) {
        let Some((place, feature)) = line.split_once('\t') else { continue };
        let Some((name, weight)) = feature.split_once('\t') else { continue };
        let Ok(weight) = weight.parse() else { continue };
        match places.iter_mut().find(|(known, _)| *known == place) {
            Some((_, features)) => features.push((name, weight)),
            None => places.push((place, vec![(name, weight)])),
        }
    }
    let names: Vec<&str> = places.iter().map(|(name, _)| *name).collect();
    let (biases, table) = pack_weights(places.into_iter().map(|(_, features)| features));
    let heads = names.iter().zip(biases);
    let heads: Vec<String> = heads.map(|(name, bias)| format!("{name}\t{}", bias.unwrap_or(0))).collect();
    (heads.join("\n"), table)
}

/// Where the entries of a feature lie among those of a table, in bytes.
#[allow(dead_code, reason = "the build script packs and never looks up")]
pub(crate) fn place_of(table: &[u8], feature: u64) -> Range<usize> {
    let number = |at: usize| table.get(at..at + 4).map_or(0, |b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]));
    let slots = number(0) as usize;
    if slots > 0 {
        let mut at = feature as usize & (slots - 1);
        loop {
            let slot = HEAD + at * SLOT;
            let count = number(slot + 12) as usize;
            if count == 0 {
                break;
            }
            let hash = u64::from(number(slot)) | u64::from(number(slot + 4)) << 32;
            if hash == feature {
                let start = HEAD + slots * SLOT + number(slot + 8) as usize * ENTRY;
                return start..start + count * ENTRY;
            }
            at = (at + 1) & (slots - 1);
        }
    }
    0..0
}

/// The entries at a place: parts and their weights in thousandths.
#[allow(dead_code, reason = "the build script packs and never looks up")]
pub(crate) fn weights_at(table: &[u8], place: Range<usize>) -> impl ExactSizeIterator<Item = (u16, i16)> {
    let entries: &[[u8; ENTRY]] = table.get(place).unwrap_or_default().as_chunks().0;
    entries.iter().map(|e| (u16::from_le_bytes([e[0], e[1]]), i16::from_le_bytes([e[2], e[3]])))
}

/// The parts that weigh a feature, and their weights in thousandths.
#[allow(dead_code, reason = "the build script packs and never looks up")]
pub(crate) fn weights_of(table: &[u8], feature: u64) -> impl Iterator<Item = (u16, i16)> {
    weights_at(table, place_of(table, feature))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_packed_is_found_again() {
        let first = "# a comment\nbias\t-120\nw:trust\t400\nb:we ask\t-31\n";
        let second = "w:trust\t-7\n";
        let (biases, table) = pack([Some(first), None, Some(second)].into_iter());
        assert_eq!(biases, [Some(-120), None, None]);
        let of = |name: &str| weights_of(&table, fnv1a(name.as_bytes())).collect::<Vec<_>>();
        assert_eq!(of("w:trust"), [(0, 400), (2, -7)]);
        assert_eq!(of("b:we ask"), [(0, -31)]);
        assert_eq!(of("w:nothing"), []);
    }
}
