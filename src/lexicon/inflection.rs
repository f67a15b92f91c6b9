//! English inflection of the verbs and nouns of a lexicon. Wrong extra forms do no harm, since
//! no text has them; a missing form does.

/// Past tense and participle of irregular verbs that lexicons use.
const IRREGULAR: &[(&str, &[&str])] = &[
    ("be", &["is", "are", "was", "were", "been", "being"]),
    ("bear", &["bore", "borne"]),
    ("become", &["became"]),
    ("begin", &["began", "begun", "beginning"]),
    ("break", &["broke", "broken"]),
    ("bring", &["brought"]),
    ("build", &["built"]),
    ("buy", &["bought"]),
    ("catch", &["caught"]),
    ("choose", &["chose", "chosen"]),
    ("come", &["came"]),
    ("cut", &["cut", "cutting"]),
    ("do", &["does", "did", "done"]),
    ("draw", &["drew", "drawn"]),
    ("fall", &["fell", "fallen"]),
    ("feed", &["fed"]),
    ("feel", &["felt"]),
    ("find", &["found"]),
    ("forgo", &["forwent", "forgone"]),
    ("get", &["got", "getting", "gotten"]),
    ("give", &["gave", "given"]),
    ("go", &["goes", "went", "gone"]),
    ("grow", &["grew", "grown"]),
    ("have", &["has", "had"]),
    ("hold", &["held"]),
    ("keep", &["kept"]),
    ("know", &["knew", "known"]),
    ("lay", &["laid"]),
    ("lead", &["led"]),
    ("leave", &["left"]),
    ("let", &["let", "letting"]),
    ("lie", &["lay", "lain", "lying"]),
    ("make", &["made"]),
    ("mean", &["meant"]),
    ("meet", &["met"]),
    ("pay", &["paid"]),
    ("put", &["put", "putting"]),
    ("read", &["read"]),
    ("rise", &["rose", "risen"]),
    ("run", &["ran", "running"]),
    ("say", &["said"]),
    ("see", &["saw", "seen"]),
    ("seek", &["sought"]),
    ("sell", &["sold"]),
    ("send", &["sent"]),
    ("set", &["set", "setting"]),
    ("show", &["shown"]),
    ("sit", &["sat", "sitting"]),
    ("speak", &["spoke", "spoken"]),
    ("spend", &["spent"]),
    ("split", &["split", "splitting"]),
    ("spread", &["spread"]),
    ("stand", &["stood"]),
    ("stick", &["stuck"]),
    ("swear", &["swore", "sworn"]),
    ("take", &["took", "taken"]),
    ("teach", &["taught"]),
    ("tell", &["told"]),
    ("think", &["thought"]),
    ("throw", &["threw", "thrown"]),
    ("understand", &["understood"]),
    ("undertake", &["undertook", "undertaken"]),
    ("win", &["won", "winning"]),
    ("withdraw", &["withdrew", "withdrawn"]),
    ("write", &["wrote", "written"]),
];

/// All forms of a verb; of a phrase (`weigh up`) the first word is inflected.
pub(crate) fn verb_forms(verb: &str) -> Vec<String> {
    let (head, rest) = verb.split_once(' ').map_or((verb, String::new()), |(h, r)| (h, format!(" {r}")));
    let mut forms = vec![head.to_owned(), with_s(head)];
    forms.extend(with_ed(head));
    forms.extend(with_ing(head));
    if let Some((_, irregular)) = IRREGULAR.iter().find(|(base, _)| *base == head) {
        forms.extend(irregular.iter().map(|f| (*f).to_owned()));
    }
    forms.sort();
    forms.dedup();
    forms.into_iter().map(|form| form + &rest).collect()
}

/// Singular and plural of a noun; of a phrase the last word is inflected.
pub(crate) fn noun_forms(noun: &str) -> Vec<String> {
    let (rest, head) = noun.rsplit_once(' ').map_or((String::new(), noun), |(r, h)| (format!("{r} "), h));
    vec![format!("{rest}{head}"), format!("{rest}{}", with_s(head))]
}

fn is_vowel(c: char) -> bool {
    matches!(c, 'a' | 'e' | 'i' | 'o' | 'u')
}

fn ends_consonant_y(word: &str) -> bool {
    let mut back = word.chars().rev();
    back.next() == Some('y') && back.next().is_some_and(|c| !is_vowel(c))
}

/// `plan`, `refer`: consonant, vowel, consonant at the end.
fn ends_cvc(word: &str) -> bool {
    let back: Vec<char> = word.chars().rev().take(3).collect();
    back.len() == 3
        && !is_vowel(back[0])
        && !matches!(back[0], 'w' | 'x' | 'y')
        && is_vowel(back[1])
        && !is_vowel(back[2])
}

fn with_s(word: &str) -> String {
    if ends_consonant_y(word) {
        format!("{}ies", &word[..word.len() - 1])
    } else if ["s", "x", "z", "ch", "sh"].iter().any(|end| word.ends_with(end)) {
        format!("{word}es")
    } else {
        format!("{word}s")
    }
}

fn with_ed(word: &str) -> Vec<String> {
    if word.ends_with('e') {
        return vec![format!("{word}d")];
    }
    if ends_consonant_y(word) {
        return vec![format!("{}ied", &word[..word.len() - 1])];
    }
    let mut forms = vec![format!("{word}ed")];
    if ends_cvc(word) {
        let last = &word[word.len() - 1..];
        forms.push(format!("{word}{last}ed"));
    }
    forms
}

fn with_ing(word: &str) -> Vec<String> {
    if let Some(stem) = word.strip_suffix("ie") {
        return vec![format!("{stem}ying")];
    }
    if word.ends_with('e') && !word.ends_with("ee") && word.len() > 2 {
        return vec![format!("{}ing", &word[..word.len() - 1])];
    }
    let mut forms = vec![format!("{word}ing")];
    if ends_cvc(word) {
        let last = &word[word.len() - 1..];
        forms.push(format!("{word}{last}ing"));
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbs_take_their_regular_and_irregular_forms() {
        for (verb, form) in [
            ("judge", "judging"),
            ("appraise", "appraised"),
            ("weigh up", "weighed up"),
            ("seek", "sought"),
            ("plan", "planned"),
            ("identify", "identifies"),
            ("search", "searches"),
            ("lie", "lying"),
            ("agree", "agreeing"),
        ] {
            assert!(verb_forms(verb).iter().any(|f| f == form), "{verb} lacks {form}: {:?}", verb_forms(verb));
        }
    }

    #[test]
    fn nouns_take_their_plural() {
        assert_eq!(noun_forms("data source"), ["data source", "data sources"]);
        assert_eq!(noun_forms("query")[1], "queries");
    }
}
