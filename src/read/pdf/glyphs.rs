//! The glyphs of a page with their places, as its content streams draw them, and its ruled lines.
//!
//! Only what bears on text is followed: text operators, transformations, forms, rectangles and
//! straight lines. Pictures are never decoded. Coordinates are points from the top left corner of
//! the page as it is shown, `y` downwards.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use hayro_font::hayro_cmap::{self, BfString};
use hayro_font::kurbo::{Affine, Point, Vec2};
use hayro_font::{CMapResolverFn, Font, FontCache, FontGlyph, FontQuery, FontResolverFn, UNITS_PER_EM};
use hayro_syntax::content::TypedIter;
use hayro_syntax::content::ops::TypedInstruction;
use hayro_syntax::object::{Array, Dict, MaybeRef, Name, Object, ObjectIdentifier, Stream};
use hayro_syntax::page::{Page, Resources};
use rustc_hash::FxHashMap;

use super::bounds::{Bounds, MOST_REPEATS, Stop};

/// Forms that may be drawn inside one another.
const DEEPEST_FORM: usize = 16;
/// States of the graphics that may be kept.
const MOST_STATES: usize = 512;

/// One character, or the few that a ligature stands for.
#[derive(Debug, Clone)]
pub(super) struct Glyph {
    pub(super) text: Rc<str>,
    pub(super) left: f32,
    pub(super) right: f32,
    pub(super) baseline: f32,
    /// Of the font, in points as shown.
    pub(super) size: f32,
    pub(super) bold: bool,
    pub(super) italic: bool,
    /// Which font of the file, counted as they come.
    pub(super) face: usize,
    /// The file itself says that it is no content: a running head, a page number.
    pub(super) artifact: bool,
}

/// A ruled line, or the edge of a box.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rule {
    pub(super) left: f32,
    pub(super) top: f32,
    pub(super) right: f32,
    pub(super) bottom: f32,
}

/// What a page shows.
#[derive(Debug, Default)]
pub(super) struct Drawn {
    pub(super) width: f32,
    pub(super) height: f32,
    pub(super) glyphs: Vec<Glyph>,
    pub(super) rules: Vec<Rule>,
    /// It shows a picture.
    pub(super) pictured: bool,
    /// Characters that the file has no letters for.
    pub(super) unknown: usize,
}

/// Which way text runs, by quarter turns; upright is 0.
type Turn = u8;

/// The text of a character code, and its advance in thousandths of the font size.
type Code = (Option<Rc<str>>, Vec2);

/// A font with what its characters mean, worked out once each.
struct Face<'a> {
    font: Font<'a>,
    number: usize,
    bold: bool,
    italic: bool,
    codes: RefCell<FxHashMap<u32, Code>>,
}

impl Face<'_> {
    fn code(&self, code: u32) -> Code {
        self.codes
            .borrow_mut()
            .entry(code)
            .or_insert_with(|| {
                let unicode = match self.font.glyph(self.font.map_code(code), code) {
                    FontGlyph::Outline(glyph) => glyph.as_unicode(),
                    FontGlyph::Type3(glyph) => glyph.as_unicode(),
                };
                let text = match unicode {
                    Some(BfString::Char(c)) if c != '\0' => Some(Rc::from(c.encode_utf8(&mut [0; 4]) as &str)),
                    Some(BfString::String(s)) if !s.is_empty() => Some(Rc::from(s.as_str())),
                    _ => None,
                };
                (text, self.font.code_advance(code))
            })
            .clone()
    }
}

#[derive(Clone)]
struct State<'a> {
    ctm: Affine,
    face: Option<Rc<Face<'a>>>,
    size: f64,
    character_space: f64,
    word_space: f64,
    /// 1 for none.
    stretch: f64,
    leading: f64,
    rise: f64,
}

/// Reads page after page, with the fonts that they share.
pub(super) struct Reader<'a, 'b> {
    fonts: FontCache<'a>,
    faces: FxHashMap<ObjectIdentifier, Option<Rc<Face<'a>>>>,
    font_resolver: FontResolverFn,
    cmap_resolver: CMapResolverFn,
    bounds: &'b Bounds,
}

impl<'a, 'b> Reader<'a, 'b> {
    pub(super) fn new(bounds: &'b Bounds) -> Self {
        Self {
            fonts: FontCache::new(),
            faces: FxHashMap::default(),
            // The widths of fonts that a file leaves out, of which there are fourteen.
            font_resolver: Arc::new(|query| match query {
                FontQuery::Standard(font) => Some(font.get_font_data()),
                FontQuery::Fallback(query) => Some(query.pick_standard_font().get_font_data()),
            }),
            cmap_resolver: Arc::new(hayro_cmap::load_embedded),
            bounds,
        }
    }

    /// The glyphs and rules of a page. Stops at the limits of [`Bounds`].
    pub(super) fn page(&mut self, page: &'a Page<'a>) -> Result<Drawn, Stop> {
        let (width, height) = page.render_dimensions();
        let mut drawing = Drawing {
            turned: Vec::new(),
            drawn: Drawn { width, height, ..Drawn::default() },
            artifacts: Vec::new(),
            open: Vec::new(),
        };
        let state = State {
            ctm: Affine::new(page.initial_transform(true).as_coeffs()),
            face: None,
            size: 1.0,
            character_space: 0.0,
            word_space: 0.0,
            stretch: 1.0,
            leading: 0.0,
            rise: 0.0,
        };
        let mut named: FxHashMap<ObjectIdentifier, usize> = FxHashMap::default();
        for part in page.raw().get::<Array<'_>>("Contents").iter().flat_map(Array::raw_iter) {
            if let MaybeRef::Ref(id) = part {
                let times = named.entry(id.into()).or_default();
                *times += 1;
                if *times > MOST_REPEATS {
                    return Err(Stop::Excessive("a page that draws the same content over and over"));
                }
            }
        }
        if let Some(content) = page.page_stream() {
            self.bounds.unpacked(content.len())?;
            self.run(content, page.resources(), state, &mut drawing)?;
        }
        Ok(drawing.finish())
    }

    fn face(&mut self, dict: &Dict<'a>) -> Option<Rc<Face<'a>>> {
        let id = dict.obj_id();
        if let Some(known) = id.and_then(|id| self.faces.get(&id)) {
            return known.clone();
        }
        let font = widths_are_bounded(dict).then(|| self.fonts.font(dict, &self.font_resolver, &self.cmap_resolver));
        let face = font.flatten().map(|font| {
            let (bold, italic) = weight_and_slant(dict);
            Rc::new(Face { font, number: self.faces.len(), bold, italic, codes: RefCell::default() })
        });
        if let Some(id) = id {
            self.faces.insert(id, face.clone());
        }
        face
    }

    fn run(
        &mut self,
        content: &[u8],
        resources: &Resources<'a>,
        mut state: State<'a>,
        drawing: &mut Drawing,
    ) -> Result<(), Stop> {
        let mut kept: Vec<State<'a>> = Vec::new();
        let (mut matrix, mut line) = (Affine::IDENTITY, Affine::IDENTITY);
        let mut path = Vec::new();
        let mut from = Point::ZERO;
        let artifacts = drawing.artifacts.len();
        let mut operations = TypedIter::new(content);
        while let Some(operation) = operations.next() {
            self.bounds.step()?;
            match operation {
                TypedInstruction::SaveState(_) if kept.len() < MOST_STATES => kept.push(state.clone()),
                TypedInstruction::RestoreState(_) => {
                    if let Some(last) = kept.pop() {
                        state = last;
                    }
                }
                TypedInstruction::Transform(m) => {
                    let by = [m.0, m.1, m.2, m.3, m.4, m.5].map(|n| n.as_f64());
                    state.ctm *= Affine::new(by);
                }
                TypedInstruction::BeginText(_) => (matrix, line) = (Affine::IDENTITY, Affine::IDENTITY),
                TypedInstruction::SetTextMatrix(m) => {
                    line = Affine::new([m.0, m.1, m.2, m.3, m.4, m.5].map(|n| n.as_f64()));
                    matrix = line;
                }
                TypedInstruction::TextFont(font) => {
                    state.face = resources.get_font(font.0).and_then(|dict| self.face(&dict));
                    state.size = font.1.as_f64();
                }
                TypedInstruction::CharacterSpacing(n) => state.character_space = n.0.as_f64(),
                TypedInstruction::WordSpacing(n) => state.word_space = n.0.as_f64(),
                TypedInstruction::HorizontalScaling(n) => state.stretch = n.0.as_f64() / 100.0,
                TypedInstruction::TextLeading(n) => state.leading = n.0.as_f64(),
                TypedInstruction::TextRise(n) => state.rise = n.0.as_f64(),
                TypedInstruction::NextLine(n) => next_line(&mut matrix, &mut line, n.0.as_f64(), n.1.as_f64()),
                TypedInstruction::NextLineAndSetLeading(n) => {
                    state.leading = -n.1.as_f64();
                    next_line(&mut matrix, &mut line, n.0.as_f64(), n.1.as_f64());
                }
                TypedInstruction::NextLineUsingLeading(_) => {
                    next_line(&mut matrix, &mut line, 0.0, -state.leading);
                }
                TypedInstruction::ShowText(text) => self.show(text.0.as_bytes(), &state, &mut matrix, drawing)?,
                TypedInstruction::NextLineAndShowText(text) => {
                    next_line(&mut matrix, &mut line, 0.0, -state.leading);
                    self.show(text.0.as_bytes(), &state, &mut matrix, drawing)?;
                }
                TypedInstruction::ShowTextWithParameters(text) => {
                    (state.word_space, state.character_space) = (text.0.as_f64(), text.1.as_f64());
                    next_line(&mut matrix, &mut line, 0.0, -state.leading);
                    self.show(text.2.as_bytes(), &state, &mut matrix, drawing)?;
                }
                TypedInstruction::ShowTexts(texts) => {
                    for object in texts.0.iter::<Object<'_>>() {
                        match object {
                            Object::Number(back) => {
                                let by = -back.as_f64() / f64::from(UNITS_PER_EM) * state.size;
                                let level = state.face.as_ref().is_none_or(|face| face.font.is_horizontal());
                                matrix *= Affine::translate(if level { (by * state.stretch, 0.0) } else { (0.0, by) });
                            }
                            Object::String(text) => self.show(text.as_bytes(), &state, &mut matrix, drawing)?,
                            _ => {}
                        }
                    }
                }
                TypedInstruction::MoveTo(to) => from = Point::new(to.0.as_f64(), to.1.as_f64()),
                TypedInstruction::LineTo(to) => {
                    let to = Point::new(to.0.as_f64(), to.1.as_f64());
                    path.push((from, to));
                    from = to;
                }
                TypedInstruction::RectPath(r) => {
                    let [left, top, wide, high] = [r.0, r.1, r.2, r.3].map(|n| n.as_f64());
                    path.push((Point::new(left, top), Point::new(left + wide, top + high)));
                }
                TypedInstruction::StrokePath(_)
                | TypedInstruction::CloseAndStrokePath(_)
                | TypedInstruction::FillPathNonZero(_)
                | TypedInstruction::FillPathNonZeroCompatibility(_)
                | TypedInstruction::FillPathEvenOdd(_)
                | TypedInstruction::FillAndStrokeNonZero(_)
                | TypedInstruction::FillAndStrokeEvenOdd(_) => {
                    for (from, to) in path.drain(..) {
                        drawing.rule(state.ctm * from, state.ctm * to);
                    }
                }
                TypedInstruction::EndPath(_) => path.clear(),
                TypedInstruction::BeginMarkedContent(mark) => drawing.artifacts.push(is_artifact(mark.0)),
                TypedInstruction::BeginMarkedContentWithProperties(mark) => {
                    drawing.artifacts.push(is_artifact(mark.0));
                }
                TypedInstruction::EndMarkedContent(_) if drawing.artifacts.len() > artifacts => {
                    drawing.artifacts.pop();
                }
                TypedInstruction::InlineImage(_) => drawing.drawn.pictured = true,
                TypedInstruction::XObject(object) => {
                    if let Some(stream) = resources.get_x_object(object.0) {
                        self.form(&stream, resources, &state, drawing)?;
                    }
                }
                _ => {}
            }
            if path.len() > 100_000 || drawing.artifacts.len() > 100_000 {
                return Err(Stop::Excessive("lines and marks beyond count"));
            }
        }
        drawing.artifacts.truncate(artifacts);
        Ok(())
    }

    fn form(
        &mut self,
        stream: &Stream<'a>,
        resources: &Resources<'a>,
        state: &State<'a>,
        drawing: &mut Drawing,
    ) -> Result<(), Stop> {
        let dict = stream.dict();
        if dict.get::<Name<'_>>("Subtype").is_some_and(|kind| &*kind == b"Image") {
            drawing.drawn.pictured = true;
            return Ok(());
        }
        // Drawing a form in itself shows nothing new, and each level would multiply those below it.
        let id = stream.obj_id();
        if drawing.open.len() >= DEEPEST_FORM || drawing.open.contains(&id) {
            return Ok(());
        }
        self.bounds.form()?;
        let Ok(content) = stream.decoded_data() else { return Ok(()) };
        self.bounds.unpacked(content.len())?;
        let own: Option<Resources<'a>> = dict.get::<Dict<'a>>("Resources").map(Resources::new);
        let mut inner = state.clone();
        if let Some(matrix) = dict.get::<[f64; 6]>("Matrix") {
            inner.ctm *= Affine::new(matrix);
        }
        drawing.open.push(id);
        let done = self.run(&content, own.as_ref().unwrap_or(resources), inner, drawing);
        drawing.open.pop();
        done
    }

    fn show(
        &mut self,
        bytes: &[u8],
        state: &State<'a>,
        matrix: &mut Affine,
        drawing: &mut Drawing,
    ) -> Result<(), Stop> {
        let Some(face) = &state.face else { return Ok(()) };
        let artifact = drawing.artifacts.contains(&true);
        let level = face.font.is_horizontal();
        let mut at = 0;
        while at < bytes.len() {
            self.bounds.step()?;
            let (code, length) = face.font.read_code(bytes, at);
            at += length.max(1);
            let (text, advance) = face.code(code);
            let word_space = if code == 32 && length == 1 { state.word_space } else { 0.0 };
            let by = |thousandths: f64| thousandths / f64::from(UNITS_PER_EM) * state.size;
            let place = state.ctm * *matrix;
            let (along, onward) = if level {
                let glyph = by(advance.x) * state.stretch;
                ((glyph, 0.0), ((by(advance.x) + state.character_space + word_space) * state.stretch, 0.0))
            } else {
                let glyph = by(advance.y);
                ((0.0, glyph), (0.0, glyph + state.character_space + word_space))
            };
            *matrix *= Affine::translate(onward);
            let Some(text) = text else {
                drawing.drawn.unknown += 1;
                continue;
            };
            let [a, b, c, d, ..] = place.as_coeffs();
            let size = (state.size.abs() * c.hypot(d)) as f32;
            let (start, end) = (place * Point::new(0.0, state.rise), place * Point::new(along.0, along.1 + state.rise));
            let Some(turn) = turn(a, b) else { continue };
            let glyph = Glyph {
                text,
                left: 0.0,
                right: 0.0,
                baseline: 0.0,
                size,
                bold: face.bold,
                italic: face.italic,
                face: face.number,
                artifact,
            };
            drawing.add(glyph, start, end, turn);
        }
        Ok(())
    }
}

fn next_line(matrix: &mut Affine, line: &mut Affine, x: f64, y: f64) {
    *line *= Affine::translate((x, y));
    *matrix = *line;
}

fn is_artifact(tag: &Name<'_>) -> bool {
    &**tag == b"Artifact"
}

/// The quarter turn of a text direction; `None` for text that runs aslant, as watermarks do.
fn turn(a: f64, b: f64) -> Option<Turn> {
    if b.abs() < a.abs() * 0.05 {
        Some(if a > 0.0 { 0 } else { 2 })
    } else if a.abs() < b.abs() * 0.05 {
        Some(if b > 0.0 { 1 } else { 3 })
    } else {
        None
    }
}

/// A page while it is drawn.
struct Drawing {
    turned: Vec<Turn>,
    drawn: Drawn,
    /// For each open mark, whether it marks an artifact.
    artifacts: Vec<bool>,
    /// The forms that are being drawn, the outermost first.
    open: Vec<ObjectIdentifier>,
}

impl Drawing {
    fn add(&mut self, mut glyph: Glyph, start: Point, end: Point, turn: Turn) {
        let (width, height) = (f64::from(self.drawn.width), f64::from(self.drawn.height));
        let (left, right, baseline) = match turn {
            0 => (start.x, end.x, start.y),
            1 => (start.y, end.y, width - start.x),
            2 => (width - start.x, width - end.x, height - start.y),
            _ => (height - start.y, height - end.y, start.x),
        };
        let (wide, high) = if turn.is_multiple_of(2) { (width, height) } else { (height, width) };
        let shown = (-2.0..=wide + 2.0).contains(&left) && (-2.0..=high + 2.0).contains(&baseline);
        if shown && right.is_finite() && glyph.size.is_finite() {
            (glyph.left, glyph.right, glyph.baseline) = (left as f32, right.max(left) as f32, baseline as f32);
            self.drawn.glyphs.push(glyph);
            self.turned.push(turn);
        }
    }

    fn rule(&mut self, from: Point, to: Point) {
        let rule = Rule {
            left: from.x.min(to.x) as f32,
            top: from.y.min(to.y) as f32,
            right: from.x.max(to.x) as f32,
            bottom: from.y.max(to.y) as f32,
        };
        let (wide, high) = (rule.right - rule.left, rule.bottom - rule.top);
        let shown = rule.right > 0.0
            && rule.bottom > 0.0
            && rule.left < self.drawn.width
            && rule.top < self.drawn.height
            && wide.is_finite()
            && high.is_finite();
        if shown && self.drawn.rules.len() < 20_000 && ((wide < 3.0) != (high < 3.0)) && wide.max(high) > 8.0 {
            self.drawn.rules.push(rule);
        }
    }

    /// Turns the page so that most of its text is upright, and leaves out the rest.
    fn finish(mut self) -> Drawn {
        let mut counts = [0_usize; 4];
        for turn in &self.turned {
            counts[usize::from(*turn)] += 1;
        }
        let main: Turn = (0..4).rev().max_by_key(|turn| counts[usize::from(*turn)]).unwrap_or(0);
        let mut turned = self.turned.iter();
        self.drawn.glyphs.retain(|_| turned.next() == Some(&main));
        if main != 0 {
            let (width, height) = (self.drawn.width, self.drawn.height);
            for rule in &mut self.drawn.rules {
                let Rule { left, top, right, bottom } = *rule;
                *rule = match main {
                    1 => Rule { left: top, right: bottom, top: width - right, bottom: width - left },
                    2 => Rule { left: width - right, right: width - left, top: height - bottom, bottom: height - top },
                    _ => Rule { left: height - bottom, right: height - top, top: left, bottom: right },
                };
            }
            if !main.is_multiple_of(2) {
                (self.drawn.width, self.drawn.height) = (height, width);
            }
        }
        self.drawn
    }
}

/// Whether a font is bold and whether it is slanted, by its name and its descriptor.
fn weight_and_slant(dict: &Dict<'_>) -> (bool, bool) {
    const FORCE_BOLD: i32 = 1 << 18;
    const ITALIC: i32 = 1 << 6;
    let descendant = dict.get::<Array<'_>>("DescendantFonts").and_then(|fonts| fonts.iter::<Dict<'_>>().next());
    let descriptor = dict
        .get::<Dict<'_>>("FontDescriptor")
        .or_else(|| descendant.and_then(|font| font.get::<Dict<'_>>("FontDescriptor")));
    let name = dict.get::<Name<'_>>("BaseFont").map(|name| name.as_str().to_lowercase()).unwrap_or_default();
    let name = name.split_once('+').map_or(name.as_str(), |(_, name)| name);
    let holds = |words: &[&str]| words.iter().any(|word| name.contains(word));
    let flags = descriptor.as_ref().and_then(|d| d.get::<i32>("Flags")).unwrap_or(0);
    let weight = descriptor.as_ref().and_then(|d| d.get::<f32>("FontWeight")).unwrap_or(0.0);
    let bold = holds(&["bold", "black", "heavy", "demi", "cmbx", "sfbx", "-medi", "-bd", "ptmb", "phvb"])
        || flags & FORCE_BOLD != 0
        || weight >= 600.0;
    let italic = holds(&["italic", "oblique", "cmti", "sfti", "-it", "ital"]) || flags & ITALIC != 0;
    (bold, italic)
}

/// Whether the widths of a font's glyphs are for as many codes as a font can have. The parser keeps one for
/// every code that they span, and a range may span billions.
fn widths_are_bounded(dict: &Dict<'_>) -> bool {
    const MOST_CODES: u32 = 65_536;
    if dict.get::<usize>("FirstChar").is_some_and(|first| first > MOST_CODES as usize) {
        return false;
    }
    let Some(descendant) = dict.get::<Array<'_>>("DescendantFonts").and_then(|all| all.iter::<Dict<'_>>().next())
    else {
        return true;
    };
    let mut codes: u32 = 0;
    for key in ["W", "W2"] {
        let Some(widths) = descendant.get::<Array<'_>>(key) else { continue };
        let mut widths = widths.flex_iter();
        loop {
            if widths.next::<(u32, Array<'_>)>().is_some() {
                continue;
            }
            let range = if key == "W" {
                widths.next::<(u32, u32, f32)>().map(|(first, last, _)| (first, last))
            } else {
                widths.next::<(u32, u32, f32, f32, f32)>().map(|(first, last, ..)| (first, last))
            };
            let Some((first, last)) = range else { break };
            // Ranges may overlap; a few times over is enough.
            codes = codes.saturating_add(last.saturating_sub(first));
            if codes > 4 * MOST_CODES {
                return false;
            }
        }
    }
    true
}
