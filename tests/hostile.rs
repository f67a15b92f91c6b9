//! Input made to break readers: each is read in time that grows with its length, without a panic.

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use realint::check::{Settings, check};
use realint::manuscript::{Format, Manuscript};
use realint::read::{self, NoLibrary};
use realint::rule::load;

/// Each text is about this long, or as long as `HOSTILE_BYTES` says.
const BYTES: usize = 64_000;
/// A text four times as long may take so many times as long. Quadratic time would take 16 times.
const MOST_GROWTH: f64 = 8.0;
/// Below this, times say nothing of growth.
const TOO_SHORT: Duration = Duration::from_millis(60);

fn repeated(unit: &str, bytes: usize) -> String {
    unit.repeat(bytes / unit.len().max(1) + 1)
}

/// Texts of about `bytes` bytes, each with a name.
fn nasty(bytes: usize) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = Vec::new();
    let units = [
        "<!--",
        "<!-- a",
        "-->",
        "<!---->",
        "<!-- -->",
        "<!--a-->b",
        "a <!-- b\nc -->",
        "{{<",
        "{{< a >}}",
        "{{< include x >}}",
        ">}}",
        "^[",
        "^[a]",
        "^[a ",
        "]",
        "[",
        "[[",
        "[]",
        "[a](",
        "[a]: b\n",
        "[a]{",
        "[a]{.b}",
        "){",
        "){}",
        "]{",
        "]{}",
        "{",
        "}",
        "{#",
        "{#a}",
        "{#a}\n",
        "`",
        "`a",
        "``a`",
        "a`\n",
        "```\n",
        "```",
        "~~~\n",
        "~",
        ":::\n",
        "::: note\n",
        "::: a\nb\n:::\n\n",
        "::: note\nb\n:::\n\n",
        ":::",
        "> ",
        ">",
        "> a\n\n",
        "- ",
        "- a\n",
        "* - + ",
        "1. ",
        "1. a\n",
        " - a\n",
        "*",
        "**",
        "***a",
        "*a ",
        "**a ",
        "**a*",
        "_",
        "__a",
        "*a_ ",
        "a**b",
        "<",
        "<a",
        "<a ",
        "<a>",
        "</a>",
        "<p>",
        "<td>",
        "<tr><td>",
        "<table>",
        "<script>",
        "<sup>1",
        "<b>",
        "<b>a",
        "&",
        "&amp;",
        "&#",
        "&amp",
        "|",
        "||",
        "| a ",
        "|-",
        "| a | b |\n",
        "|a|\n|-|\n",
        "+---+\n",
        "+---+\n| a |\n",
        "+",
        "^",
        "^1^",
        "^a^",
        "a^1",
        "$",
        "$a",
        "$$",
        "$a$",
        "\\",
        "\\\\",
        "\\[",
        "\n",
        "\r",
        "\r\n",
        "\u{c}",
        " ",
        "\t",
        "    ",
        " a",
        "\ta",
        "a  \n",
        "a",
        "A",
        "é",
        "\u{201c}",
        "\u{fb01}",
        "\u{200b}",
        "\u{ad}",
        "e\u{301}",
        "中",
        "中。",
        "\u{1f469}\u{200d}",
        "\0",
        "\u{1}a",
        ".",
        "a.",
        "a. ",
        "A. ",
        "A.A",
        ". ",
        "?a",
        "et al. ",
        "e.g. ",
        "\" ",
        "',",
        "[1]",
        "[1",
        "[1,",
        "(",
        "(2019",
        "(2019)",
        "A (2019) ",
        "(A, 2019; ",
        "@",
        "@a",
        "@a;",
        "[@a",
        "[@a; @b] ",
        "@fig-a",
        "[^a]",
        "[^a]: b\n\n",
        "[^a]: ",
        "![",
        "![a](b)",
        "![a](b){",
        "# ",
        "# a\n",
        "# 1 ",
        "#",
        "1 ",
        "a\n===\n",
        "a\n---\n",
        "---\n",
        "---",
        "***\n",
        "=\n",
        "a: b\n",
        "**a**\n\n",
        "**a:** b\n\n",
        "Table 1. A\n\n",
        ": a\n\n",
        "Aim",
        ".Aim",
        ".AimA",
        "Methods\n",
        "METHODS\n",
        "METHODS\na\n\n",
        "1. A\n",
        "2.1 A\n",
        "- a\n\n",
        "• a\n",
        "(1) a\n",
        "a\tb\n",
        "a   b\n",
        "a  b\n",
        "12\n",
        "a-\n",
        "a-\nb\n",
        "Author(s):\n",
        "Author(s):\na\n\n",
        "TY  - a\n",
        "PMID- 1\n",
        "TI  - a\n",
        "AB  - a\n   a\n",
        "{\"a\":1}\n",
        "[{",
        "Context: a\n",
        "Page 1 of Aaaaaaaaaaa\n",
        "Keywords: a\n",
        "ABCD\n",
        "A b c d e.\n\n",
        "http://a.b/c ",
        "#| fig-cap: a\n",
        "%%| fig-cap: |\n",
        "<div>",
        "</div>",
        "<div class=abstract>",
        "<p class=x>a",
        "<span>a",
        "<li>a",
        "<ul><li>a</ul>",
        "<dl><dd>",
        "<h1>a",
        "<h2>a</h2>",
        "<section>",
        "<aside>a",
        "<q>",
        "<br>",
        "<sup>1</sup>,",
        "<a href=#ref1>1</a>",
        "<a href=#ref1>1</a>a ",
        "<i></i>",
        "<figure><img alt='a b c d'>",
        "<![if !supportLists]>",
        "<![endif]>",
        "<table><tr><td>a<td>b</table>",
        "<tr><td rowspan=9 colspan=9>",
    ];
    for unit in units {
        let name: String = unit.chars().map(|c| if c.is_control() { '␤' } else { c }).collect();
        all.push((name.clone(), repeated(unit, bytes)));
        all.push((format!("{name} in a paragraph"), format!("a {} b", repeated(unit, bytes))));
    }
    let nested = |open: &str, close: &str| {
        let depth = bytes / (open.len() + close.len()).max(1);
        format!("{}x{}", open.repeat(depth), close.repeat(depth))
    };
    for (open, close) in [
        ("[", "]"),
        ("^[", "]"),
        ("(", ")"),
        ("**a ", " b**"),
        ("*", "*"),
        ("<div>", "</div>"),
        ("![", "](a)"),
        ("[", "](a)"),
        ("<b>", "</b>"),
        ("{", "}"),
        ("`", "`"),
        ("\"", "\""),
    ] {
        all.push((format!("nested {open}{close}"), nested(open, close)));
    }
    let depth = 10_000.min(bytes / 4);
    all.push(("nested quotations".into(), format!("{}x\n", "> ".repeat(depth))));
    all.push((
        "quotations, nested ever deeper".into(),
        (0..600).fold(String::new(), |text, n| text + &">".repeat(n) + " a\n"),
    ));
    let mut lists = String::new();
    for n in 0..(bytes as f64 * 2.0).sqrt() as usize / 2 {
        let _ = writeln!(lists, "{}- a", "  ".repeat(n));
    }
    all.push(("lists, nested ever deeper".into(), lists));
    let mut fences = String::new();
    for n in 3..(bytes as f64 * 2.0).sqrt() as usize {
        fences.push_str(&"`".repeat(n));
        fences.push('\n');
    }
    all.push(("fences, ever longer".into(), fences));
    let mut ticks = String::new();
    for n in 1..(bytes as f64 * 2.0).sqrt() as usize {
        ticks.push_str(&"`".repeat(n));
        ticks.push('a');
    }
    all.push(("code spans, ever longer".into(), ticks));
    all.push(("front matter".into(), format!("---\ntitle: a\nb: |\n{}---\n", repeated("  c\n", bytes))));
    all.push(("front matter of brackets".into(), format!("---\na: {}\n---\n", "[".repeat(bytes.min(100_000)))));
    all.push(("front matter of aliases".into(), {
        let mut yaml = "---\na0: &a0 [x]\n".to_owned();
        for n in 1..200 {
            let _ = writeln!(yaml, "a{n}: &a{n} [{}]", format!("*a{}, ", n - 1).repeat(9).trim_end_matches(", "));
        }
        yaml + "title: A\n---\n"
    }));
    all.push(("abstract".into(), format!("---\nabstract: |\n{}---\n", repeated("      - c\n", bytes.min(200_000)))));
    all.push(("heads".into(), {
        let page = "Aaaa bbbb cccc dddd eeee ffff gggg hhhh iiii jjjj kkkk llll\n".repeat(12) + "Journal of Examples\n";
        repeated(&page, bytes)
    }));
    let wrapped = "Aaaa bbbb cccc dddd eeee ffff gggg hhhh iiii jjjj kkkk ll-\n";
    all.push(("divided words".into(), repeated(wrapped, bytes)));
    all.push((
        "wide table".into(),
        format!("|{}\n|{}\n|{}\n", repeated("a|", bytes / 3), repeated("-|", bytes / 3), repeated("b|", bytes / 3)),
    ));
    all.push((
        "wide grid".into(),
        format!("+{}\n|{}\n+{}\n", repeated("-+", bytes / 3), repeated("a|", bytes / 3), repeated("-+", bytes / 3)),
    ));
    all.push(("tall grid".into(), format!("+---+\n{}+---+\n", repeated("| a |\n", bytes))));
    all.push((
        "references".into(),
        format!("{}\n\n{}", repeated("[a][b]", bytes / 2), repeated("[b]: c\n", bytes / 2)),
    ));
    all.push((
        "footnotes".into(),
        (0..bytes / 20).fold(String::new(), |text, n| text + &format!("a[^{n}]\n\n[^{n}]: b\n\n")),
    ));
    all
}

fn time(text: &str, format: Format, names: &realint::manuscript::SectionNames) -> Duration {
    let start = Instant::now();
    if let Ok(drafts) = read::read(Path::new("a"), text.as_bytes(), Some(format), &NoLibrary, names) {
        for draft in drafts {
            std::hint::black_box(Manuscript::new(draft, names));
        }
    }
    start.elapsed()
}

#[test]
fn nasty_texts_are_read_in_time_that_grows_with_their_length() {
    let names = load::shipped().expect("the shipped rules").section_names;
    let bytes = std::env::var("HOSTILE_BYTES").ok().and_then(|b| b.parse().ok()).unwrap_or(BYTES);
    let mut slow = Vec::new();
    for ((name, short), (_, long)) in nasty(bytes / 4).into_iter().zip(nasty(bytes)) {
        for format in [Format::Markdown, Format::Text, Format::Html, Format::Latex] {
            let first = time(&long, format, &names);
            if first < TOO_SHORT {
                continue;
            }
            let growth = long.len() as f64 / short.len() as f64 / 4.0;
            // A busy machine slows one of the two down: the best of three counts.
            let (mut short_time, mut long_time) = (time(&short, format, &names), first);
            let too_much =
                |short: Duration, long: Duration| long.as_secs_f64() > short.as_secs_f64() * MOST_GROWTH * growth;
            for _ in 0..2 {
                if too_much(short_time, long_time) {
                    short_time = short_time.max(time(&short, format, &names));
                    long_time = long_time.min(time(&long, format, &names));
                }
            }
            if too_much(short_time, long_time) {
                slow.push(format!(
                    "{name} as {format:?}: {short_time:?} for {} bytes, {long_time:?} for {}",
                    short.len(),
                    long.len()
                ));
            }
        }
    }
    assert!(slow.is_empty(), "{}", slow.join("\n"));
}

/// Sentences and configurations that never end: what comes after reading grows with the text, too.
#[test]
fn nasty_texts_are_checked_in_time_that_grows_with_their_length() {
    let rules = load::shipped().expect("the shipped rules");
    let settings = Settings { standard: Some("rameses-synthesis".into()), ..Settings::default() };
    let seconds = |text: &str| {
        let start = Instant::now();
        let reports = check(Path::new("a.md"), text.as_bytes(), Some(Format::Markdown), &NoLibrary, &rules, &settings);
        assert_eq!(reports.map(|r| r.len()).ok(), Some(1), "it is text, however nasty");
        start.elapsed().as_secs_f64()
    };
    let mut slow = Vec::new();
    for unit in [
        "140 documents ",
        "A (2019) ",
        "we searched ",
        "realist review of documents we appraised ",
        "a\n\n",
        "Aim: a. ",
    ] {
        let (short, long) = (repeated(unit, BYTES / 2), repeated(unit, BYTES * 2));
        let times: Vec<(f64, f64)> = (0..3).map(|_| (seconds(&short), seconds(&long))).take(3).collect();
        let best =
            times.iter().map(|(short, long)| long / short.max(TOO_SHORT.as_secs_f64() / 4.0)).fold(f64::MAX, f64::min);
        if best > MOST_GROWTH {
            slow.push(format!("{unit:?}: {best:.1} times as long for four times the text"));
        }
    }
    assert!(slow.is_empty(), "{}", slow.join("\n"));
}
