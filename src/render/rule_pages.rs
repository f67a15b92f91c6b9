//! The rules as pages in Markdown, for a book: a page a code, a page a family, and a page that lists
//! the families. [`url_of`](crate::report::url_of) leads to the pages that mdBook makes of them.

use std::fmt::Write as _;

use crate::manuscript::Role;
use crate::rule::{ClaimExample, Counts, Demand, Example, OtherFinding, Rule, RuleSet, Severity};
use crate::standard::{Stage, Standard};
use crate::structured::Syntax;

/// What the beginnings of codes stand for that belong to no standard.
const FAMILIES: [(&str, &str); 11] = [
    ("BIB", "Bibliographies and evidence tables"),
    ("CHK", "Checklists that authors filled in"),
    ("CMO", "Single configurations"),
    ("CNT", "Counts"),
    ("LNG", "Wording"),
    ("META", "Reporting standards"),
    ("PRO", "Protocol files, and reports beside them"),
    ("REF", "Labels"),
    ("SUP", "Suppressions"),
    ("THY", "Theory from first to last"),
    ("VAR", "Extensions of context, mechanism and outcome"),
];

/// A page in Markdown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The name of its file, without a folder: `rs09.md`.
    pub file: String,
    /// Its name in a table of contents.
    pub title: String,
    /// How deep it lies below the list of families, which is 0.
    pub depth: usize,
    /// The text.
    pub text: String,
}

/// What a family has in common, and its codes.
struct Family<'a> {
    /// The file without its extension.
    stem: String,
    name: String,
    source: Option<&'a str>,
    members: Vec<Member<'a>>,
}

enum Member<'a> {
    Item(&'a Standard, &'a Rule),
    Other(&'a OtherFinding),
}

impl Member<'_> {
    fn code(&self) -> &str {
        match self {
            Self::Item(_, rule) => &rule.code,
            Self::Other(finding) => &finding.code,
        }
    }

    fn name(&self) -> &str {
        match self {
            Self::Item(_, rule) => &rule.name,
            Self::Other(finding) => &finding.name,
        }
    }

    fn severity(&self) -> Severity {
        match self {
            Self::Item(_, rule) => rule.severity,
            Self::Other(finding) => finding.severity,
        }
    }

    fn about(&self) -> &str {
        match self {
            Self::Item(_, rule) => &rule.ask,
            Self::Other(finding) if finding.explanation.is_empty() => &finding.why,
            Self::Other(finding) => &finding.explanation,
        }
    }
}

/// All pages of the rules, in the order of a table of contents: the list of families first, each family
/// before its codes.
pub fn rule_pages(rules: &RuleSet) -> Vec<Page> {
    let families = families(rules);
    let mut pages =
        vec![Page { file: "README.md".into(), title: "Rules".into(), depth: 0, text: list_of_families(&families) }];
    for family in &families {
        let text = family_page(family);
        pages.push(Page { file: format!("{}.md", family.stem), title: family.name.clone(), depth: 1, text });
        for member in &family.members {
            let text = match member {
                Member::Item(standard, rule) => item_page(rules, standard, rule),
                Member::Other(finding) => finding_page(rules, finding),
            };
            let title = format!("{} {}", member.code(), member.name());
            pages.push(Page { file: file_of(member.code()), title, depth: 2, text });
        }
    }
    pages
}

/// The file of a code's page.
fn file_of(code: &str) -> String {
    format!("{}.md", code.to_lowercase())
}

fn families(rules: &RuleSet) -> Vec<Family<'_>> {
    let mut families: Vec<Family<'_>> = Vec::new();
    for (index, standard) in rules.standards.iter().enumerate() {
        // An item that a pack adds to several standards has one page, with the first of them.
        let earlier = |code: &str| rules.rules[..index].iter().flatten().any(|rule| rule.code == code);
        let own = rules.rules[index].iter().filter(|rule| !earlier(&rule.code));
        families.push(Family {
            stem: standard.id.clone(),
            name: standard.name.clone(),
            source: Some(&standard.source),
            members: own.map(|rule| Member::Item(standard, rule)).collect(),
        });
    }
    let of_standards = families.len();
    for finding in &rules.others {
        let letters = finding.code.trim_end_matches(|c: char| c.is_ascii_digit());
        let stem = letters.to_lowercase();
        let found = families[of_standards..].iter().position(|family| family.stem == stem);
        let at = found.map_or(families.len(), |position| of_standards + position);
        if at == families.len() {
            let name = FAMILIES.iter().find(|(known, _)| *known == letters).map_or(letters, |(_, name)| name);
            families.push(Family { stem, name: name.to_owned(), source: None, members: Vec::new() });
        }
        families[at].members.push(Member::Other(finding));
    }
    for family in &mut families[of_standards..] {
        family.members.sort_by(|a, b| a.code().cmp(b.code()));
    }
    families.retain(|family| !family.members.is_empty());
    families
}

fn list_of_families(families: &[Family<'_>]) -> String {
    let mut text = String::from(
        "# Rules\n\nEvery finding has a code. Codes are stable: one is never given another meaning, and none is used \
         again after a rule has gone. `realint explain RS09` shows at the terminal what the page of a code says, and \
         `realint rules list` lists all of them.\n\n| family | codes | what it is about |\n|---|---|---|\n",
    );
    for family in families {
        let codes = match (family.members.first(), family.members.last()) {
            (Some(first), Some(last)) if first.code() != last.code() => {
                format!("{} to {}", first.code(), last.code())
            }
            (Some(only), _) => only.code().to_owned(),
            (None, _) => String::new(),
        };
        let about = match family.source {
            Some(source) => format!("{} items; {}", family.members.len(), plain(source)),
            None if family.members.len() == 1 => "1 finding beyond the standards".to_owned(),
            None => format!("{} findings beyond the standards", family.members.len()),
        };
        let _ = writeln!(text, "| [{}]({}.md) | {codes} | {about} |", plain(&family.name), family.stem);
    }
    text
}

fn family_page(family: &Family<'_>) -> String {
    let mut text = format!("# {}\n\n", plain(&family.name));
    if let Some(source) = family.source {
        let _ = writeln!(text, "Source: {}.\n", plain(source));
    }
    text.push_str("| code | severity | name | what it is about |\n|---|---|---|---|\n");
    for member in &family.members {
        let (code, severity) = (member.code(), member.severity().name());
        let (file, name, about) = (file_of(code), plain(member.name()), plain(member.about()));
        let _ = writeln!(text, "| [{code}]({file}) | {severity} | {name} | {about} |");
    }
    text
}

fn item_page(rules: &RuleSet, standard: &Standard, rule: &Rule) -> String {
    let mut text = format!("# {}: {}\n\n", rule.code, plain(&rule.name));
    let added = rule.pack.as_deref().and_then(|id| rules.packs.iter().find(|pack| pack.id == id));
    match added {
        Some(pack) if standard.pack != rule.pack => {
            let _ = writeln!(text, "Added to {} by the pack {}.\n", plain(&standard.name), plain(&pack.name));
            let _ = writeln!(text, "Severity: **{}**. Source: {}.\n", rule.severity.name(), plain(&pack.source));
        }
        _ => {
            let _ = writeln!(text, "Item {} of [{}]({}.md).\n", rule.item, plain(&standard.name), standard.id);
            let _ = writeln!(text, "Severity: **{}**. Source: {}.\n", rule.severity.name(), plain(&standard.source));
        }
    }
    section(&mut text, "What it asks", &rule.ask);
    section(&mut text, "Why", &rule.why);
    section(&mut text, "What to do", &sentence(&rule.help));
    text.push_str("## Parts\n\nThe item is *reported* when all its required parts are found, and *partial* when some of them are.\n\n");
    text.push_str("| part | counts | what it means that it is there |\n|---|---|---|\n");
    for wanted in &rule.parts {
        let part = rules.part(wanted.part);
        let mut counts = match wanted.counts {
            Counts::Required => "required",
            Counts::Alternative => "one of these is required",
            Counts::Partial => "alone: partial",
        }
        .to_owned();
        if !wanted.stages.is_empty() {
            let stages: Vec<&str> = wanted.stages.iter().map(|stage| stage.name()).collect();
            let _ = write!(counts, ", {} only", stages.join(" and "));
        }
        let _ = writeln!(text, "| {} | {counts} | {} |", plain(&part.name), plain(&part.means));
    }
    let home: Vec<&str> = rule.home.iter().map(|role| role.name()).collect();
    let _ = writeln!(text, "\nIt is looked for in every part of the paper; it belongs in: {}.\n", home.join(", "));
    text.push_str("## When it is asked\n\n| stage | |\n|---|---|\n");
    for stage in Stage::ALL {
        let demand = match rule.stages.get(&stage).copied().unwrap_or(Demand::Required) {
            Demand::Required => "required",
            Demand::Planned => "what is planned counts",
            Demand::NotApplicable => "not applicable",
        };
        let _ = writeln!(text, "| {} | {demand} |", stage.name());
    }
    text.push('\n');
    for (heading, intro, of_parts, examples) in [
        ("Sentences that satisfy it", "", "parts", &rule.satisfied),
        (
            "Sentences that don't",
            "They sound like the item, and are about somebody else's study, about the programme, or lack a part.",
            "not found in it",
            &rule.unsatisfied,
        ),
    ] {
        if examples.is_empty() {
            continue;
        }
        let _ = writeln!(text, "## {heading}\n");
        if !intro.is_empty() {
            let _ = writeln!(text, "{intro}\n");
        }
        for example in examples {
            item_example(rules, rule, example, of_parts, &mut text);
        }
    }
    text.push_str("## If it is right to leave it out\n\n");
    let code = &rule.code;
    let _ = writeln!(
        text,
        "An item that doesn't apply is declared so, with the reason, in the manuscript or in `realint.toml`:\n\n```markdown\n<!-- realint-not-applicable {code}: why -->\n```\n\n```toml\n[not-applicable]\n{code} = \"why\"\n```"
    );
    text
}

/// An example of an item, with what it is an example of where that isn't the whole item.
fn item_example(rules: &RuleSet, rule: &Rule, example: &Example, of_parts: &str, text: &mut String) {
    shown(&example.text, "text", text);
    let mut about: Vec<String> = Vec::new();
    if let Some(verdict) = example.verdict {
        about.push(format!("the item is then {}", verdict.name().replace('-', " ")));
    }
    if !example.parts.is_empty() && example.parts.len() < rule.parts.len() {
        let names: Vec<String> = example.parts.iter().map(|id| plain(&rules.part(*id).name)).collect();
        about.push(format!("{of_parts}: {}", names.join(", ")));
    }
    if example.stage != Stage::Report {
        about.push(format!("in {}", example.stage.described()));
    }
    if !rule.home.contains(&example.place) {
        about.push(format!("in the {}", example.place.name()));
    }
    if !about.is_empty() {
        let _ = writeln!(text, "*({})*\n", about.join("; "));
    }
}

fn finding_page(rules: &RuleSet, finding: &OtherFinding) -> String {
    let mut text = format!("# {}: {}\n\n", finding.code, plain(&finding.name));
    let _ = write!(text, "Severity: **{}**.", finding.severity.name());
    if finding.pedantic {
        text.push_str(" A matter of taste or a weak sign: looked for with `--pedantic` only.");
    }
    if !finding.standards.is_empty() {
        let names =
            finding.standards.iter().map(|id| rules.standard(id).map_or(id.as_str(), |(s, _)| s.short.as_str()));
        let _ = write!(text, " Looked for under: {}.", plain(&names.collect::<Vec<_>>().join(", ")));
    }
    if !finding.stages.is_empty() {
        let stages: Vec<&str> = finding.stages.iter().map(|stage| stage.name()).collect();
        let _ = write!(text, " At these stages: {}.", stages.join(", "));
    }
    if !finding.kinds.is_empty() {
        let names =
            finding.kinds.iter().map(|id| rules.protocols.kind(id).map_or(id.as_str(), |kind| kind.name.as_str()));
        let _ = write!(text, " For these kinds of work: {}.", plain(&names.collect::<Vec<_>>().join(", ")));
    }
    text.push_str("\n\n");
    if !finding.items.is_empty() {
        let link = |code: &String| match rules.rule(code) {
            Some(rule) => format!("[{}]({})", rule.code, file_of(&rule.code)),
            None => plain(code),
        };
        let items: Vec<String> = finding.items.iter().map(link).collect();
        let _ = writeln!(text, "The fields answer these items: {}.\n", items.join(", "));
    }
    if !finding.explanation.is_empty() {
        section(&mut text, "What is looked at", &finding.explanation);
    }
    section(&mut text, "Why", &finding.why);
    section(&mut text, "What to do", &sentence(&finding.help));
    for (heading, examples) in [("Found in", &finding.fires), ("Not found in", &finding.silent)] {
        if !examples.is_empty() {
            let _ = writeln!(text, "## {heading}\n");
        }
        for example in examples {
            claim_example(finding, example, &mut text);
        }
    }
    if !finding.code.starts_with("SUP") && !finding.code.starts_with("CHK") {
        let code = &finding.code;
        let of_files = finding.check.is_some_and(|check| check.is_of_protocols() || check.is_of_projects());
        let where_comments = if of_files { ", in files that have comments" } else { "" };
        let comment = if finding.code.starts_with("BIB") {
            format!("```bibtex\n% realint-ignore {code}: why\n```")
        } else if of_files {
            format!("```toml\n# realint-ignore {code}: why\n```")
        } else {
            format!("```markdown\n<!-- realint-ignore {code}: why -->\n```")
        };
        let _ = writeln!(
            text,
            "## If it is wrong here\n\nA comment before the place silences the finding there{where_comments}, and `realint.toml` silences it in all files or in some; both want the reason:\n\n{comment}\n\n```toml\n[[suppress]]\ncode = \"{code}\"\nreason = \"why\"\n```"
        );
    }
    text
}

fn claim_example(finding: &OtherFinding, example: &ClaimExample, text: &mut String) {
    let of_protocols = finding.check.is_some_and(crate::rule::Check::is_of_protocols);
    if of_protocols {
        fenced(&example.text, named(example.syntax), text);
        return;
    }
    let of_projects = finding.check.is_some_and(crate::rule::Check::is_of_projects);
    if !example.text.trim().is_empty() {
        // Beside other files the manuscript is one too.
        let manuscript = if of_projects { fenced } else { shown };
        manuscript(&example.text, "markdown", text);
    }
    for (name, language, file) in [
        ("protocol", "toml", example.protocol.as_deref()),
        ("bibliography", language_of_bibliography(example.bibliography.as_deref()), example.bibliography.as_deref()),
        ("evidence table", "csv", example.evidence.as_deref()),
    ] {
        if let Some(file) = file {
            let _ = writeln!(text, "with this {name}:\n");
            fenced(file, language, text);
        }
    }
    for (key, source) in &example.texts {
        let _ = writeln!(text, "with this text of the source `{key}`:\n");
        fenced(source, "text", text);
    }
    let mut about = Vec::new();
    if example.stage != Stage::Report {
        about.push(format!("in {}", example.stage.described()));
    }
    if !of_projects && example.place != Role::Results && !example.text.contains("# ") {
        about.push(format!("in the {}", example.place.name()));
    }
    if !about.is_empty() {
        let _ = writeln!(text, "*({})*\n", about.join("; "));
    }
    if of_projects {
        text.push_str("* * *\n\n");
    }
}

fn named(syntax: Syntax) -> &'static str {
    match syntax {
        Syntax::Toml => "toml",
        Syntax::Yaml => "yaml",
        Syntax::Json => "json",
        Syntax::Csv => "csv",
    }
}

/// By its first sign: BibTeX has entries with @, CSL is JSON or YAML, RIS has tags.
fn language_of_bibliography(file: Option<&str>) -> &'static str {
    match file.and_then(|file| file.trim_start().chars().next()) {
        Some('@' | '%') => "bibtex",
        Some('[' | '{') => "json",
        _ => "text",
    }
}

fn section(text: &mut String, heading: &str, body: &str) {
    let _ = writeln!(text, "## {heading}\n\n{}\n", plain(body));
}

/// What is written to go on after a colon, as a sentence of its own.
fn sentence(text: &str) -> String {
    let mut characters = text.trim().chars();
    let first = characters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    let mut whole = first + characters.as_str();
    if !whole.ends_with(['.', '!', '?']) {
        whole.push('.');
    }
    whole
}

/// An example: a paragraph as a quotation, anything with a form of its own as it was written.
fn shown(example: &str, language: &str, text: &mut String) {
    let example = example.trim();
    let formed = example.contains("\n\n")
        || example.lines().any(|line| line.starts_with(['|', '#', '-', '*', '>', ':', '<', '+', '`']));
    if formed {
        fenced(example, language, text);
    } else {
        let _ = writeln!(text, "> {}\n", plain(example));
    }
}

fn fenced(example: &str, language: &str, text: &mut String) {
    let longest = example.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat((longest + 1).max(3));
    let _ = writeln!(text, "{fence}{language}\n{}\n{fence}\n", example.trim_end());
}

/// A text in one line, with the marks of Markdown and HTML taken as they are; text between backticks
/// stays code.
fn plain(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let balanced = text.matches('`').count().is_multiple_of(2);
    let mut shown = String::with_capacity(text.len());
    let mut code = false;
    for character in text.chars() {
        match character {
            '`' if balanced => code = !code,
            // A row of a table is parted before its code is read.
            '|' => shown.push('\\'),
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '~' | '$' if !code => shown.push('\\'),
            _ => {}
        }
        shown.push(character);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_show_as_they_are() {
        assert_eq!(plain("a [4] *b*\n <i> `x_y`"), "a \\[4\\] \\*b\\* \\<i\\> `x_y`");
        assert_eq!(plain("one ` alone"), "one \\` alone");
        assert_eq!(sentence("say why"), "Say why.");
    }

    #[test]
    fn fences_are_longer_than_what_they_hold() {
        let mut text = String::new();
        fenced("```r\n1\n```", "markdown", &mut text);
        assert!(text.starts_with("````markdown\n```r") && text.ends_with("\n````\n\n"), "{text}");
    }
}
