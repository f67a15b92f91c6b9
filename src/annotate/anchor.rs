//! Where the marks of comments may stand in the text of a document, and putting them there.
//!
//! A mark may stand between the runs of a paragraph. Within a run it stands where the run is closed and
//! opened again with the same properties. A field is one thing, from its beginning to its end, since
//! reference managers write its inside anew. What hangs in a run (a text box) can hold no comment; the
//! mark goes around it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use rustc_hash::FxHashMap;

use crate::read::docx::xml::{Element, Problem, Space, Token, Walker};

/// The paragraphs of a part.
pub(super) struct Story<'a> {
    part: &'a str,
    paragraphs: Vec<Paragraph>,
    /// Marks of notes: `footnote` or `endnote`, the note's id, and where the mark first stands.
    marks: FxHashMap<(&'static str, i64), Range<usize>>,
}

/// An outermost paragraph.
struct Paragraph {
    at: usize,
    end: usize,
    /// Behind its properties.
    content: usize,
    units: Vec<Unit>,
    /// Its letters and digits in small letters.
    letters: String,
}

/// What stands in a paragraph beside others: a run, a link, a formula.
struct Unit {
    at: usize,
    end: usize,
    run: Option<Run>,
    /// Fields that begin less those that end in it.
    field: i32,
    /// It takes part in a field that begins and ends in this paragraph: all units of that field.
    group: Option<(usize, usize)>,
}

/// A run that can be parted.
struct Run {
    /// `<w:r …>`.
    tag: Range<usize>,
    /// `<w:rPr>…</w:rPr>`; empty where it has none.
    properties: Range<usize>,
    children: Vec<Child>,
    /// A tracked change of format has an id of its own and can't be said twice.
    whole: bool,
}

/// A child of a run.
struct Child {
    at: usize,
    end: usize,
    /// For text that can be parted: its tag and what is in it.
    text: Option<(Range<usize>, Range<usize>)>,
}

enum Level {
    Other,
    Paragraph,
    /// An insertion: what is in it counts as the paragraph's.
    Within,
    Unit,
    Run,
    Properties,
    Text,
    Child,
}

impl<'a> Story<'a> {
    /// Errors: the part is no well-formed XML.
    pub(super) fn read(part: &'a str) -> Result<Self, Problem> {
        let mut story = Self { part, paragraphs: Vec::new(), marks: FxHashMap::default() };
        let mut walker = Walker::new(part);
        let mut levels: Vec<Level> = Vec::new();
        let mut inside = false;
        loop {
            match walker.next()? {
                Token::Start(element) => {
                    story.mark(&element);
                    if inside {
                        levels.push(story.inner(&element, levels.last().unwrap_or(&Level::Other)));
                    } else if element.space == Space::Word && element.name == "p" {
                        inside = true;
                        story.paragraphs.push(Paragraph {
                            at: element.at,
                            end: element.end,
                            content: element.end,
                            units: Vec::new(),
                            letters: String::new(),
                        });
                        levels.push(Level::Paragraph);
                    } else {
                        levels.push(Level::Other);
                    }
                }
                Token::End(end) => {
                    let ended = levels.pop().unwrap_or(Level::Other);
                    inside &= !matches!(ended, Level::Paragraph);
                    story.end(&ended, levels.last(), end);
                }
                Token::Text(range) => {
                    if let Some(Level::Text) = levels.last() {
                        let text = &part[range];
                        story.letters(text);
                    }
                }
                Token::Reference(_, text) => {
                    if let Some(Level::Text) = levels.last() {
                        story.letters(&text);
                    }
                }
                Token::Eof => return Ok(story),
            }
        }
    }

    fn letters(&mut self, text: &str) {
        if let Some(paragraph) = self.paragraphs.last_mut() {
            paragraph.letters.extend(letters_of(text));
        }
    }

    fn mark(&mut self, element: &Element<'_>) {
        let kind = match element.name {
            "footnoteReference" => "footnote",
            "endnoteReference" => "endnote",
            "fldChar" => {
                let by = match element.get("fldCharType").as_deref() {
                    Some("begin") => 1,
                    Some("end") => -1,
                    _ => 0,
                };
                if let Some(unit) = self.paragraphs.last_mut().and_then(|p| p.units.last_mut()) {
                    unit.field += by;
                }
                return;
            }
            _ => return,
        };
        if let Some(id) = element.get("id").and_then(|id| id.trim().parse().ok()) {
            self.marks.entry((kind, id)).or_insert(element.at..element.end);
        }
    }

    fn run(&mut self) -> Option<&mut Run> {
        self.paragraphs.last_mut()?.units.last_mut()?.run.as_mut()
    }

    /// An element in a paragraph begins.
    fn inner(&mut self, element: &Element<'_>, parent: &Level) -> Level {
        let word = element.space == Space::Word;
        let name = if word { element.name } else { "" };
        let range = element.at..element.end;
        match parent {
            Level::Paragraph | Level::Within => {
                if name == "pPr" {
                    return Level::Other;
                }
                if matches!(name, "ins" | "moveTo") {
                    return Level::Within;
                }
                let empty = range.end..range.end;
                let run = (name == "r").then(|| Run {
                    tag: range.clone(),
                    properties: empty,
                    children: Vec::new(),
                    whole: self.part[range.clone()].ends_with("/>"),
                });
                let level = if run.is_some() { Level::Run } else { Level::Unit };
                if let Some(paragraph) = self.paragraphs.last_mut() {
                    paragraph.units.push(Unit { at: range.start, end: range.end, run, field: 0, group: None });
                }
                level
            }
            Level::Run if name == "rPr" => {
                if let Some(run) = self.run() {
                    run.properties = range;
                }
                Level::Properties
            }
            Level::Run => {
                let parts = name == "t" && {
                    let tag = &self.part[range.clone()];
                    !tag.ends_with("/>") && (element.get("space").is_none_or(|space| space == "preserve"))
                };
                if let Some(run) = self.run() {
                    let text = parts.then(|| (range.clone(), range.end..range.end));
                    run.children.push(Child { at: range.start, end: range.end, text });
                }
                if name == "t" { Level::Text } else { Level::Child }
            }
            Level::Properties => {
                if name == "rPrChange"
                    && let Some(run) = self.run()
                {
                    run.whole = true;
                }
                Level::Other
            }
            _ => Level::Other,
        }
    }

    /// An element ends before byte `end`.
    fn end(&mut self, ended: &Level, parent: Option<&Level>, end: usize) {
        let part = self.part;
        let Some(paragraph) = self.paragraphs.last_mut() else { return };
        match ended {
            Level::Paragraph => {
                paragraph.end = end;
                paragraph.group_fields();
            }
            // Properties of the paragraph: its first child.
            Level::Other if matches!(parent, Some(Level::Paragraph)) && paragraph.units.is_empty() => {
                paragraph.content = end;
            }
            Level::Unit | Level::Run => {
                if let Some(unit) = paragraph.units.last_mut() {
                    unit.end = end;
                }
            }
            Level::Properties => {
                if let Some(run) = self.run() {
                    run.properties.end = end;
                }
            }
            Level::Text | Level::Child => {
                if let Some(child) = self.run().and_then(|run| run.children.last_mut()) {
                    child.end = end;
                    if let Some((tag, content)) = &mut child.text {
                        content.end = part[..end].rfind("</").unwrap_or(tag.end).max(tag.end);
                        let text = &part[content.clone()];
                        // White space at the ends isn't shown unless the tag says so, and marked
                        // sections can't be cut.
                        let trimmed = !part[tag.clone()].contains("preserve") && text.trim() != text;
                        if trimmed || text.contains('<') {
                            child.text = None;
                        }
                    }
                }
            }
            Level::Other | Level::Within => {}
        }
    }

    /// Where the mark of a note stands.
    pub(super) fn mark_of(&self, element: &'static str, id: i64) -> Option<Range<usize>> {
        self.marks.get(&(element, id)).cloned()
    }

    /// The paragraph that says the title, else the first with words in it.
    pub(super) fn title(&self, title: Option<&str>) -> Range<usize> {
        let wanted: String = letters_of(title.unwrap_or_default()).collect();
        let worded = || self.paragraphs.iter().find(|p| !p.letters.is_empty());
        let found = self.paragraphs.iter().find(|p| !wanted.is_empty() && p.letters == wanted).or_else(worded);
        found.or(self.paragraphs.first()).map_or(0..0, |p| p.at..p.end)
    }

    /// The paragraphs that a range begins and ends in, or the nearest. `None` where there are none.
    fn paragraphs_of(&self, range: &Range<usize>) -> Option<(&Paragraph, &Paragraph)> {
        let most = self.paragraphs.len().checked_sub(1)?;
        let first = self.paragraphs.partition_point(|p| p.end <= range.start).min(most);
        let last = self.paragraphs.partition_point(|p| p.at < range.end).saturating_sub(1).max(first);
        let (from, to) = (&self.paragraphs[first], &self.paragraphs[last]);
        Some((from, to))
    }
}

impl Paragraph {
    /// Fields that begin and end here.
    fn group_fields(&mut self) {
        let mut open: Vec<usize> = Vec::new();
        for index in 0..self.units.len() {
            let field = self.units[index].field;
            for _ in 0..field.max(0) {
                open.push(index);
            }
            for _ in field..0 {
                let Some(first) = open.pop() else { break };
                if open.is_empty() {
                    for unit in &mut self.units[first..=index] {
                        unit.group = Some((first, index));
                    }
                }
            }
        }
    }

    /// Where a range that begins at `at` begins: a byte between units, or within a run.
    fn start(&self, part: &str, at: usize) -> Point {
        let index = self.units.partition_point(|unit| unit.end <= at);
        let Some(unit) = self.units.get(index) else {
            return Point::between(self.units.last().map_or(self.content, |unit| unit.end));
        };
        if let Some((first, _)) = unit.group {
            return Point::between(self.units[first].at);
        }
        let before = Point::between(unit.at);
        let Some(run) = unit.run.as_ref().filter(|run| !run.whole && at > unit.at) else { return before };
        let child = run.children.partition_point(|child| child.end <= at);
        let Some(own) = run.children.get(child) else { return before };
        if let Some((tag, content)) = &own.text
            && at > content.start
        {
            let at = outside_reference(part, content, at, false);
            if at > content.start && at < content.end {
                return Point { at, cut: Some(Cut { unit: index, text: Some(tag.clone()) }) };
            }
        }
        if child == 0 { before } else { Point { at: own.at, cut: Some(Cut { unit: index, text: None }) } }
    }

    /// Where a range that ends before `end` ends.
    fn end_before(&self, part: &str, end: usize) -> Point {
        let Some(index) = self.units.partition_point(|unit| unit.at < end).checked_sub(1) else {
            return Point::between(self.units.first().map_or(self.content, |unit| unit.at));
        };
        let unit = &self.units[index];
        if let Some((_, last)) = unit.group {
            return Point::between(self.units[last].end);
        }
        let after = Point::between(unit.end);
        let Some(run) = unit.run.as_ref().filter(|run| !run.whole && end < unit.end) else { return after };
        let Some(child) = run.children.partition_point(|child| child.at < end).checked_sub(1) else { return after };
        let own = &run.children[child];
        if let Some((tag, content)) = &own.text
            && end < content.end
        {
            let at = outside_reference(part, content, end, true);
            if at > content.start && at < content.end {
                return Point { at, cut: Some(Cut { unit: index, text: Some(tag.clone()) }) };
            }
        }
        if child + 1 == run.children.len() {
            after
        } else {
            Point { at: own.end, cut: Some(Cut { unit: index, text: None }) }
        }
    }
}

/// A byte of text that lies in no `&amp;`: before or behind the one that it lies in.
fn outside_reference(part: &str, content: &Range<usize>, at: usize, behind: bool) -> usize {
    let at = (content.start..=at.min(content.end)).rev().find(|at| part.is_char_boundary(*at)).unwrap_or(content.start);
    let before = &part[content.start..at];
    match before.rfind('&') {
        Some(reference) if !before[reference..].contains(';') => {
            let end = part[at..content.end].find(';').map_or(content.end, |length| at + length + 1);
            if behind { end } else { content.start + reference }
        }
        _ => at,
    }
}

/// A place for a mark.
struct Point {
    at: usize,
    cut: Option<Cut>,
}

/// Which run is closed and opened again.
struct Cut {
    unit: usize,
    /// The tag of the text that is closed as well.
    text: Option<Range<usize>>,
}

impl Point {
    fn between(at: usize) -> Self {
        Self { at, cut: None }
    }
}

/// The marks at one place.
#[derive(Default)]
struct Marks {
    /// What closes and opens the run.
    cut: Option<(String, String)>,
    ends: Vec<i64>,
    starts: Vec<i64>,
    /// Comments on nothing: a paragraph without words.
    points: Vec<i64>,
}

/// Marks to be put into a part.
pub(super) struct Anchors<'a> {
    story: &'a Story<'a>,
    prefix: Prefix,
    marks: BTreeMap<usize, Marks>,
    /// Where a tag must say that white space counts.
    preserve: BTreeSet<usize>,
}

/// How elements of WordprocessingML are written.
#[derive(Debug, Clone)]
pub(super) struct Prefix {
    /// A declaration, where the part doesn't bind the prefix `w` itself.
    pub(super) declaration: String,
}

impl<'a> Anchors<'a> {
    pub(super) fn new(story: &'a Story<'a>, prefix: Prefix) -> Self {
        Self { story, prefix, marks: BTreeMap::new(), preserve: BTreeSet::new() }
    }

    /// Puts a comment on a range of bytes; on the whole paragraph where the range is empty.
    pub(super) fn put(&mut self, range: Range<usize>, id: i64) {
        let Some((from, to)) = self.story.paragraphs_of(&range) else { return };
        let range = if range.is_empty() { from.at..from.end } else { range };
        let to = if range.end <= from.end { from } else { to };
        let part = self.story.part;
        let (start, end) = (from.start(part, range.start), to.end_before(part, range.end));
        if end.at <= start.at {
            let at = from.units.first().map_or(from.content, |unit| unit.at);
            self.marks.entry(at).or_default().points.push(id);
            return;
        }
        self.point(from, start).starts.push(id);
        self.point(to, end).ends.push(id);
    }

    fn point(&mut self, paragraph: &Paragraph, point: Point) -> &mut Marks {
        let part = self.story.part;
        let marks = self.marks.entry(point.at).or_default();
        if let Some(cut) = point.cut
            && marks.cut.is_none()
            && let Some(run) = paragraph.units[cut.unit].run.as_ref()
        {
            let tag = &part[run.tag.clone()];
            let mut close = format!("</{}>", name_of(tag));
            let mut open = format!("{tag}{}", &part[run.properties.clone()]);
            if let Some(text) = cut.text {
                let name = name_of(&part[text.clone()]);
                close = format!("</{name}>{close}");
                open.push_str(&format!("<{name} xml:space=\"preserve\">"));
                if !part[text.clone()].contains("preserve") {
                    self.preserve.insert(text.start + 1 + name.len());
                }
            }
            marks.cut = Some((close, open));
        }
        marks
    }

    /// The part with the marks in it: its own bytes, in their order, and what is put between them.
    pub(super) fn write(self, part: &str) -> String {
        let Self { prefix, marks, preserve, .. } = self;
        let d = &prefix.declaration;
        let start = |id: i64| format!("<w:commentRangeStart{d} w:id=\"{id}\"/>");
        let end =
            |id: i64| format!("<w:commentRangeEnd{d} w:id=\"{id}\"/><w:r{d}><w:commentReference w:id=\"{id}\"/></w:r>");
        let mut pieces: BTreeMap<usize, String> =
            preserve.into_iter().map(|at| (at, " xml:space=\"preserve\"".to_owned())).collect();
        for (at, marks) in marks {
            let (close, open) = marks.cut.unwrap_or_default();
            let mut text = close;
            text.extend(marks.ends.into_iter().map(end));
            text.extend(marks.points.into_iter().map(|id| start(id) + &end(id)));
            text.extend(marks.starts.into_iter().map(start));
            text.push_str(&open);
            pieces.insert(at, text);
        }
        let mut written = String::with_capacity(part.len() + pieces.values().map(String::len).sum::<usize>());
        let mut done = 0;
        for (at, text) in pieces {
            written.push_str(&part[done..at]);
            written.push_str(&text);
            done = at;
        }
        written.push_str(&part[done..]);
        written
    }
}

/// The name in a start tag, with its prefix.
fn name_of(tag: &str) -> &str {
    tag.trim_start_matches('<').split(|c: char| c.is_whitespace() || matches!(c, '>' | '/')).next().unwrap_or_default()
}

fn letters_of(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase)
}

/// The notes of a part: their ids, and where each stands.
pub(super) fn notes(part: &str, name: &str) -> Result<Vec<(i64, Range<usize>)>, Problem> {
    let mut notes: Vec<(i64, Range<usize>)> = Vec::new();
    let mut walker = Walker::new(part);
    let (mut depth, mut note) = (0_usize, None);
    loop {
        match walker.next()? {
            Token::Start(element) => {
                depth += 1;
                if note.is_none()
                    && element.space == Space::Word
                    && element.name == name
                    && let Some(id) = element.get("id").and_then(|id| id.trim().parse().ok())
                {
                    note = Some(depth);
                    notes.push((id, element.at..element.end));
                }
            }
            Token::End(end) => {
                if note == Some(depth) {
                    note = None;
                    if let Some((_, range)) = notes.last_mut() {
                        range.end = end;
                    }
                }
                depth = depth.saturating_sub(1);
            }
            Token::Eof => return Ok(notes),
            _ => {}
        }
    }
}
