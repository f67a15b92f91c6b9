//! The manuscript's text with marks where something was found, and the cards of the findings after the
//! blocks that they are about.

use std::borrow::Cow;
use std::ops::Range;

use maud::{Markup, PreEscaped, html};

use super::super::words::counted;
use super::view::{Kind, Mark, Sentence, Shown};
use super::{View, card, heading};
use crate::manuscript::{Block, BlockKind};
use crate::rule::Severity;

/// The text of a document.
pub fn text(view: &View<'_>) -> Markup {
    html! {
        section.text aria-labelledby=(view.labelled_by("text")) {
            (heading(view, "text", "Text"))
            @for index in &view.elsewhere { (card(view, *index)) }
            @if view.blocks.is_empty() { p.aside { "There is no text to show." } }
            (blocks(view))
        }
    }
}

fn blocks(view: &View<'_>) -> Markup {
    let mut levels = Levels { base: if view.is_alone() { 3 } else { 4 }, open: Vec::new(), titled: false };
    let mut page = None;
    let runs = view.blocks.chunk_by(|a, b| {
        (a.left_out && b.left_out)
            || (a.table().is_some() && a.table() == b.table())
            || (a.list().is_some() && a.list() == b.list())
    });
    html! {
        @for run in runs {
            @if let Some(new) = run.first().and_then(page_of).filter(|new| page != Some(*new)) {
                p.page-number { "page " ({ page = Some(new); new }) }
            }
            @match run.first() {
                Some(first) if first.left_out => {
                    p.aside { "[\u{2026}] " (counted(run.len(), "line")) " of which nothing is said" }
                }
                Some(first) if first.table().is_some() => (table(view, run)),
                Some(first) if first.list().is_some() => (list(view, run, first.list() == Some(true))),
                _ => { @for shown in run { (block(view, shown, &mut levels)) } }
            }
        }
    }
}

fn page_of(shown: &Shown<'_>) -> Option<usize> {
    match shown.kind {
        Kind::Block(block) => block.page,
        Kind::Line(_) => None,
    }
}

/// Levels of headings on the page: however an author numbers them, none is skipped.
struct Levels {
    base: u8,
    open: Vec<u8>,
    titled: bool,
}

impl Levels {
    fn title(&mut self) -> u8 {
        self.titled = true;
        self.base
    }

    fn heading(&mut self, level: u8) -> u8 {
        self.open.retain(|open| *open < level);
        self.open.push(level);
        let depth = self.open.len() as u8 - 1 + u8::from(self.titled);
        (self.base + depth).min(6)
    }
}

fn block(view: &View<'_>, shown: &Shown<'_>, levels: &mut Levels) -> Markup {
    let words = marked(view, shown, 0..shown.text.len(), true);
    let content = match &shown.kind {
        Kind::Line(number) => html! {
            div.line { span.number aria-hidden="true" { (number) } code dir="auto" { (words) } }
        },
        Kind::Block(block) => {
            let class = if block.boxed { "boxed" } else { "" };
            match block.kind {
                BlockKind::Title => leveled(levels.title(), "title", &words),
                BlockKind::Heading { level } => leveled(levels.heading(level), class, &words),
                BlockKind::Code => html! { pre.(class) dir="auto" { code { (words) } } },
                BlockKind::Caption => html! { p.caption.(class) dir="auto" { (words) } },
                BlockKind::Footnote => html! { p.footnote.(class) dir="auto" { (words) } },
                BlockKind::Reference => html! { p.reference.(class) dir="auto" { (words) } },
                BlockKind::Metadata => html! { p.metadata.(class) dir="auto" { (words) } },
                BlockKind::Paragraph | BlockKind::ListItem { .. } | BlockKind::TableRow { .. } => {
                    html! { p.(class) dir="auto" { (words) } }
                }
            }
        }
    };
    html! { (content) (cards(view, shown)) }
}

fn leveled(level: u8, class: &str, words: &Markup) -> Markup {
    match level {
        ..=3 => html! { h3.(class) dir="auto" { (words) } },
        4 => html! { h4.(class) dir="auto" { (words) } },
        5 => html! { h5.(class) dir="auto" { (words) } },
        _ => html! { h6.(class) dir="auto" { (words) } },
    }
}

fn cards(view: &View<'_>, shown: &Shown<'_>) -> Markup {
    html! { @for index in &shown.cards { (card(view, *index)) } }
}

fn list(view: &View<'_>, run: &[Shown<'_>], numbered: bool) -> Markup {
    let items = html! {
        @for shown in run {
            @let ordinal = match shown.kind {
                Kind::Block(Block { kind: BlockKind::ListItem { ordinal }, .. }) => *ordinal,
                _ => None,
            };
            li value=[ordinal.filter(|n| i32::try_from(*n).is_ok())] dir="auto" {
                (marked(view, shown, 0..shown.text.len(), true))
                (cards(view, shown))
            }
        }
    };
    html! { @if numbered { ol { (items) } } @else { ul { (items) } } }
}

fn table(view: &View<'_>, run: &[Shown<'_>]) -> Markup {
    let number = run.first().and_then(Shown::table).map_or(0, |table| table + 1);
    html! {
        div.scroll tabindex="0" role="region" aria-label=(view.label(&format!("Table {number} of the text"))) {
            table {
                tbody { @for shown in run { (table_row(view, shown)) } }
            }
        }
        @for shown in run { (cards(view, shown)) }
    }
}

fn table_row(view: &View<'_>, shown: &Shown<'_>) -> Markup {
    let Kind::Block(Block { kind: BlockKind::TableRow { header, cells, .. }, .. }) = &shown.kind else {
        return html! {};
    };
    html! {
        tr {
            @for (index, range) in cells.iter().enumerate() {
                @let words = marked(view, shown, range.clone(), false);
                // A row takes what leads to its places into its first cell, which may be empty.
                @let places = html! { @if index == 0 { (anchors(view, shown)) } };
                @if *header && !range.is_empty() {
                    th scope="col" dir="auto" { (places) (words) }
                } @else {
                    td dir="auto" { (places) (words) }
                }
            }
        }
    }
}

fn anchors(view: &View<'_>, shown: &Shown<'_>) -> Markup {
    html! {
        @for (_, id) in &shown.anchors { span.at id=(id) tabindex="-1" {} }
        @for sentence in &shown.evidence { span.at id=(sentence_id(view, sentence)) tabindex="-1" {} }
    }
}

fn sentence_id(view: &View<'_>, sentence: &Sentence<'_>) -> String {
    view.id(&format!("s{}", sentence.number + 1))
}

/// What happens at a byte of a block, in the order in which it is written there.
enum Event<'a> {
    CloseMark(&'a Mark),
    CloseSentence(&'a Sentence<'a>),
    OpenSentence(&'a Sentence<'a>),
    Anchor(Cow<'a, str>),
    OpenMark(&'a Mark),
    /// A place without width.
    Point(&'a Mark),
}

impl Event<'_> {
    fn rank(&self) -> u8 {
        match self {
            Self::CloseMark(_) => 0,
            Self::CloseSentence(_) => 1,
            Self::OpenSentence(_) => 2,
            Self::Anchor(_) => 3,
            Self::OpenMark(_) => 4,
            Self::Point(_) => 5,
        }
    }
}

/// The words of a range of a block with what is said of them. Marks may overlap: the text is cut where
/// any of them begins or ends, and each piece shows the worst. `places` puts in what links lead to.
fn marked(view: &View<'_>, shown: &Shown<'_>, range: Range<usize>, places: bool) -> Markup {
    let events = events(view, shown, &range, places);
    let run_in = match shown.kind {
        Kind::Block(Block { run_in: Some(label), .. }) if *label != (0..shown.text.len()) => label.end.min(range.end),
        _ => range.start,
    };
    let mut html = String::with_capacity((range.end - range.start) + events.len() * 80);
    // How many marks are open: related places, notes, warnings, errors.
    let mut open = [0_usize; 4];
    let mut at = range.start;
    for (place, event) in &events {
        html.push_str(&pieces(&shown.text, at..*place, run_in, &open));
        at = *place;
        match event {
            Event::OpenMark(mark) => open[class_of(view, mark)] += 1,
            Event::CloseMark(mark) => {
                let class = class_of(view, mark);
                open[class] = open[class].saturating_sub(1);
                html.push_str(&reference(view, mark).into_string());
            }
            Event::Point(mark) => html.push_str(&reference(view, mark).into_string()),
            Event::Anchor(id) => html.push_str(&html! { span.at id=(id) tabindex="-1" {} }.into_string()),
            Event::OpenSentence(sentence) => {
                let id = if places { format!(" id=\"{}\"", sentence_id(view, sentence)) } else { String::new() };
                let codes = html! { (sentence.items.join(" ")) }.into_string();
                html.push_str(&format!("<span class=\"evidence\"{id} tabindex=\"-1\" data-items=\"{codes}\">"));
            }
            Event::CloseSentence(sentence) => {
                html.push_str("</span>");
                html.push_str(&tags(view, sentence).into_string());
            }
        }
    }
    html.push_str(&pieces(&shown.text, at..range.end, run_in, &open));
    PreEscaped(html)
}

/// Words between two events; what stands before `run_in` is the label of its paragraph.
fn pieces(text: &str, range: Range<usize>, run_in: usize, open: &[usize; 4]) -> String {
    let mut html = String::new();
    for (from, to) in [(range.start, range.end.min(run_in)), (range.start.max(run_in), range.end)] {
        if from < to {
            html.push_str(&piece(&text[from..to], open, to <= run_in).into_string());
        }
    }
    html
}

fn events<'a>(view: &View<'_>, shown: &'a Shown<'_>, range: &Range<usize>, places: bool) -> Vec<(usize, Event<'a>)> {
    let meets = |other: &Range<usize>| other.start < range.end && other.end > range.start;
    let clip = |at: usize| at.clamp(range.start, range.end);
    let mut events: Vec<(usize, Event<'a>)> = Vec::new();
    for mark in &shown.marks {
        if mark.range.is_empty() {
            if range.start <= mark.range.start && mark.range.start <= range.end {
                events.push((mark.range.start, Event::Point(mark)));
            }
        } else if meets(&mark.range) {
            events.push((clip(mark.range.start), Event::OpenMark(mark)));
            events.push((clip(mark.range.end), Event::CloseMark(mark)));
        }
    }
    for sentence in shown.evidence.iter().filter(|sentence| meets(&sentence.range)) {
        events.push((clip(sentence.range.start), Event::OpenSentence(sentence)));
        events.push((clip(sentence.range.end), Event::CloseSentence(sentence)));
    }
    if places {
        events.extend(shown.anchors.iter().map(|(at, id)| (clip(*at), Event::Anchor(Cow::Borrowed(id)))));
        // Evidence without width is only something to lead to.
        let empty = shown.evidence.iter().filter(|sentence| !meets(&sentence.range));
        events.extend(empty.map(|s| (clip(s.range.start), Event::Anchor(Cow::Owned(sentence_id(view, s))))));
    }
    events.sort_by_key(|(at, event)| (*at, event.rank()));
    events
}

/// Which of the counters a mark is counted in.
fn class_of(view: &View<'_>, mark: &Mark) -> usize {
    match (mark.related, view.severity(mark.finding)) {
        (Some(_), _) => 0,
        (None, Severity::Note) => 1,
        (None, Severity::Warning) => 2,
        (None, Severity::Error) => 3,
    }
}

fn piece(text: &str, open: &[usize; 4], label: bool) -> Markup {
    let worst = (0..open.len()).rev().find(|class| open[*class] > 0);
    let class = worst.map(|class| ["related", "note", "warning", "error"][class]);
    let words = html! { @if label { strong { (text) } } @else { (text) } };
    html! { @if let Some(class) = class { mark.(class) { (words) } } @else { (words) } }
}

/// The number of a finding behind its words.
fn reference(view: &View<'_>, mark: &Mark) -> Markup {
    if mark.goes_on {
        return html! {};
    }
    let number = mark.finding + 1;
    let finding = view.finding(mark.finding);
    let (class, said) = match mark.related.and_then(|at| finding.related.get(at)) {
        Some(related) => ("related", related.message.as_str()),
        None => (finding.severity.name(), finding.message.as_str()),
    };
    html! {
        a.ref.(class) href={ "#" (view.id(&format!("f{number}"))) } data-finding=(number)
            aria-label={ "Finding " (number) ", " (finding.severity.name()) ": " (said) } { (number) }
    }
}

/// The items that a sentence is the best evidence for.
fn tags(view: &View<'_>, sentence: &Sentence<'_>) -> Markup {
    html! {
        @for code in &sentence.best {
            a.tag href={ "#" (view.id(&format!("item-{code}"))) } aria-label={ "Evidence for item " (code) } { (code) }
        }
    }
}
